"""Days, weeks and months of the company's time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from steward.model.period import Period


def day_period(day: date, zone: ZoneInfo) -> Period:
    """Return the local day from midnight to midnight; 23 or 25 hours long where the clock is changed."""
    return _period("day", day.isoformat(), day, day + timedelta(days=1), zone)


def week_period(day: date, zone: ZoneInfo) -> Period:
    """Return the week, Monday to Sunday, that `day` lies in; its key is ISO 8601's: "2026-W47"."""
    year, week, weekday = day.isocalendar()
    monday = day - timedelta(days=weekday - 1)
    return _period("week", f"{year}-W{week:02d}", monday, monday + timedelta(days=7), zone)


def month_period(day: date, zone: ZoneInfo) -> Period:
    """Return the calendar month that `day` lies in: "2026-11"."""
    first = day.replace(day=1)
    # 32 days after the first of a month is always in the next one.
    return _period("month", f"{day:%Y-%m}", first, (first + timedelta(days=32)).replace(day=1), zone)


def _period(
    kind: Literal["day", "week", "month"], key: str, start: date, end: date, zone: ZoneInfo
) -> Period:
    return Period(
        kind=kind,
        key=key,
        starts_at=datetime.combine(start, time.min, tzinfo=zone),
        ends_at=datetime.combine(end, time.min, tzinfo=zone),
    )
