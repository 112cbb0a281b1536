"""Schedules that count working days: the first or last one of a month or a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from steward.clock.working_days import WorkingDays

WorkdayOf = Literal[
    "first_working_day",
    "last_working_day",
    "first_working_day_of_week",
    "last_working_day_of_week",
]
"""Of the month where no week is named; weeks go from Monday to Sunday. A week without any working day has none."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalSchedule:
    """When it fires: at one local time of one working day of each month or week."""

    on: WorkdayOf
    hour: int
    minute: int

    @property
    def times(self) -> tuple[tuple[int, int], ...]:
        """Its hours and minutes of day: one."""
        return ((self.hour, self.minute),)

    @property
    def is_hourly(self) -> bool:
        """It never fires in every hour."""
        return False

    def fires_on(self, day: date, working_days: WorkingDays) -> bool:
        """Return whether `day` is the working day that is meant."""
        if not working_days.is_working(day):
            return False
        neighbour = working_days.previous(day) if self.on.startswith("first") else working_days.next(day)
        if self.on.endswith("week"):
            return _monday(neighbour) != _monday(day)
        return (neighbour.year, neighbour.month) != (day.year, day.month)


def _monday(day: date) -> date:
    return day - _DAY * day.weekday()
