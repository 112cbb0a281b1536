"""Our slots against two programs that are not ours: cronsim (healthchecks.io's reading of Debian's cron), APScheduler.

Where they mean something else is tested as such at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steward.clock.cron import CronSchedule, ScheduleRefused, parse_cron
from steward.clock.plan import Plan, next_slots, rings_at, slot_key, slots_after, trigger
from tests.clock.make import BERLIN, LORD_HOWE, NEW_YORK, SHANGHAI, make_plan

START = datetime(2026, 1, 1)  # noqa: DTZ001 cronsim walks naive time in a zone of no changes
TEN_YEARS = timedelta(days=3653)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


def field(
    low: int, high: int, names: list[str] | None = None, *, star: bool = True
) -> st.SearchStrategy[str]:
    """Draw one field: numbers, names, ranges, steps, lists, and the star."""
    numbers = st.integers(low, high)
    words = numbers.map(str)
    if names:
        words |= st.integers(0, len(names) - 1).map(lambda n: names[n])
    spans = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    # "5-5/2" is 5 alone for cron and for us; cronsim goes on to the field's end.
    wide = st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1])
    steps = st.tuples(wide.map(lambda pair: f"{pair[0]}-{pair[1]}"), st.integers(1, 30)).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    listed = st.lists(words | spans | steps, min_size=1, max_size=3).map(",".join)
    stars = st.just("*") | st.integers(1, high).map(lambda n: f"*/{n}")
    return listed | stars if star else listed


DAYS = st.tuples(field(1, 31), st.just("*")) | st.tuples(st.just("*"), field(0, 7, WEEKDAYS))


def expressions(minutes: st.SearchStrategy[str], hours: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda minute, hour, days, month: f"{minute} {hour} {days[0]} {month} {days[1]}",
        minutes,
        hours,
        DAYS,
        field(1, 12, MONTHS),
    )


ONE_TIME = expressions(st.integers(0, 59).map(str), st.integers(0, 23).map(str))
ANY_TIME = expressions(field(0, 59), field(0, 23))
FIXED_TIME = expressions(field(0, 59, star=False), field(0, 23, star=False))
EVERY_HOUR = expressions(field(0, 59), st.just("*"))


def read(expression: str) -> CronSchedule:
    """Return the schedule; what we refuse (both days given, 30 February) is no case of these tests."""
    try:
        return parse_cron(expression)
    except ScheduleRefused:
        assume(False)
        raise


def within_ten_years(found: Iterator[datetime], after: datetime) -> list[datetime]:
    return list(islice(takewhile(lambda slot: slot < after + TEN_YEARS, found), 30))


def cronsim(expression: str, after: datetime) -> Iterator[datetime]:
    return (slot.astimezone(UTC) for slot in CronSim(expression, after))


@settings(max_examples=40, deadline=None)
@given(ONE_TIME)
def test_the_days_of_ten_years_are_cronsims(expression: str) -> None:
    plan = make_plan(schedule=read(expression), zone=ZoneInfo("UTC"))
    after = START.replace(tzinfo=UTC)
    expected = list(takewhile(lambda slot: slot < after + TEN_YEARS, cronsim(expression, after)))
    assert next_slots(plan, after, len(expected)) == expected


@settings(max_examples=80, deadline=None)
@given(ANY_TIME, st.integers(0, int(TEN_YEARS.total_seconds())))
def test_the_next_times_from_any_moment_of_ten_years_are_cronsims(expression: str, second: int) -> None:
    plan = make_plan(schedule=read(expression), zone=ZoneInfo("UTC"))
    after = START.replace(tzinfo=UTC) + timedelta(seconds=second)
    expected = within_ten_years(cronsim(expression, after), after)
    assert next_slots(plan, after, len(expected)) == expected


CHANGES = st.sampled_from(
    [
        (zone, datetime(*day, tzinfo=zone))
        for zone, days in {
            NEW_YORK: [(2026, 3, 7), (2026, 10, 31), (2027, 3, 13), (2030, 11, 2)],
            BERLIN: [(2026, 3, 28), (2026, 10, 24), (2031, 3, 29)],
            LORD_HOWE: [(2026, 4, 4), (2026, 10, 3), (2029, 9, 30)],
        }.items()
        for day in days
    ]
)


@settings(max_examples=80, deadline=None)
@given(FIXED_TIME, CHANGES, st.integers(0, 2 * 1440))
def test_jobs_at_fixed_times_are_cronsims_where_the_clock_is_changed(
    expression: str, change: tuple[ZoneInfo, datetime], minute: int
) -> None:
    schedule = read(expression)
    assume(not schedule.is_hourly)
    zone, day = change
    after = (day.astimezone(UTC) + timedelta(minutes=minute)).astimezone(zone)
    # Within the repeated hour cronsim forgets which of the two it is in; ask from outside.
    assume(after.utcoffset() == (after.astimezone(UTC) + timedelta(hours=1)).astimezone(zone).utcoffset())
    assume(after.replace(fold=1).utcoffset() == after.replace(fold=0).utcoffset())
    # Several times within the skipped hour are one moment after it; cronsim gives that moment for each.
    expected = list(dict.fromkeys(within_ten_years(cronsim(expression, after), after)))
    assert next_slots(make_plan(schedule=schedule, zone=zone), after, len(expected)) == expected


@settings(max_examples=80, deadline=None)
@given(EVERY_HOUR, CHANGES, st.integers(0, 2 * 1440))
def test_jobs_of_every_hour_are_cronsims_where_the_clock_is_changed(
    expression: str, change: tuple[ZoneInfo, datetime], minute: int
) -> None:
    zone, day = change
    after = (day.astimezone(UTC) + timedelta(minutes=minute)).astimezone(zone)
    expected = within_ten_years(cronsim(expression, after), after)
    assert next_slots(make_plan(schedule=read(expression), zone=zone), after, len(expected)) == expected


# APScheduler's own trigger, given names for weekdays: its number 0 is Monday (agronholm/apscheduler #286).
def apscheduler(schedule: CronSchedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    rings: Any = CronTrigger(
        minute=",".join(map(str, schedule.minutes)),
        hour=",".join(map(str, schedule.hours)),
        day=",".join(map(str, schedule.days)),
        month=",".join(map(str, schedule.months)),
        day_of_week=",".join(WEEKDAYS[number] for number in schedule.weekdays),
        timezone=zone,
    )
    yield from rung(rings, after)


def rung(rings: Any, after: datetime) -> Iterator[datetime]:
    """Yield what APScheduler's scheduler gets of a trigger: each next time asked for with the one before."""
    ring = rings.get_next_fire_time(None, after + timedelta(seconds=1))
    while ring is not None:
        yield ring
        ring = rings.get_next_fire_time(ring, ring.astimezone(UTC) + timedelta(seconds=1))


