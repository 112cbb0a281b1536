from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from steward.clock.cron import CronSchedule, IntervalSchedule, ScheduleRefused, parse_cron
from steward.clock.ordinals import OrdinalSchedule, WorkdayOf
from steward.clock.plan import (
    Plan,
    describe,
    next_slots,
    rests_on_working_days,
    rings_at,
    slot_at,
    slot_key,
    slots_between,
    to_plan,
)
from steward.clock.wording import Lang
from steward.clock.working_days import WorkingDays
from steward.model.settings.calendar import Calendar
from steward.model.settings.operation import DEFAULT_SCHEDULES, Schedule
from tests.clock.make import DAYS, LORD_HOWE, NEW_YORK, SHANGHAI, at, make_plan, slots


def plan_of(job: str = "daily_digest", **setting: Any) -> Plan:
    return to_plan(Schedule(**setting), SHANGHAI, DAYS, job)


def test_a_slot_lies_after_the_moment_asked_for_and_never_on_it() -> None:
    assert slots(make_plan(), "2026-11-20 08:36", 1) == ["Fri 11-20 08:37"]
    assert slots(make_plan(), "2026-11-20 08:37", 2) == ["Sat 11-21 08:37", "Sun 11-22 08:37"]


# The National Day week of 2026: off from Thursday 1 to Wednesday 7 October, Sunday 20 September and Saturday
# 10 October are worked for it.
MONDAY_TO_FRIDAY = "37 8 * * 1-5"
BEFORE = "2026-09-29 12:00"


@pytest.mark.parametrize(
    ("cron", "policy", "expected", "zh", "en"),
    [
        (
            MONDAY_TO_FRIDAY,
            "skip",
            ["Wed 09-30", "Thu 10-08", "Fri 10-09", "Mon 10-12"],
            "周一至周五 08:37（仅工作日）",
            "Monday to Friday at 08:37 (working days only)",
        ),
        (
            MONDAY_TO_FRIDAY,
            "postpone",
            ["Wed 09-30", "Thu 10-08", "Fri 10-09", "Mon 10-12"],
            "周一至周五 08:37（非工作日顺延）",
            "Monday to Friday at 08:37 (postponed to the next working day)",
        ),
        (
            MONDAY_TO_FRIDAY,
            "run",
            [
                *("Wed 09-30", "Thu 10-01", "Fri 10-02", "Mon 10-05", "Tue 10-06", "Wed 10-07", "Thu 10-08"),
                *("Fri 10-09", "Mon 10-12"),
            ],
            "周一至周五 08:37",
            "Monday to Friday at 08:37",
        ),
        (
            "37 8 * * *",
            "skip",
            ["Wed 09-30", "Thu 10-08", "Fri 10-09", "Sat 10-10", "Mon 10-12"],
            "每个工作日 08:37",
            "Every working day at 08:37",
        ),
        (
            "37 8 * * 1",
            "postpone",
            ["Thu 10-08", "Mon 10-12", "Mon 10-19"],
            "周一 08:37（非工作日顺延）",
            "Monday at 08:37 (postponed to the next working day)",
        ),
        (
            "37 8 1 * *",
            "postpone",
            ["Thu 10-08", "Mon 11-02", "Tue 12-01"],
            "每月 1 日 08:37（非工作日顺延）",
            "On day 1 of every month at 08:37 (postponed to the next working day)",
        ),
        (
            "37 8 * * 6",
            "postpone",
            ["Thu 10-08", "Sat 10-10", "Mon 10-19"],
            "周六 08:37（非工作日顺延）",
            "Saturday at 08:37 (postponed to the next working day)",
        ),
    ],
)
def test_national_day_week_goes_by_the_policy_and_the_words_say_which(
    cron: str, policy: str, expected: list[str], zh: str, en: str
) -> None:
    plan = make_plan(cron, on_non_working_days=policy)
    assert slots(plan, BEFORE, len(expected)) == [f"{day} 08:37" for day in expected]
    assert (describe(plan, "zh"), describe(plan, "en")) == (zh, en)


def test_a_slot_postponed_to_a_day_with_its_own_slot_is_one_run() -> None:
    plan = make_plan("37 8 * * *", on_non_working_days="postpone")
    assert slots(plan, "2026-10-01 00:00", 3) == ["Thu 10-08 08:37", "Fri 10-09 08:37", "Sat 10-10 08:37"]


