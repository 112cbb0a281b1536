from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward.simulator import Simulator
from tests.cli.desk import Desk, make_desk, make_desk_for


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=7, people=30, groups=8, now=datetime(2026, 11, 20, 0, 0, tzinfo=UTC)) as running:
        yield running


@pytest.fixture(scope="module")
def company() -> Iterator[Simulator]:
    """One WeCom for tests that only read it."""
    with Simulator(seed=7, people=30, groups=8, now=datetime(2026, 11, 20, 0, 0, tzinfo=UTC)) as running:
        yield running


@pytest.fixture
def synced(company: Simulator, tmp_path: Path) -> Desk:
    """A desk whose database knows the company and its groups."""
    desk = make_desk_for(company, tmp_path)
    for job in ("sync_directory", "sync_groups"):
        assert desk.call("run", job).exit_code == 0
    return desk
