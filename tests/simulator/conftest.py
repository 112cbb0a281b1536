from collections.abc import Iterator

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import FRIDAY, Caller


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(seed=7, people=120, groups=24, now=FRIDAY) as simulator:
        yield simulator


@pytest.fixture
def app(sim: Simulator) -> Iterator[Caller]:
    caller = Caller(sim)
    yield caller
    caller.close()


@pytest.fixture
def contacts(sim: Simulator) -> Iterator[Caller]:
    caller = Caller(sim, "contacts")
    yield caller
    caller.close()


@pytest.fixture
def archive(sim: Simulator) -> Iterator[Caller]:
    caller = Caller(sim, "archive")
    yield caller
    caller.close()