def test_a_postponed_slot_keeps_its_hour_beside_the_days_own() -> None:
    monday = make_plan("0 9,18 * * 1", on_non_working_days="postpone")
    assert slots(monday, "2026-10-05 12:00", 3) == ["Thu 10-08 09:00", "Thu 10-08 18:00", "Mon 10-12 09:00"]


@pytest.mark.parametrize(
    "asked", ["2026-10-05 12:00", "2026-10-06 00:00", "2026-10-07 23:59", "2026-10-08 08:36"]
)
def test_a_postponed_slot_is_found_from_anywhere_within_the_holiday(asked: str) -> None:
    plan = make_plan("37 8 * * 1", on_non_working_days="postpone")
    assert slots(plan, asked, 1) == ["Thu 10-08 08:37"]


def test_a_postponed_slot_is_named_after_the_day_it_runs_on() -> None:
    plan = make_plan("37 8 * * 1", on_non_working_days="postpone")
    [slot] = next_slots(plan, at("2026-10-05 00:00"), 1)
    assert slot_key(plan, slot) == "2026-10-08T08:37"
    assert slot_at(plan, "2026-10-08T08:37") == slot


def test_asking_slot_by_slot_gives_what_asking_at_once_gives() -> None:
    for policy in ("skip", "postpone", "run"):
        plan = make_plan("0 9,18 5,15,25 * *", on_non_working_days=policy)
        whole = next_slots(plan, at("2026-01-01 00:00"), 60)
        asked = [at("2026-01-01 00:00")]
        while len(asked) <= 60:
            asked += next_slots(plan, asked[-1], 1)
        assert asked[1:] == whole


def test_a_schedule_that_only_meets_days_off_has_no_slots() -> None:
    assert slots(make_plan("0 9 1 10 *", on_non_working_days="skip"), "2026-01-01", 3) == []


# What croner (hexagon/croner) and cronsim test of any cron, told anew with our own dates.
@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("59 23 31 12 *", "2026-12-31 23:58", ["Thu 12-31 23:59", "Fri 12-31 23:59"]),
        ("0 0 1 1 *", "2026-12-31 23:59", ["Fri 01-01 00:00"]),
        ("0 0 31 * *", "2026-01-31 00:00", ["Tue 03-31 00:00", "Sun 05-31 00:00", "Fri 07-31 00:00"]),
        ("0 0 29,30 2-3 *", "2026-02-01 00:00", ["Sun 03-29 00:00", "Mon 03-30 00:00", "Mon 03-29 00:00"]),
        ("0-29/10 5 * * *", "2026-11-20 05:00", ["Fri 11-20 05:10", "Fri 11-20 05:20", "Sat 11-21 05:00"]),
        ("*/25 * * * *", "2026-11-20 05:25", ["Fri 11-20 05:50", "Fri 11-20 06:00"]),
        ("0 12 * * sun", "2026-11-20 00:00", ["Sun 11-22 12:00"]),
        ("0 12 * * 7", "2026-11-20 00:00", ["Sun 11-22 12:00"]),
        ("0 12 * * MON,wed", "2026-11-20 00:00", ["Mon 11-23 12:00", "Wed 11-25 12:00"]),
        ("0 12 * JAN-FEB 1", "2026-11-20 00:00", ["Mon 01-04 12:00", "Mon 01-11 12:00"]),
        ("1,1,1 1 1 1 *", "2026-01-01 01:00", ["Thu 01-01 01:01", "Fri 01-01 01:01"]),
    ],
)
def test_the_next_times_are_those_every_cron_agrees_on(cron: str, after: str, expected: list[str]) -> None:
    assert slots(make_plan(cron), after, len(expected)) == expected


def test_the_29th_of_february_comes_every_fourth_year() -> None:
    found = next_slots(make_plan("0 9 29 2 *"), datetime(2026, 1, 1, tzinfo=UTC), 2)
    assert [slot.date() for slot in found] == [date(2028, 2, 29), date(2032, 2, 29)]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("first_working_day", ["Thu 10-08", "Mon 11-02", "Tue 12-01"]),
        ("last_working_day", ["Wed 09-30", "Fri 10-30", "Mon 11-30"]),
        ("first_working_day_of_week", ["Thu 10-08", "Mon 10-12", "Mon 10-19"]),
        ("last_working_day_of_week", ["Wed 09-30", "Sat 10-10", "Fri 10-16"]),
    ],
)
def test_the_first_and_last_working_day_pass_over_holidays_and_count_make_up_days(
    on: WorkdayOf, expected: list[str]
) -> None:
    plan = plan_of(on=on, at="09:00")
    assert slots(plan, BEFORE, 3) == [f"{day} 09:00" for day in expected]


