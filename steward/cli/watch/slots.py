"""When each job runs next, worked out once for each slot: a yearly schedule is not searched at every scrape."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from steward.clock.plan import next_slots, to_plan

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.settings import Settings


class NextSlots:
    """Remembers the next slot of each job until it has come, or the settings are others."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._known: dict[str, datetime | None] = {}
        self._lock = Lock()

    def of(self, house: House, now: datetime) -> dict[str, datetime]:
        """Return job -> its next planned moment after now. Absent: switched off, or a schedule that never fires."""
        with self._lock:
            if self._settings is not house.settings:
                self._settings, self._known = house.settings, {}
            for job, schedule in house.settings.schedules.items():
                if schedule.enabled and self._is_over(job, now):
                    self._known[job] = _next(house, job, now)
            return {job: at for job, at in self._known.items() if at is not None}

    def _is_over(self, job: str, now: datetime) -> bool:
        at = self._known.get(job, now)
        return at is not None and at <= now


def _next(house: House, job: str, now: datetime) -> datetime | None:
    try:
        plan = to_plan(house.settings.schedules[job], house.zone, house.working_days, job)
    except ValueError:  # a schedule that `serve` would have refused
        return None
    return next(iter(next_slots(plan, now, 1)), None)
