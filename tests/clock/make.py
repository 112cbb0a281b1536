"""Plans and moments for tests of the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from steward.clock.cron import parse_cron
from steward.clock.plan import Plan, next_slots
from steward.clock.working_days import WorkingDays
from steward.model.settings.calendar import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Half an hour of summer time, the other way round."""
DAYS = WorkingDays(Calendar())


def make_plan(cron: str = "37 8 * * *", **over: Any) -> Plan:
    """Return a plan of a cron expression in Shanghai."""
    fields = {"schedule": parse_cron(cron), "zone": SHANGHAI, "working_days": DAYS}
    return Plan(**(fields | over))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return the moment of a wall time: "2026-10-01 08:37"."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def slots(plan: Plan, after: str, count: int) -> list[str]:
    """Return the next slots as the wall shows them: "Sat 10-10 08:37"."""
    found = next_slots(plan, at(after, plan.zone), count)
    return [slot.astimezone(plan.zone).strftime("%a %m-%d %H:%M") for slot in found]
