"""What the engine keeps of one schedule: its plan, and its wording as JSON, by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from steward.clock.plan import Plan, rings_at, slot_key, slots_between, to_plan
from steward.clock.working_days import WorkingDays
from steward.engine.slots import Slot
from steward.model.settings.operation import Schedule

_SAYS_WHEN: Final = ("cron", "every_minutes", "on", "at", "timezone", "on_non_working_days")
"""What decides the slots. How late they ring, and what becomes of missed ones, may change without a new walk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """One enabled schedule as it is in force.

    Args:
        as_it_comes: the job's work is done whenever there is any, so its slots need no run.
    """

    job: str
    plan: Plan
    said: Mapping[str, Any]
    as_it_comes: bool = False

    @property
    def plan_id(self) -> str:
        """A short word for the wording."""
        return hashlib.sha256(json.dumps(dict(self.said), sort_keys=True).encode()).hexdigest()[:12]

    def slots(self, after: datetime, until: datetime) -> list[Slot]:
        """Return the planned moments after `after` up to and including `until`."""
        return [
            Slot(slot_key(self.plan, at), at, rings_at(self.plan, at))
            for at in slots_between(self.plan, after, until)
        ]

    def latest(self, at: datetime) -> Slot:
        """Return the last planned moment up to `at`, for a schedule that has one within the hour before it."""
        return self.slots(at - timedelta(hours=1), at)[-1]


def to_timetable(
    job: str, setting: Schedule, zone: ZoneInfo, working_days: WorkingDays, *, as_it_comes: bool = False
) -> Timetable:
    """Return the timetable of a [schedules.*] section."""
    said = {"zone": zone.key, **setting.model_dump(mode="json", include=set(_SAYS_WHEN))}
    plan = to_plan(setting, zone, working_days, job)
    return Timetable(job=job, plan=plan, said=said, as_it_comes=as_it_comes)


def from_said(job: str, said: Mapping[str, Any], working_days: WorkingDays) -> Timetable | None:
    """Return the timetable of a wording that was written down; None where this version can no longer read it."""
    try:
        setting = Schedule.model_validate({name: said[name] for name in _SAYS_WHEN if name in said})
        zone = ZoneInfo(str(said["zone"]))
        return Timetable(job=job, plan=to_plan(setting, zone, working_days, job), said=said)
    except (ValidationError, ValueError, KeyError):
        return None
