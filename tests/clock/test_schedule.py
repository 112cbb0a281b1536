from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.clock.schedule import (
    CronSchedule,
    IntervalSchedule,
    next_slots,
    parse_cron,
    slot_at,
    slot_key,
    to_schedule,
    trigger,
)
from steward.clock.working_days import WorkingDays
from steward.model.settings.operation import DEFAULT_SCHEDULES, Schedule
from steward.model.settings.root import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
DAYS = WorkingDays(Calendar())
MINUTE = timedelta(minutes=1)


def slots(
    expression: str,
    after: str,
    count: int,
    zone: ZoneInfo = SHANGHAI,
    on_non_working_days: Literal["skip", "run"] = "run",
) -> list[str]:
    """Return the slots by their local time of day, weekday first."""
    after_at = datetime.fromisoformat(after).replace(tzinfo=zone)
    found = next_slots(parse_cron(expression), after_at, count, zone, DAYS, on_non_working_days)
    return [at.astimezone(zone).strftime("%a %m-%d %H:%M") for at in found]


def fires(schedule: CronSchedule | IntervalSchedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield what APScheduler does: the planned times of the trigger after `after`."""
    rings: Any = trigger(schedule, zone)
    at = rings.get_next_fire_time(None, after + timedelta(seconds=1))
    while at is not None:
        yield at
        at = rings.get_next_fire_time(at, at.astimezone(UTC) + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("number", "weekday"),
    [(0, "Sun"), (1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun")],
)
def test_trigger_and_slots_ring_on_crontabs_weekday_for_all_8_digits(number: int, weekday: str) -> None:
    schedule = parse_cron(f"0 9 * * {number}")
    after = datetime(2026, 11, 20, tzinfo=UTC)
    [slot] = next_slots(schedule, after, 1, SHANGHAI, DAYS)
    assert next(fires(schedule, after, SHANGHAI)) == slot
    assert slot.astimezone(SHANGHAI).strftime("%a") == weekday


def test_a_slot_lies_after_the_moment_asked_for_and_never_on_it() -> None:
    assert slots("37 8 * * *", "2026-11-20 08:36", 1) == ["Fri 11-20 08:37"]
    assert slots("37 8 * * *", "2026-11-20 08:37", 2) == ["Sat 11-21 08:37", "Sun 11-22 08:37"]


def test_days_off_are_left_out_and_make_up_days_are_not_when_the_schedule_skips() -> None:
    assert slots("37 8 * * *", "2026-09-30 12:00", 4, on_non_working_days="skip") == [
        "Thu 10-08 08:37",
        "Fri 10-09 08:37",
        "Sat 10-10 08:37",
        "Mon 10-12 08:37",
    ]


def test_a_schedule_that_only_meets_days_off_has_no_slots() -> None:
    assert slots("0 9 1 10 *", "2026-01-01", 3, on_non_working_days="skip") == []


def test_the_29th_of_february_comes_every_fourth_year() -> None:
    found = next_slots(parse_cron("0 9 29 2 *"), datetime(2026, 1, 1, tzinfo=UTC), 2, SHANGHAI, DAYS)
    assert [at.date() for at in found] == [date(2028, 2, 29), date(2032, 2, 29)]


def test_a_time_the_clock_skips_is_due_when_it_has_been_put_on() -> None:
    assert slots("30 2 * * *", "2026-03-07 12:00", 2, NEW_YORK) == ["Sun 03-08 03:30", "Mon 03-09 02:30"]


def test_a_time_the_clock_shows_twice_is_one_slot_a_day_and_two_where_every_hour_counts() -> None:
    assert slots("30 1 * * *", "2026-10-31 12:00", 2, NEW_YORK) == ["Sun 11-01 01:30", "Mon 11-02 01:30"]
    hourly = slots("30 * * * *", "2026-11-01 00:00", 4, NEW_YORK)
    assert hourly == ["Sun 11-01 00:30", "Sun 11-01 01:30", "Sun 11-01 01:30", "Sun 11-01 02:30"]


@pytest.mark.parametrize("expression", ["30 1 * * *", "30 2 * * *", "15 * * * *", "0,30 1-3 * * *"])
@pytest.mark.parametrize("start", [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)])
def test_the_triggers_rings_name_the_same_slots_when_the_clock_is_changed(
    expression: str, start: datetime
) -> None:
    schedule = parse_cron(expression)
    end = start + timedelta(days=5)
    planned = [
        slot_key(schedule, at, NEW_YORK)
        for at in next_slots(schedule, start, 200, NEW_YORK, DAYS)
        if at < end
    ]
    rung = []
    for at in fires(schedule, start, NEW_YORK):
        if at.astimezone(UTC) >= end:
            break
        rung.append(slot_key(schedule, at, NEW_YORK))
    assert sorted(set(rung)) == sorted(planned)


def test_an_interval_rings_at_the_same_minutes_in_every_process() -> None:
    schedule = to_schedule(Schedule(every_minutes=7))
    after = datetime(2026, 11, 20, 3, 3, 30, tzinfo=UTC)
    found = next_slots(schedule, after, 3, SHANGHAI, DAYS)
    rung = fires(schedule, after, SHANGHAI)
    assert found == [next(rung) for _ in range(3)]
    assert next_slots(schedule, after + timedelta(seconds=20), 1, SHANGHAI, DAYS) == found[:1]
    assert (found[1] - found[0], found[0].second) == (timedelta(minutes=7), 0)


def test_an_interval_leaves_days_off_out_when_it_skips() -> None:
    friday_night = datetime(2026, 11, 20, 15, 59, 30, tzinfo=UTC)
    [slot] = next_slots(IntervalSchedule(every_minutes=1), friday_night, 1, SHANGHAI, DAYS, "skip")
    assert slot == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "key"),
    [
        (parse_cron("37 8 * * *"), "2026-11-20T08:37"),
        (parse_cron("37 8,18 * * *"), "2026-11-20T08:37"),
        (parse_cron("37 * * * *"), "2026-11-20T00:37Z"),
        (IntervalSchedule(every_minutes=1), "2026-11-20T00:37Z"),
    ],
)
def test_a_slots_key_is_wall_time_by_the_day_and_utc_by_the_hour(
    schedule: CronSchedule | IntervalSchedule, key: str
) -> None:
    at = datetime(2026, 11, 20, 8, 37, tzinfo=SHANGHAI)
    assert slot_key(schedule, at, SHANGHAI) == key
    assert slot_at(key, SHANGHAI) == at


@pytest.mark.parametrize("job", DEFAULT_SCHEDULES)
def test_every_built_in_schedule_can_be_read(job: str) -> None:
    after = datetime(2026, 11, 20, tzinfo=UTC)
    schedule = to_schedule(DEFAULT_SCHEDULES[job])
    [slot] = next_slots(schedule, after, 1, SHANGHAI, DAYS)
    assert next(fires(schedule, after, SHANGHAI)) == slot


FEW_MINUTES = st.sets(st.integers(0, 59), min_size=1, max_size=3)
HOURS = st.sets(st.integers(0, 23), min_size=1, max_size=3)


@st.composite
def crons(draw: st.DrawFn) -> tuple[str, dict[str, set[int]]]:
    """Draw an expression and, beside it, the values it means; days and weekdays are never both given."""
    parts = {"minute": draw(FEW_MINUTES), "hour": draw(HOURS)}
    parts["month"] = draw(st.just(set()) | st.sets(st.integers(1, 12), min_size=1, max_size=4))
    restrict = draw(st.sampled_from(["day", "weekday", "neither"]))
    parts["day"] = draw(st.sets(st.integers(1, 28), min_size=1, max_size=4)) if restrict == "day" else set()
    parts["weekday"] = (
        draw(st.sets(st.integers(0, 7), min_size=1, max_size=4)) if restrict == "weekday" else set()
    )
    order = ("minute", "hour", "day", "month", "weekday")
    return " ".join(",".join(map(str, sorted(parts[part]))) or "*" for part in order), parts


def slow_cron(parts: dict[str, set[int]], start: datetime, end: datetime) -> Iterator[datetime]:
    """Walk a whole time minute by minute in a zone without changes of the clock, as cron itself does."""
    wall = start
    while wall < end:
        if (
            wall.minute in parts["minute"]
            and wall.hour in parts["hour"]
            and (not parts["month"] or wall.month in parts["month"])
            and (not parts["day"] or wall.day in parts["day"])
            and (not parts["weekday"] or {wall.isoweekday(), wall.isoweekday() % 7} & parts["weekday"])
        ):
            yield wall
        wall += MINUTE


@settings(max_examples=12, deadline=None)
@given(crons())
def test_the_slots_of_a_year_are_those_of_a_cron_that_walks_every_minute(
    drawn: tuple[str, dict[str, set[int]]],
) -> None:
    expression, parts = drawn
    start, end = datetime(2026, 1, 1, tzinfo=SHANGHAI), datetime(2027, 1, 1, tzinfo=SHANGHAI)
    expected = list(slow_cron(parts, start, end))
    just_before = start - timedelta(seconds=1)
    found = next_slots(parse_cron(expression), just_before, len(expected) + 1, SHANGHAI, DAYS)
    assert found[:-1] == expected
    assert found[-1] >= end


@settings(max_examples=60, deadline=None)
@given(crons(), st.integers(0, 2 * 365 * 86400))
def test_the_trigger_rings_at_the_slots_and_at_no_other_time(
    drawn: tuple[str, dict[str, set[int]]], second: int
) -> None:
    schedule = parse_cron(drawn[0])
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    rung = fires(schedule, after, SHANGHAI)
    expected = [next(rung) for _ in range(10)]
    assert next_slots(schedule, after, 10, SHANGHAI, DAYS) == expected