def test_every_month_has_one_first_and_one_last_working_day() -> None:
    for on in ("first_working_day", "last_working_day"):
        found = slots_between(plan_of(on=on, at="09:00"), at("2026-01-01 00:00"), at("2029-01-01 00:00"))
        assert [slot.astimezone(SHANGHAI).month for slot in found] == [*range(1, 13)] * 3


def test_a_week_without_a_working_day_has_neither_first_nor_last() -> None:
    off = tuple(date(2026, 9, 28) + timedelta(days=number) for number in range(7))
    days = WorkingDays(Calendar(days_off=off))
    for on in ("first_working_day_of_week", "last_working_day_of_week"):
        plan = to_plan(Schedule(on=on, at="09:00"), SHANGHAI, days)
        weeks = [slot.isocalendar().week for slot in next_slots(plan, at("2026-09-20 23:00"), 3)]
        assert weeks == [39, 41, 42]


@pytest.mark.parametrize(
    ("setting", "zh", "en"),
    [
        (
            {"on": "first_working_day", "at": "09:00"},
            "每月第一个工作日 09:00",
            "First working day of the month at 09:00",
        ),
        (
            {"on": "last_working_day_of_week", "at": "17:30"},
            "每周最后一个工作日 17:30",
            "Last working day of the week at 17:30",
        ),
        (
            {"cron": "0 9 * * *", "timezone": "America/New_York"},
            "每天 09:00（America/New_York 时间）",
            "Daily at 09:00 (America/New_York time)",
        ),
        ({"cron": "0 9 * * *", "timezone": "Asia/Shanghai"}, "每天 09:00", "Daily at 09:00"),
        (
            {"cron": "0 9 * * *", "jitter_s": 30},
            "每天 09:00（最多错开 30 秒）",
            "Daily at 09:00 (up to 30 s later)",
        ),
        ({"every_minutes": 1}, "每 1 分钟", "Every minute"),
    ],
)
def test_a_plan_is_said_with_whatever_moves_its_moments(setting: dict[str, Any], zh: str, en: str) -> None:
    assert (describe(plan_of(**setting), "zh"), describe(plan_of(**setting), "en")) == (zh, en)


def test_a_schedules_own_zone_decides_hour_day_and_name() -> None:
    plan = plan_of(cron="30 20 * * 1", timezone="America/New_York")
    [slot] = next_slots(plan, at("2026-11-20 00:00"), 1)
    assert slot.astimezone(SHANGHAI) == at("2026-11-24 09:30")
    assert slot_key(plan, slot) == "2026-11-23T20:30"
    assert slot_at(plan, "2026-11-23T20:30") == slot


def test_days_off_are_those_of_the_schedules_own_wall() -> None:
    plan = plan_of(cron="30 20 * * *", timezone="America/New_York", on_non_working_days="skip")
    # 30 September 20:30 in New York is 1 October 08:30 in Shanghai, and still a working day there.
    assert slots(plan, "2026-09-30 00:00", 2) == ["Wed 09-30 20:30", "Thu 10-08 20:30"]


def test_a_time_the_clock_skips_is_due_when_it_has_been_put_on() -> None:
    plan = make_plan("30 2 * * *", zone=NEW_YORK)
    assert slots(plan, "2026-03-07 12:00", 2) == ["Sun 03-08 03:00", "Mon 03-09 02:30"]
    twice = make_plan("0,15,30 2 * * *", zone=NEW_YORK)
    assert slots(twice, "2026-03-07 12:00", 2) == ["Sun 03-08 03:00", "Mon 03-09 02:00"]


def test_a_time_the_clock_shows_twice_is_one_slot_a_day_and_two_where_every_hour_counts() -> None:
    daily = make_plan("30 1 * * *", zone=NEW_YORK)
    assert slots(daily, "2026-10-31 12:00", 2) == ["Sun 11-01 01:30", "Mon 11-02 01:30"]
    hourly = make_plan("30 * * * *", zone=NEW_YORK)
    expected = ["Sun 11-01 00:30", "Sun 11-01 01:30", "Sun 11-01 01:30", "Sun 11-01 02:30"]
    assert slots(hourly, "2026-11-01 00:00", 4) == expected


