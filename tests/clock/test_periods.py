from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from steward.clock.periods import day_period, month_period, week_period

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_day_is_a_local_one() -> None:
    period = day_period(date(2026, 11, 20), SHANGHAI)
    assert period.key == "2026-11-20"
    assert period.starts_at == datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    period = day_period(day, ZoneInfo("America/New_York"))
    assert period.ends_at.astimezone(UTC) - period.starts_at.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "key", "first"),
    [
        (date(2026, 11, 22), "2026-W47", date(2026, 11, 16)),
        (date(2026, 11, 23), "2026-W48", date(2026, 11, 23)),
        (date(2027, 1, 3), "2026-W53", date(2026, 12, 28)),
        (date(2025, 12, 29), "2026-W01", date(2025, 12, 29)),
    ],
)
def test_a_week_goes_from_monday_to_sunday(day: date, key: str, first: date) -> None:
    period = week_period(day, SHANGHAI)
    assert (period.key, period.starts_at.date(), period.ends_at.date()) == (
        key,
        first,
        first + timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("day", "key", "end"),
    [
        (date(2026, 1, 31), "2026-01", date(2026, 2, 1)),
        (date(2028, 2, 29), "2028-02", date(2028, 3, 1)),
        (date(2026, 12, 1), "2026-12", date(2027, 1, 1)),
    ],
)
def test_a_month_ends_where_the_next_begins(day: date, key: str, end: date) -> None:
    period = month_period(day, SHANGHAI)
    assert (period.key, period.starts_at.date(), period.ends_at.date()) == (key, day.replace(day=1), end)
