from __future__ import annotations

from datetime import date

import pytest

from steward.clock.working_days import DayKind, WorkingDays, statutory_days
from steward.model.settings.calendar import Calendar, Notice

PUBLISHED = WorkingDays(Calendar())


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("when", "working", "name", "make_up"),
    [
        ("01-01", False, "元旦", False),
        ("01-02", False, "元旦", False),
        ("01-04", True, "元旦", True),
        ("02-14", True, "春节", True),
        ("02-28", True, "春节", True),
        ("05-09", True, "劳动节", True),
        ("09-20", True, "国庆节", True),
        ("09-25", False, "中秋", False),
        ("10-01", False, "国庆节", False),
        ("10-07", False, "国庆节", False),
        ("10-08", True, None, False),
        ("10-10", True, "国庆节", True),
        ("10-11", False, None, False),
        ("11-20", True, None, False),
        ("11-21", False, None, False),
    ],
)
def test_a_day_of_2026_is_what_the_state_council_published(
    when: str, working: bool, name: str | None, make_up: bool
) -> None:
    assert PUBLISHED.kind_of(day(when)) == DayKind(
        working=working, why="published", name=name, make_up=make_up
    )


def test_2026_has_the_published_number_of_days_off_and_make_up_days() -> None:
    kinds = [PUBLISHED.kind_of(date.fromordinal(day("01-01").toordinal() + n)) for n in range(365)]
    assert sum(kind.make_up for kind in kinds) == 6
    assert sum(not kind.working and kind.name is not None for kind in kinds) == 33


@pytest.mark.parametrize(
    ("when", "working", "why", "name"),
    [
        (date(2027, 1, 1), False, "statutory_provisional", "元旦"),
        (date(2027, 2, 9), False, "statutory_provisional", "春节"),
        (date(2027, 10, 1), False, "statutory_provisional", "国庆节"),
        (date(2027, 1, 4), True, "weekday", None),
        (date(2027, 10, 9), False, "weekday", None),
        (date(2028, 10, 3), False, "statutory_provisional", "中秋节、国庆节"),
    ],
)
def test_a_year_not_published_is_guessed_from_the_law_and_says_so(
    when: date, working: bool, why: str, name: str | None
) -> None:
    if not PUBLISHED.is_provisional(when.year):
        pytest.skip(f"{when.year} is published by now")
    kind = PUBLISHED.kind_of(when)
    assert (kind.working, kind.why, kind.name) == (working, why, name)


def test_a_year_is_provisional_until_it_is_published() -> None:
    assert [PUBLISHED.is_provisional(year) for year in (2025, 2026, 2099)] == [False, False, True]


def test_days_the_company_decides_leave_the_rest_of_a_year_provisional() -> None:
    days = WorkingDays(Calendar(working_days=(date(2099, 10, 10),)))
    assert days.is_provisional(2099)
    assert days.is_working(date(2099, 10, 10))
    assert not days.is_working(date(2099, 10, 11))


def test_the_company_wins_over_the_published_calendar() -> None:
    days = WorkingDays(Calendar(working_days=(day("10-01"), day("11-21")), days_off=(day("11-20"),)))
    assert days.kind_of(day("10-01")) == DayKind(working=True, why="override")
    assert days.kind_of(day("11-21")) == DayKind(working=True, why="override", make_up=True)
    assert days.kind_of(day("11-20")) == DayKind(working=False, why="override")
    assert days.previous(day("11-23")) == day("11-21")


def test_next_and_previous_pass_over_the_national_day() -> None:
    assert PUBLISHED.next(day("09-30")) == day("10-08")
    assert PUBLISHED.previous(day("10-08")) == day("09-30")
    assert PUBLISHED.next(day("10-09")) == day("10-10")
    assert PUBLISHED.previous(day("10-12")) == day("10-10")


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("11-20", 0, "11-20"),
        ("11-20", 1, "11-23"),
        ("11-21", 0, "11-21"),
        ("09-30", 3, "10-10"),
        ("10-08", 3, "10-12"),
    ],
)
def test_adding_counts_working_days_after_the_start(start: str, count: int, expected: str) -> None:
    assert PUBLISHED.add(day(start), count) == day(expected)


