"""What makes a holiday notice suspicious, and when the next one is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from steward.clock.working_days import WorkingDays, is_published, statutory_days
from steward.model.settings.calendar import Calendar, Notice
from steward.model.words import Words

YearState = Literal["imported", "entered", "published", "provisional"]
"""imported: by `calendar import` · entered: by hand, whole · published: built in · provisional: nobody knows yet."""
_DAY = timedelta(days=1)
_FEWEST_DAYS_OFF = 20
"""Thirteen holidays by law with their exchanged days were 23 to 33 days in every year since 2008."""
_MOST_DAYS_OFF = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When the notice of a year is to be expected. Source: gov.cn; those of the last twelve years
    came out between 25 October (2021, 2023) and 16 December (2014)."""

    year: int
    expected_from: date
    late_after: date


def notice_due(year: int) -> Due:
    """Return when the notice on a year is to be expected: from the end of October before it, by mid-December."""
    return Due(year=year, expected_from=date(year - 1, 10, 25), late_after=date(year - 1, 12, 16))


def state_of(year: int, working_days: WorkingDays) -> YearState:
    """Return where the days of a year come from."""
    if working_days.is_imported(year):
        return "imported"
    if is_published(year):
        return "published"
    return "entered" if working_days.is_entered(year) else "provisional"


def doubts(year: int, notice: Notice) -> Iterator[Words]:
    """Yield what no notice of the last years was like; none of it is refused, for the next may be."""
    off = {day for days in notice.days_off.values() for day in days if day.year == year}
    worked = {day for days in notice.make_up_days.values() for day in days}
    if not worked:
        yield Words(
            f"{year} 年没有一天补班；每年的通知都有，文件可能不全",
            f"no make-up day in {year}; every notice has some, so the file may be incomplete",
        )
    missing = [day for day in statutory_days(year) if day not in off and day.weekday() < 5]
    if missing:
        some = ", ".join(day.isoformat() for day in sorted(missing))
        yield Words(
            f"法定节假日不在其中，会算作上班：{some}",
            f"holidays by law that are missing and count as worked: {some}",
        )
    if off and not _FEWEST_DAYS_OFF <= len(off) <= _MOST_DAYS_OFF:
        yield Words(
            f"{year} 年放假 {len(off)} 天，往年是 23 至 33 天",
            f"{len(off)} days off in {year}; other years have 23 to 33",
        )


def differences(year: int, notice: Notice, before: WorkingDays) -> list[date]:
    """Return the days of the year that a notice would make worked or not, other than they are now.

    Days the company decided itself are left out: they win over the notice.
    """
    after = WorkingDays(Calendar(notices={str(year): notice}))
    first = date(year - 1, 12, 1)
    days = (first + _DAY * number for number in range((date(year, 12, 31) - first).days + 1))
    named = {day for day, _name, _worked in notice.days()}
    return [
        day
        for day in days
        if (day.year == year or day in named)
        and before.kind_of(day).why != "override"
        and before.is_working(day) != after.is_working(day)
    ]