def test_half_an_hour_that_is_skipped_has_no_slot_of_an_hourly_schedule() -> None:
    hourly = make_plan("15 * * * *", zone=LORD_HOWE)
    assert slots(hourly, "2026-10-04 00:30", 3) == ["Sun 10-04 01:15", "Sun 10-04 03:15", "Sun 10-04 04:15"]


def test_an_interval_rings_at_the_same_minutes_in_every_process() -> None:
    plan = plan_of(every_minutes=7)
    after = datetime(2026, 11, 20, 3, 3, 30, tzinfo=UTC)
    found = next_slots(plan, after, 3)
    assert next_slots(plan, after + timedelta(seconds=20), 1) == found[:1]
    assert (found[1] - found[0], found[0].second) == (timedelta(minutes=7), 0)


def test_an_interval_leaves_days_off_out_when_it_skips() -> None:
    plan = plan_of(every_minutes=1, on_non_working_days="skip")
    [slot] = next_slots(plan, at("2026-11-20 23:59"), 1)
    assert slot == at("2026-11-23 00:00")


@pytest.mark.parametrize(
    ("schedule", "key"),
    [
        (parse_cron("37 8 * * *"), "2026-11-20T08:37"),
        (parse_cron("37 8,18 * * *"), "2026-11-20T08:37"),
        (OrdinalSchedule(on="last_working_day", hour=8, minute=37), "2026-11-20T08:37"),
        (parse_cron("37 * * * *"), "2026-11-20T00:37Z"),
        (IntervalSchedule(every_minutes=1), "2026-11-20T00:37Z"),
    ],
)
def test_a_slots_key_is_wall_time_by_the_day_and_utc_by_the_hour(
    schedule: CronSchedule | IntervalSchedule | OrdinalSchedule, key: str
) -> None:
    plan = make_plan(schedule=schedule)
    assert slot_key(plan, at("2026-11-20 08:37")) == key
    assert slot_at(plan, key) == at("2026-11-20 08:37")


def test_jitter_is_the_same_in_every_process_and_differs_by_job_and_slot() -> None:
    rung = {}
    for job in ("sync_groups", "daily_digest"):
        for _process in range(2):
            plan = plan_of(job, cron="37 8 * * *", jitter_s=600)
            late = [rings_at(plan, slot) - slot for slot in next_slots(plan, at("2026-11-20 00:00"), 200)]
            assert rung.setdefault(job, late) == late
            assert timedelta() <= min(late) < timedelta(seconds=60)
            assert timedelta(seconds=540) < max(late) <= timedelta(seconds=600)
    assert rung["sync_groups"] != rung["daily_digest"]


def test_without_jitter_a_run_begins_at_its_slot() -> None:
    [slot] = next_slots(make_plan(), at("2026-11-20 00:00"), 1)
    assert rings_at(make_plan(), slot) == slot


@pytest.mark.parametrize("job", DEFAULT_SCHEDULES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_built_in_schedule_has_slots_and_words(job: str, lang: Lang) -> None:
    plan = to_plan(DEFAULT_SCHEDULES[job], SHANGHAI, DAYS, job)
    assert len(next_slots(plan, at("2026-11-20 00:00"), 3)) == 3
    assert describe(plan, lang)


def test_a_cron_expression_that_cannot_be_read_is_refused_in_both_languages() -> None:
    with pytest.raises(ScheduleRefused) as caught:
        to_plan(Schedule(cron="37 25 * * *"), SHANGHAI, DAYS)
    zh, en = caught.value.words
    assert (
        zh == 'cron 表达式 "37 25 * * *" 第 2 段（小时）的 "25"：不在 0–23 之内；可以写 "8"、"9-18" 或 "*/2"'
    )
    assert en == (
        'cron expression "37 25 * * *", field 2 (hour), "25": not within 0 to 23; write "8", "9-18" or "*/2"'
    )


@pytest.mark.parametrize(
    ("setting", "rests"),
    [
        ({"cron": "0 9 * * *"}, False),
        ({"cron": "0 9 * * *", "on_non_working_days": "skip"}, True),
        ({"cron": "0 9 * * *", "on_non_working_days": "postpone"}, True),
        ({"on": "last_working_day", "at": "09:00"}, True),
        ({"every_minutes": 1}, False),
    ],
)
def test_a_plan_rests_on_working_days_unless_it_runs_on_any(setting: dict[str, Any], rests: bool) -> None:
    assert rests_on_working_days(plan_of(**setting)) is rests