def test_adding_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        PUBLISHED.add(day("11-20"), -1)


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        ("11-20", "11-20", 0),
        ("11-20", "11-22", 0),
        ("11-20", "11-23", 1),
        ("11-23", "11-20", 0),
        ("09-30", "10-10", 3),
        ("11-01", "11-30", 21),
    ],
)
def test_between_counts_the_end_and_not_the_start(after: str, until: str, expected: int) -> None:
    assert PUBLISHED.between(day(after), day(until)) == expected


def test_between_turns_round_what_adding_did() -> None:
    for count in range(1, 60):
        assert PUBLISHED.between(day("09-01"), PUBLISHED.add(day("09-01"), count)) == count


def make_notice(**over: object) -> Notice:
    fields: dict[str, object] = {
        "days_off": {"元旦": (date(2098, 12, 31), date(2099, 1, 1), date(2099, 1, 2))},
        "make_up_days": {"元旦": (date(2099, 1, 4),)},
    }
    return Notice(**(fields | over))


def test_an_imported_notice_settles_its_year() -> None:
    days = WorkingDays(Calendar(notices={"2099": make_notice()}))
    assert not days.is_provisional(2099)
    assert days.is_imported(2099)
    assert days.kind_of(date(2099, 1, 2)) == DayKind(working=False, why="imported", name="元旦")
    assert days.kind_of(date(2099, 1, 4)) == DayKind(working=True, why="imported", name="元旦", make_up=True)
    assert days.kind_of(date(2099, 1, 5)) == DayKind(working=True, why="imported")
    assert days.kind_of(date(2099, 1, 10)) == DayKind(working=False, why="imported")


def test_an_imported_notice_may_begin_in_the_december_before_and_leaves_that_year_alone() -> None:
    days = WorkingDays(Calendar(notices={"2099": make_notice()}))
    assert not days.is_working(date(2098, 12, 31))
    assert days.is_provisional(2098)


def test_the_company_wins_over_an_imported_notice_and_that_over_the_published_one() -> None:
    notice = make_notice(days_off={"国庆节": (day("10-08"),)}, make_up_days={})
    days = WorkingDays(Calendar(notices={"2026": notice}, working_days=(day("10-08"),)))
    assert days.kind_of(day("10-08")).why == "override"
    assert days.kind_of(day("10-01")) == DayKind(working=True, why="imported")
    assert not WorkingDays(Calendar(notices={"2026": notice})).is_working(day("10-08"))


def entered(*make_up: date, without: date | None = None) -> WorkingDays:
    days_off = tuple(day for day in statutory_days(2099) if day != without)
    return WorkingDays(Calendar(days_off=days_off, working_days=make_up))


def test_a_year_the_admin_entered_whole_is_no_guess() -> None:
    days = entered(date(2099, 10, 10))
    assert not days.is_provisional(2099)
    assert days.kind_of(date(2099, 10, 12)) == DayKind(working=True, why="imported")


def test_a_year_the_admin_entered_half_is_a_guess_still() -> None:
    assert entered().is_provisional(2099)  # no make-up day: nobody's notice
    assert entered(date(2099, 10, 12)).is_provisional(2099)  # a Monday is no make-up day
    assert entered(date(2099, 10, 10), without=date(2099, 5, 1)).is_provisional(2099)


def test_days_of_the_company_do_not_hide_a_published_year() -> None:
    days_off = tuple(statutory_days(2026))
    days = WorkingDays(Calendar(days_off=days_off, working_days=(day("11-21"),)))
    assert days.kind_of(day("10-06")).why == "published"
    assert days.is_working(day("10-10"))


def test_the_law_knows_thirteen_holidays_and_fewer_where_two_meet() -> None:
    assert len(statutory_days(2026)) == 13
    assert len(statutory_days(2027)) == 13
    assert statutory_days(2028)[date(2028, 10, 3)] == "中秋节、国庆节"
