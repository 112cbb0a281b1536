"""The fault campaign in its short form; `make faults` lives whole days of it. See tests/scenarios/campaign."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import MISSING, PostgreSQL, run_restartable
from tests.scenarios.campaign import budget, days
from tests.scenarios.campaign.budget import prove_all
from tests.scenarios.campaign.days import day_on_postgresql, day_on_sqlite

SEED = 7


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """A server of our own: it is stopped in the middle."""
    with run_restartable() as found:
        if found is None:
            pytest.skip(MISSING)
        yield found


def test_nothing_is_lost_or_doubled_when_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    report, wrongs = day_on_sqlite(tmp_path / "day", SEED, days.SHORT)
    print(report)
    assert wrongs == []


def test_nothing_is_lost_or_doubled_when_processes_die_and_freeze_and_the_database_restarts(
    tmp_path: Path, server: PostgreSQL
) -> None:
    report, wrongs = day_on_postgresql(tmp_path / "day", SEED, days.SHORT_ON_POSTGRESQL, server)
    print(report)
    assert wrongs == []


def test_bot_is_never_asked_too_much_of_when_three_processes_send(tmp_path: Path, server: PostgreSQL) -> None:
    table, wrongs = prove_all(tmp_path, SEED, server, budget.SHORT)
    print(table)
    assert wrongs == []
