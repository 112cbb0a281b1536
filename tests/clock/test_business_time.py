from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from steward.clock.business_time import (
    BusinessHours,
    add_business_time,
    business_minutes_between,
    business_time_between,
    is_open,
    next_open,
    to_business_hours,
)
from steward.clock.business_words import explain
from steward.clock.working_days import WorkingDays
from steward.model.settings.calendar import Calendar
from steward.model.settings.hours import BusinessHoursSettings
from tests.clock.make import BERLIN, DAYS, LORD_HOWE, NEW_YORK, SHANGHAI, at

OFFICE = ["08:30-12:00", "13:30-17:30"]
MINUTE = timedelta(minutes=1)


def make_hours(
    *windows: str, zone: ZoneInfo = SHANGHAI, days: WorkingDays = DAYS, **setting: Any
) -> BusinessHours:
    """Return hours of a company; without windows those of an office with a lunch break."""
    return to_business_hours(BusinessHoursSettings(windows=windows or OFFICE, **setting), zone, days)


def due(start: str, minutes: int, hours: BusinessHours) -> str:
    deadline = add_business_time(at(start, hours.zone), minutes, hours)
    return deadline.due_at.astimezone(hours.zone).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-11-20 09:00", 30, "11-20 09:30"),
        ("2026-11-20 11:50", 10, "11-20 12:00"),
        ("2026-11-20 11:50", 11, "11-20 13:31"),
        ("2026-11-20 12:30", 30, "11-20 14:00"),
        ("2026-11-20 07:00", 30, "11-20 09:00"),
        ("2026-11-20 17:20", 30, "11-23 08:50"),
        ("2026-11-20 17:30", 1, "11-23 08:31"),
        ("2026-11-21 10:00", 60, "11-23 09:30"),
        ("2026-11-20 08:30", 450, "11-20 17:30"),
        ("2026-11-20 08:30", 451, "11-23 08:31"),
        ("2026-09-30 17:45", 30, "10-08 09:00"),
        ("2026-10-09 17:00", 60, "10-10 09:00"),
        ("2026-10-10 17:00", 60, "10-12 09:00"),
        ("2026-02-13 17:00", 60, "02-14 09:00"),
        ("2026-02-14 17:00", 60, "02-24 09:00"),
    ],
)
def test_a_deadline_counts_minutes_within_windows_over_lunch_holidays_and_make_up_days(
    start: str, minutes: int, expected: str
) -> None:
    assert due(start, minutes, make_hours()) == expected


def test_no_minutes_are_due_when_business_time_begins() -> None:
    hours = make_hours()
    assert next_open(at("2026-11-20 09:00"), hours) == at("2026-11-20 09:00")
    assert next_open(at("2026-11-20 12:00"), hours) == at("2026-11-20 13:30")
    assert next_open(at("2026-11-20 17:30"), hours) == at("2026-11-23 08:30")


def test_less_than_no_minutes_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        add_business_time(at("2026-11-20 09:00"), -1, make_hours())


def test_more_minutes_than_20_years_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="20 years do not hold as many"):
        add_business_time(at("2026-11-20 09:00"), 10_000_000, make_hours())


def test_seconds_are_kept() -> None:
    deadline = add_business_time(at("2026-11-20 11:59:30"), 1, make_hours())
    assert deadline.due_at == at("2026-11-20 13:30:30")


def test_between_counts_nothing_backwards_and_whole_minutes() -> None:
    hours = make_hours()
    assert business_minutes_between(at("2026-11-20 10:00"), at("2026-11-20 09:00"), hours) == 0
    assert business_minutes_between(at("2026-11-20 09:00:30"), at("2026-11-20 09:02"), hours) == 1
    assert business_minutes_between(at("2026-09-30 17:00"), at("2026-10-08 09:00"), hours) == 60
    assert business_minutes_between(at("2026-10-10 00:00"), at("2026-10-11 00:00"), hours) == 450


