from __future__ import annotations

from datetime import date

from steward.clock.notices import differences, doubts, notice_due, state_of
from steward.clock.working_days import WorkingDays, statutory_days
from steward.model.settings.calendar import Calendar, Notice
from tests.clock.make import DAYS


def the_notice_of_2026(**over: object) -> Notice:
    """Return the published year as a notice that somebody imported."""
    off: dict[str, list[date]] = {}
    worked: dict[str, list[date]] = {}
    for number in range(365):
        day = date.fromordinal(date(2026, 1, 1).toordinal() + number)
        kind = DAYS.kind_of(day)
        if kind.name:
            (worked if kind.working else off).setdefault(kind.name, []).append(day)
    return Notice(**({"days_off": off, "make_up_days": worked} | over))


def said(notice: Notice) -> list[str]:
    return [words.zh for words in doubts(2026, notice)]


def test_a_real_notice_raises_no_doubt_and_changes_nothing() -> None:
    assert said(the_notice_of_2026()) == []
    assert differences(2026, the_notice_of_2026(), DAYS) == []


def test_a_notice_without_make_up_days_is_doubted() -> None:
    assert said(the_notice_of_2026(make_up_days={})) == ["2026 年没有一天补班；每年的通知都有，文件可能不全"]


def test_a_notice_that_leaves_out_a_holiday_by_law_is_doubted_by_its_day() -> None:
    notice = the_notice_of_2026()
    without = {name: days for name, days in notice.days_off.items() if name != "端午"}
    assert said(the_notice_of_2026(days_off=without)) == ["法定节假日不在其中，会算作上班：2026-06-19"]


def test_a_notice_with_too_few_days_is_doubted() -> None:
    law = {"法定": tuple(statutory_days(2026))}
    assert said(the_notice_of_2026(days_off=law)) == ["2026 年放假 13 天，往年是 23 至 33 天"]


def test_what_a_notice_changes_is_named_without_the_companys_own_days() -> None:
    notice = the_notice_of_2026()
    moved = {name: days for name, days in notice.make_up_days.items() if name != "劳动节"}
    moved["劳动节"] = (date(2026, 4, 26),)
    changed = the_notice_of_2026(make_up_days=moved)
    assert differences(2026, changed, DAYS) == [date(2026, 4, 26), date(2026, 5, 9)]
    mine = WorkingDays(Calendar(days_off=(date(2026, 5, 9),)))
    assert differences(2026, changed, mine) == [date(2026, 4, 26)]


def test_a_year_is_imported_published_entered_or_a_guess() -> None:
    assert state_of(2026, DAYS) == "published"
    assert state_of(2099, DAYS) == "provisional"
    assert state_of(2026, WorkingDays(Calendar(notices={"2026": the_notice_of_2026()}))) == "imported"
    entered = Calendar(days_off=tuple(statutory_days(2099)), working_days=(date(2099, 10, 10),))
    assert state_of(2099, WorkingDays(entered)) == "entered"


def test_the_next_notice_is_due_in_the_autumn_before() -> None:
    due = notice_due(2027)
    assert (due.expected_from, due.late_after) == (date(2026, 10, 25), date(2026, 12, 16))
