"""Who is told next of a finding that is still there [C6]: the owner, the department head, HR."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from steward.clock.wording import local
from steward.clock.working_days import WorkingDays
from steward.model.finding import Stage


def decide_stage(
    stage: Stage,
    asked_at: datetime | None,
    now: datetime,
    working_days: WorkingDays,
    zone: ZoneInfo,
    head_after: int,
    hr_after: int,
) -> Stage:
    """Return the stage the finding is in now: one step up at most, so that nobody is passed over; never down.

    Args:
        asked_at: when the owner was asked; None = not yet, and then nobody else is told either.
        head_after: working days after the day of asking until the head is told.
        hr_after: the same until HR is told.
    """
    if asked_at is None:
        return stage
    if stage == "found":
        return "owner"
    waited = working_days.between(local(asked_at, zone).date(), local(now, zone).date())
    if stage == "owner" and waited >= head_after:
        return "head"
    if stage == "head" and waited >= hr_after:
        return "hr"
    return stage