@settings(max_examples=40, deadline=None)
@given(ANY_TIME, st.integers(0, int(TEN_YEARS.total_seconds())))
def test_the_slots_are_those_of_apschedulers_own_cron(expression: str, second: int) -> None:
    schedule = read(expression)
    after = START.replace(tzinfo=UTC) + timedelta(seconds=second)
    expected = list(islice(apscheduler(schedule, SHANGHAI, after), 10))
    assert next_slots(make_plan(schedule=schedule), after, 10) == expected


@pytest.mark.parametrize(
    ("number", "weekday"),
    [(0, "Sun"), (1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun")],
)
def test_trigger_and_slots_ring_on_crontabs_weekday_for_all_8_digits(number: int, weekday: str) -> None:
    plan = make_plan(f"0 9 * * {number}")
    after = datetime(2026, 11, 20, tzinfo=UTC)
    [slot] = next_slots(plan, after, 1)
    assert next(rung(trigger(plan), after)) == slot
    assert slot.astimezone(SHANGHAI).strftime("%a") == weekday


PLANS = st.builds(
    lambda cron, zone, policy, jitter_s: make_plan(
        cron, zone=zone, on_non_working_days=policy, jitter_s=jitter_s, job="x"
    ),
    st.sampled_from(
        ["37 8 * * *", "0 9,18 * * 1-5", "30 1,2,3 * * *", "15 * * * *", "0 9 1,15 * *", "0 9 * * 6"]
    ),
    st.sampled_from([SHANGHAI, NEW_YORK, LORD_HOWE]),
    st.sampled_from(["skip", "postpone", "run"]),
    st.sampled_from([0, 59, 3000]),
)


@settings(max_examples=80, deadline=None)
@given(PLANS, st.integers(0, 300 * 86400))
def test_the_trigger_rings_for_each_slot_once_and_at_no_other_time(plan: Plan, second: int) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    rings = list(islice(rung(trigger(plan), after), 12))
    slots = [slot for slot in islice(slots_after(plan, after - timedelta(hours=1)), 40)]
    expected = [ring for slot in slots if (ring := rings_at(plan, slot)) > after]
    assert rings == expected[: len(rings)]
    assert all(early < late for early, late in pairwise(rings))


@pytest.mark.parametrize("start", [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)])
def test_the_trigger_rings_once_for_a_name_where_the_clock_is_changed(start: datetime) -> None:
    plan = make_plan("0,30 1-3 * * *", zone=NEW_YORK)
    names = [slot_key(plan, ring) for ring in islice(rung(trigger(plan), start), 40)]
    assert len(set(names)) == len(names)


def local(found: Iterator[datetime] | list[datetime], zone: ZoneInfo, count: int) -> list[str]:
    return [slot.astimezone(zone).strftime("%d %H:%M%z") for slot in islice(found, count)]


def test_a_step_of_minutes_in_one_hour_runs_once_a_day_where_cronsim_follows_elapsed_time() -> None:
    # cronsim takes any field that begins with * as "every so often": twice in the repeated hour, never in the
    # skipped one. A job of ours that does not fire in every hour is a job of the day: once, and never left out.
    expression = "*/30 1 * * *"
    after = datetime(2026, 10, 31, 12, tzinfo=NEW_YORK)
    ours = next_slots(make_plan(expression, zone=NEW_YORK), after, 3)
    assert local(ours, NEW_YORK, 3) == ["01 01:00-0400", "01 01:30-0400", "02 01:00-0500"]
    theirs = ["01 01:00-0400", "01 01:30-0400", "01 01:00-0500"]
    assert local(cronsim(expression, after), NEW_YORK, 3) == theirs
    spring = datetime(2026, 3, 7, 12, tzinfo=NEW_YORK)
    ours = next_slots(make_plan("*/30 2 * * *", zone=NEW_YORK), spring, 2)
    assert local(ours, NEW_YORK, 2) == ["08 03:00-0400", "09 02:00-0400"]
    assert local(cronsim("*/30 2 * * *", spring), NEW_YORK, 1) == ["09 02:00-0400"]


def test_an_hour_range_over_the_whole_day_is_every_hour_where_cronsim_reads_fixed_times() -> None:
    after = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK)
    ours = next_slots(make_plan("5 0-23 * * *", zone=NEW_YORK), after, 3)
    assert local(ours, NEW_YORK, 3) == ["01 01:05-0400", "01 01:05-0500", "01 02:05-0500"]
    assert local(cronsim("5 0-23 * * *", after), NEW_YORK, 2) == ["01 01:05-0400", "01 02:05-0500"]


def test_apschedulers_own_cron_rings_twice_for_a_time_shown_twice_and_ours_once() -> None:
    plan = make_plan("30 1 * * *", zone=NEW_YORK)
    assert isinstance(plan.schedule, CronSchedule)
    after = datetime(2026, 10, 31, 12, tzinfo=NEW_YORK)
    assert local(apscheduler(plan.schedule, NEW_YORK, after), NEW_YORK, 2) == [
        "01 01:30-0400",
        "01 01:30-0500",
    ]
    assert local(next_slots(plan, after, 2), NEW_YORK, 2) == ["01 01:30-0400", "02 01:30-0500"]


@pytest.mark.parametrize(
    "expression",
    [
        "0 9 1 * 1",
        "0 9 1-31 * 1",
        "0 9 30 2 *",
        "0 9 31 4,6,9,11 *",
        "@daily",
        "0 0 9 * * *",
        "5/15 * * * *",
        "0 9 L * *",
    ],
)
def test_what_other_crons_read_in_their_own_way_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleRefused):
        parse_cron(expression)