def test_a_department_has_its_own_windows_and_what_it_leaves_out_is_the_companys() -> None:
    setting = BusinessHoursSettings(
        windows=OFFICE,
        departments={
            "售后服务部": {"windows": ["08:30-21:00"], "on_days_off": ["09:00-12:00"]},
            "值班组": {"on_days_off": ["10:00-11:00"]},
        },
    )

    def hours_of(*departments: str) -> BusinessHours:
        return to_business_hours(setting, SHANGHAI, DAYS, departments)

    assert due("2026-11-20 17:20", 30, hours_of("研发部")) == "11-23 08:50"
    assert due("2026-11-20 17:20", 30, hours_of("售后服务部")) == "11-20 17:50"
    assert due("2026-11-20 20:50", 30, hours_of("一组", "售后服务部")) == "11-21 09:20"
    assert due("2026-11-20 17:20", 30, hours_of("值班组", "售后服务部")) == "11-21 10:20"


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    hours = make_hours("22:00-06:00")
    assert is_open(at("2026-11-21 05:59"), hours)  # Friday's
    assert not is_open(at("2026-11-21 06:00"), hours)
    assert not is_open(at("2026-11-21 23:00"), hours)
    assert not is_open(at("2026-11-23 05:00"), hours)  # Sunday has no night shift
    assert due("2026-11-20 23:00", 8 * 60, hours) == "11-23 23:00"


def test_a_window_may_end_at_midnight_and_last_the_whole_day() -> None:
    assert due("2026-11-20 23:50", 20, make_hours("00:00-24:00")) == "11-23 00:10"
    assert due("2026-11-19 23:50", 20, make_hours("00:00-24:00")) == "11-20 00:10"
    assert due("2026-11-19 23:50", 20, make_hours("18:00-24:00")) == "11-20 18:10"


# A public help desk's cases, told anew: what a ticket waits for is counted within the hours of its calendar.
# After the escalation specs of zammad/zammad (spec/lib/escalation, spec/lib/escalation_spec.rb).
ALL_WEEK = make_hours("00:00-24:00", on_days_off=["00:00-24:00"])
NINE_TO_FIVE = make_hours(
    "09:00-17:00", zone=BERLIN, days=WorkingDays(Calendar(days_off=(date(2026, 11, 18),)))
)


def test_around_the_clock_a_deadline_is_plain_elapsed_time() -> None:
    start = at("2026-09-30 23:17")
    for minutes in (0, 1, 30, 90, 10_000):
        assert add_business_time(start, minutes, ALL_WEEK).due_at == start + minutes * MINUTE
        assert business_minutes_between(start, start + minutes * MINUTE, ALL_WEEK) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-11-16 09:30", 60, "11-16 10:30"),  # within hours
        ("2026-11-16 09:30", 240, "11-16 13:30"),
        ("2026-11-16 08:00", 60, "11-16 10:00"),  # before hours: the clock starts at nine
        ("2026-11-16 16:30", 60, "11-17 09:30"),  # over the evening
        ("2026-11-16 20:00", 60, "11-17 10:00"),  # after hours
        ("2026-11-17 16:30", 60, "11-19 09:30"),  # over a holiday
        ("2026-11-18 10:00", 60, "11-19 10:00"),  # created on the holiday
        ("2026-11-20 16:00", 180, "11-23 11:00"),  # over the weekend
    ],
)
def test_an_answer_is_due_within_the_calendars_hours(start: str, minutes: int, expected: str) -> None:
    assert due(start, minutes, NINE_TO_FIVE) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-16 10:00", "2026-11-16 11:30", 90),
        ("2026-11-15 00:00", "2026-11-16 11:30", 150),  # from before the calendar opens
        ("2026-11-16 16:00", "2026-11-22 23:00", 60 + 480 + 480 + 480),  # to after it closes
        ("2026-11-16 16:30", "2026-11-17 09:30", 60),
        ("2026-11-17 17:00", "2026-11-19 09:00", 0),
    ],
)
def test_time_worked_is_counted_within_the_calendars_hours(start: str, end: str, expected: int) -> None:
    assert business_minutes_between(at(start, BERLIN), at(end, BERLIN), NINE_TO_FIVE) == expected


def test_time_is_the_sum_of_its_pieces_so_that_a_wait_for_the_customer_can_be_left_out() -> None:
    moments = [at(f"2026-11-16 {clock}", BERLIN) for clock in ("09:15", "12:15", "12:45", "17:45")]
    pieces = [business_minutes_between(a, b, NINE_TO_FIVE) for a, b in pairwise(moments)]
    assert pieces == [180, 30, 255]
    assert sum(pieces) == business_minutes_between(moments[0], moments[-1], NINE_TO_FIVE)


