from __future__ import annotations

from datetime import datetime

import pytest

from steward.checks.escalation import decide_stage
from steward.clock.working_days import WorkingDays
from steward.model.finding import Stage
from steward.model.settings.root import Calendar
from tests.checks.make import SHANGHAI

DAYS = WorkingDays(Calendar())


def decide(stage: Stage, asked: str | None, now: str) -> Stage:
    asked_at = datetime.fromisoformat(asked).replace(tzinfo=SHANGHAI) if asked else None
    now_at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    return decide_stage(stage, asked_at, now_at, DAYS, SHANGHAI, 1, 3)


@pytest.mark.parametrize(
    ("stage", "asked", "now", "expected"),
    [
        ("found", None, "2026-11-20 08:13", "found"),
        ("found", "2026-11-20 08:50", "2026-11-20 08:51", "owner"),
        ("owner", "2026-11-19 08:50", "2026-11-19 23:59", "owner"),
        ("owner", "2026-11-19 08:50", "2026-11-20 08:13", "head"),
        ("owner", "2026-11-20 08:50", "2026-11-22 08:13", "owner"),
        ("owner", "2026-11-20 08:50", "2026-11-23 08:13", "head"),
        ("head", "2026-11-19 08:50", "2026-11-23 08:13", "head"),
        ("head", "2026-11-19 08:50", "2026-11-24 08:13", "hr"),
        ("owner", "2026-11-19 08:50", "2026-12-24 08:13", "head"),
        ("owner", "2026-09-30 08:50", "2026-10-07 08:13", "owner"),
        ("owner", "2026-09-30 08:50", "2026-10-08 08:13", "head"),
        ("head", "2026-10-08 08:50", "2026-10-10 08:13", "head"),
        ("head", "2026-10-08 08:50", "2026-10-12 08:13", "hr"),
        ("hr", "2026-11-19 08:50", "2026-11-19 09:00", "hr"),
        ("head", None, "2026-11-19 09:00", "head"),
    ],
)
def test_the_stage_is_one_step_up_when_its_working_days_have_passed(
    stage: Stage, asked: str | None, now: str, expected: Stage
) -> None:
    assert decide(stage, asked, now) == expected


def test_days_are_the_companys_and_not_utcs() -> None:
    # Asked at 07:00 on Friday in Shanghai, which is still Thursday in UTC.
    assert decide("owner", "2026-11-20 07:00", "2026-11-20 09:00") == "owner"
