"""What WeCom said last, without asking it."""

from __future__ import annotations

import pytest

from steward.cli.watch.verdicts import Verdicts
from tests.cli.watch.asking import Seconds


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def verdicts(clock: Seconds) -> Verdicts:
    return Verdicts(monotonic=clock)


def test_nothing_is_known_when_nobody_called(verdicts: Verdicts) -> None:
    assert verdicts.verdict == "not_asked"


def test_address_is_not_trusted_until_a_call_goes_well(verdicts: Verdicts) -> None:
    verdicts.on_call("department/list", "60020", 0.1)
    verdicts.on_call("gettoken", "0", 0.1)
    verdicts.on_call("user/get", "60111", 0.1)
    assert verdicts.verdict == "not_trusted"
    verdicts.on_call("department/list", "0", 0.1)
    assert verdicts.verdict == "ok"


def test_wecom_is_unreachable_when_nothing_came_back_for_five_minutes(
    verdicts: Verdicts, clock: Seconds
) -> None:
    verdicts.on_call("message/send", "timeout", 10)
    clock.at += 299
    verdicts.on_call("message/send", "none", 0.1)
    assert verdicts.verdict == "ok"
    clock.at += 1
    assert verdicts.verdict == "unreachable"
    verdicts.on_call("message/send", "45009", 0.1)
    assert verdicts.verdict == "ok"