# After prometheus/alertmanager's time intervals (timeinterval/timeinterval_test.go), told anew.
@pytest.mark.parametrize(
    ("moment", "zone", "opened"),
    [
        ("2026-05-04 15:04", "UTC", False),  # a holiday in China
        ("2026-05-06 15:04", "UTC", True),
        ("2026-05-07 10:04", "UTC", True),
        ("2026-05-06 08:59", "UTC", False),
        ("2026-05-06 09:00", "UTC", True),  # the start is inside
        ("2026-05-06 16:59", "UTC", True),
        ("2026-05-06 17:00", "UTC", False),  # the end is not
        ("2026-05-10 15:04", "UTC", False),
        ("2026-04-07 13:00", "Australia/Sydney", True),  # winter: ten hours ahead
        ("2026-11-02 09:00", "Australia/Sydney", True),  # summer: eleven
        ("2026-11-02 08:59", "Australia/Sydney", False),
    ],
)
def test_nine_to_five_is_open_from_its_first_minute_to_before_its_last(
    moment: str, zone: str, opened: bool
) -> None:
    hours = make_hours("09:00-17:00", zone=ZoneInfo(zone))
    assert is_open(at(moment, ZoneInfo(zone)), hours) is opened


def test_the_hours_zone_decides_not_the_zone_of_the_moment() -> None:
    hours = make_hours("09:00-17:00", zone=ZoneInfo("Australia/Sydney"))
    assert is_open(datetime(2026, 11, 1, 22, 0, tzinfo=UTC), hours)
    assert not is_open(datetime(2026, 11, 1, 21, 59, tzinfo=UTC), hours)
    assert not is_open(datetime(2026, 4, 7, 13, 0, tzinfo=UTC), hours)


# Where the clock is changed: elapsed minutes count.
ALWAYS = {"on_days_off": ["00:00-24:00"]}


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        (NEW_YORK, "2026-03-08", 23 * 60),
        (NEW_YORK, "2026-11-01", 25 * 60),
        (BERLIN, "2026-03-29", 23 * 60),
        (BERLIN, "2026-10-25", 25 * 60),
        (LORD_HOWE, "2026-10-04", 23 * 60 + 30),
        (LORD_HOWE, "2026-04-05", 24 * 60 + 30),
        (SHANGHAI, "2026-03-08", 24 * 60),
    ],
)
def test_a_whole_day_has_as_many_minutes_as_pass(zone: ZoneInfo, day: str, minutes: int) -> None:
    hours = make_hours("00:00-24:00", zone=zone, **ALWAYS)
    start = at(f"{day} 00:00", zone)
    end = at((date.fromisoformat(day) + timedelta(days=1)).isoformat() + " 00:00", zone)
    assert business_minutes_between(start, end, hours) == minutes


def test_a_window_over_the_change_is_shorter_or_longer_by_the_hour() -> None:
    hours = make_hours("01:00-04:00", zone=NEW_YORK, on_days_off=["01:00-04:00"])
    spring, autumn = date(2026, 3, 8), date(2026, 11, 1)
    assert sum((b - a for a, b in hours.spans(spring)), timedelta()) == timedelta(hours=2)
    assert sum((b - a for a, b in hours.spans(autumn)), timedelta()) == timedelta(hours=4)


def test_a_window_within_the_repeated_hour_is_open_twice_and_within_the_skipped_one_never() -> None:
    hours = make_hours("01:15-01:30", zone=NEW_YORK, on_days_off=["01:15-01:30"])
    assert len(hours.spans(date(2026, 11, 1))) == 2
    skipped = make_hours("02:15-02:30", zone=NEW_YORK, on_days_off=["02:15-02:30"])
    assert hours.spans(date(2026, 3, 7))
    assert skipped.spans(date(2026, 3, 8)) == ()


def test_a_deadline_that_rests_on_a_year_not_published_says_so() -> None:
    days = WorkingDays(Calendar())
    if not days.is_provisional(2027):
        pytest.skip("2027 is published by now")
    hours = make_hours(days=days)
    assert not add_business_time(at("2026-12-31 17:00"), 30, hours).is_provisional
    deadline = add_business_time(at("2026-12-31 17:20"), 30, hours)
    assert deadline.is_provisional
    assert explain(deadline, hours, "zh") == (
        "2027年1月4日 周一 08:50 前：30 分钟工作时间，从 2026年12月31日 周四 17:20 起，元旦放假不计，"
        "放假安排未公布，暂按推算"
    )
    assert explain(deadline, hours, "en") == (
        "By 08:50 Mon 4 Jan 2027: 30 minutes of business time from 17:20 Thu 31 Dec 2026; New Year's Day not "
        "counted; provisional: that year's holidays are not published yet"
    )


@pytest.mark.parametrize(
    ("start", "minutes", "zh", "en"),
    [
        (
            "2026-09-30 17:45",
            30,
            "10月8日 周四 09:00 前：30 分钟工作时间，从 9月30日 周三 17:45 起，国庆节放假不计",
            "By 09:00 Thu 8 Oct: 30 minutes of business time from 17:45 Wed 30 Sep; National Day not counted",
        ),
        (
            "2026-10-09 17:00",
            60,
            "10月10日 周六 09:00 前：60 分钟工作时间，从 10月9日 周五 17:00 起，10月10日 周六 补班计入",
            "By 09:00 Sat 10 Oct: 60 minutes of business time from 17:00 Fri 9 Oct; Sat 10 Oct is a make-up day "
            "and counts",
        ),
        (
            "2026-11-20 17:29",
            2,
            "11月23日 周一 08:31 前：2 分钟工作时间，从 11月20日 周五 17:29 起，休息日不计",
            "By 08:31 Mon 23 Nov: 2 minutes of business time from 17:29 Fri 20 Nov; days off not counted",
        ),
        (
            "2026-11-20 11:59",
            1,
            "11月20日 周五 12:00 前：1 分钟工作时间，从 11月20日 周五 11:59 起",
            "By 12:00 Fri 20 Nov: 1 minute of business time from 11:59 Fri 20 Nov",
        ),
    ],
)
def test_a_deadline_is_explained_in_one_sentence(start: str, minutes: int, zh: str, en: str) -> None:
    hours = make_hours()
    deadline = add_business_time(at(start), minutes, hours)
    assert (explain(deadline, hours, "zh"), explain(deadline, hours, "en")) == (zh, en)


# The slow reference: every minute is asked whether it is open, by its wall clock alone. From before National Day
# over every zone's two changes of the clock into a year of guesses.
YEARS = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 4, 20, tzinfo=UTC))
SHIFTS = {
    "office": {"windows": OFFICE},
    "desk": {"windows": ["08:00-12:00", "12:30-20:00"], "on_days_off": ["09:00-12:00"]},
    "night": {"windows": ["22:00-06:00", "09:00-11:00"], "on_days_off": ["12:00-12:30"]},
    "early": {"windows": ["00:00-03:00", "23:30-24:00"], "on_days_off": ["01:30-02:15"]},
}


@cache
def open_minutes(zone: ZoneInfo, shift: str) -> list[int]:
    """Return for each minute of the years, and one more, how many open minutes lie before it."""
    setting = BusinessHoursSettings(**SHIFTS[shift])
    on = {True: setting.windows, False: setting.on_days_off}
    counted = [0]
    minute = YEARS[0]
    while minute < YEARS[1]:
        wall = minute.astimezone(zone)
        now = wall.hour * 60 + wall.minute
        today, yesterday = (DAYS.is_working(wall.date() - timedelta(days=ago)) for ago in (0, 1))
        opened = any(window.starts <= now < window.ends for window in on[today])
        opened = opened or any(now + 1440 < window.ends for window in on[yesterday])
        counted.append(counted[-1] + opened)
        minute += MINUTE
    return counted


@pytest.mark.parametrize(
    ("zone", "shift"), [(SHANGHAI, "office"), (NEW_YORK, "night"), (BERLIN, "desk"), (LORD_HOWE, "early")]
)
def test_random_intervals_agree_with_walking_every_minute(zone: ZoneInfo, shift: str) -> None:
    counted = open_minutes(zone, shift)
    hours = to_business_hours(BusinessHoursSettings(**SHIFTS[shift]), zone, DAYS)
    dice = random.Random(f"{zone.key} {shift}")
    last = len(counted) - 1
    for _ in range(2500):
        first, second = sorted(dice.randrange(last + 1) for _ in range(2))
        second = min(second, first + dice.choice([60, 1440, 20_000, last]))
        start, end = YEARS[0] + first * MINUTE, YEARS[0] + second * MINUTE
        passed = counted[second] - counted[first]
        assert business_time_between(start, end, hours) == passed * MINUTE
        if passed:
            found = add_business_time(start, passed, hours).due_at
            place = (found - YEARS[0]) // MINUTE
            assert counted[place] == counted[second]
            assert counted[place - 1] == counted[second] - 1
