"""The daily member check: who is told what and when, and what is no offence."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from steward.model.group import Member
from steward.store.database import Database
from steward.store.memberships import approve_leave
from tests.factories import make_employee
from tests.jobs.home import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    STAFF,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Home,
    at,
    outsider,
    told,
)


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    found = Home(database, tmp_path)
    found.directory()
    return found


def check(home: Home, *days: date) -> None:
    for day in days:
        home.directory(day=day)
        home.group("owner", "lisi", outsider("wm1"), day=day)
        home.run("check_members", day)


def test_owner_then_head_then_hr_are_told_when_nothing_is_done(home: Home) -> None:
    check(home, THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY, TUESDAY)
    assert told(home.queued()) == [
        ("2026-11-19", "owner_tasks", "owner"),
        ("2026-11-20", "head_reminder", "head"),
    ]
    [finding] = home.open
    assert (finding.stage, finding.asked_at, finding.stage_at) == ("hr", at(THURSDAY), at(TUESDAY))


def test_nobody_is_told_on_days_off_and_the_first_message_comes_on_the_next_working_day(home: Home) -> None:
    check(home, SATURDAY, SUNDAY)
    assert home.queued() == []
    assert [one.stage for one in home.open] == ["found"]
    check(home, MONDAY)
    assert told(home.queued()) == [("2026-11-23", "owner_tasks", "owner")]


def test_days_off_do_not_count_towards_the_head(home: Home) -> None:
    check(home, FRIDAY, SATURDAY, SUNDAY)
    assert [one.stage for one in home.open] == ["owner"]
    check(home, MONDAY)
    assert [one.stage for one in home.open] == ["head"]


def test_message_comes_in_working_hours_and_names_group_person_and_deadline(home: Home) -> None:
    check(home, THURSDAY)
    [row] = home.queued()
    assert row.next_attempt_at == at(THURSDAY, 8, 50)
    assert row.expires_at == at(FRIDAY, 18, 0)
    text = row.body["markdown"]["content"]
    assert "华东项目群" in text
    assert "王立新" in text
    assert "18:00 前" in text


def test_finding_of_the_afternoon_is_told_the_next_day_and_not_taken_for_told(home: Home) -> None:
    check(home, THURSDAY)
    home.group("owner", "lisi", outsider("wm1"), outsider("wm2"), day=THURSDAY)
    home.run("check_members", THURSDAY, 15)
    assert sorted(one.stage for one in home.open) == ["found", "owner"]
    home.group("owner", "lisi", outsider("wm1"), outsider("wm2"), day=FRIDAY)
    home.run("check_members", FRIDAY)
    assert told(home.queued("owner_tasks")) == [
        ("2026-11-19", "owner_tasks", "owner"),
        ("2026-11-20", "owner_tasks", "owner"),
    ]
    assert sorted(one.stage for one in home.open) == ["head", "owner"]


def test_nothing_is_told_twice_when_the_check_is_run_twice(home: Home) -> None:
    check(home, THURSDAY)
    home.run("check_members", THURSDAY, 9)
    assert len(home.queued()) == 1


def test_hr_is_left_at_once_when_the_owner_cannot_be_reached(home: Home) -> None:
    home.directory(*(one for one in STAFF if one != "owner"), day=THURSDAY)
    home.group("lisi", outsider("wm1"), day=THURSDAY)
    run = home.run("check_members", THURSDAY)
    assert home.queued() == []
    assert run.counts["passed_to_hr"] == 1
    stages = {one.finding.check_id: one.stage for one in home.open}
    assert stages == {"non_employee": "hr", "ownerless_group": "found"}


def test_finding_is_closed_by_itself_when_its_cause_is_gone(home: Home) -> None:
    check(home, THURSDAY)
    home.group("owner", "lisi", day=FRIDAY)
    assert home.run("check_members", FRIDAY).counts["resolved"] == 1
    assert home.open == []


def leave(home: Home, *stay: str, day: date = THURSDAY) -> None:
    home.group("owner", "zhangsan", "lisi", day=WEDNESDAY)
    home.group(*stay, day=day)


def test_person_who_left_is_reported_once(home: Home) -> None:
    leave(home, "owner", "lisi")
    for day in (THURSDAY, FRIDAY, MONDAY):
        home.directory(day=day)
        home.group("owner", "lisi", day=day)
        home.run("check_members", day)
    assert home.events() == [("zhangsan", "2026-11-19")]
    assert home.open == []


def test_leaving_the_company_is_no_unauthorised_leave(home: Home) -> None:
    leave(home, "owner", "lisi")
    home.directory(*(one for one in STAFF if one != "zhangsan"), day=THURSDAY)
    home.run("check_members", THURSDAY)
    assert home.events() == []


def test_changing_the_department_is_no_unauthorised_leave(home: Home) -> None:
    leave(home, "owner", "lisi")
    moved = make_employee("zhangsan", name="zhangsan", department_ids=(1,), main_department_id=1)
    home.directory(*(one for one in STAFF if one != "zhangsan"), moved, day=THURSDAY)
    home.run("check_members", THURSDAY)
    assert home.events() == []


def test_approved_leave_is_no_unauthorised_leave(home: Home) -> None:
    leave(home, "owner", "lisi")
    home.directory(day=THURSDAY)
    with home.house.database.begin() as connection:
        approve_leave(
            connection,
            chat_id="wr1",
            userid="zhangsan",
            approved_by="hr",
            reason=None,
            from_on=THURSDAY,
            until_on=THURSDAY,
        )
    home.run("check_members", THURSDAY)
    assert home.events() == []


def test_departure_is_judged_when_the_directory_is_complete_again(home: Home) -> None:
    home.directory(day=WEDNESDAY - timedelta(days=3), complete=False)
    leave(home, "owner", "lisi", day=SUNDAY)
    home.directory(day=SUNDAY, complete=False)
    home.run("check_members", SUNDAY)
    assert home.events() == []
    home.directory(day=MONDAY)
    home.group("owner", "lisi", day=MONDAY)
    home.run("check_members", MONDAY)
    assert home.events() == [("zhangsan", "2026-11-23")]


def test_person_nobody_knows_stays_a_finding_when_the_directory_is_no_longer_complete(home: Home) -> None:
    home.group("owner", "lisi", "stranger", day=THURSDAY)
    home.directory(day=THURSDAY)
    home.run("check_members", THURSDAY)
    home.directory("owner", "lisi", day=MONDAY, complete=False)
    home.group("owner", "lisi", "stranger", day=MONDAY)
    home.run("check_members", MONDAY)
    assert [one.finding.subject_id for one in home.open] == ["stranger"]
    home.group("owner", "lisi", day=TUESDAY)
    home.directory(day=TUESDAY)
    home.run("check_members", TUESDAY)
    assert home.open == []


def sent_to(home: Home, userid: str) -> list[str]:
    return [
        row.body["markdown"]["content"]
        for row in home.queued()
        if row.recipient == userid and row.status == "sent"
    ]


def test_owner_is_not_written_to_when_everything_was_done_before_it_was_time(home: Home) -> None:
    check(home, THURSDAY)
    home.group("owner", "lisi", day=THURSDAY)
    home.run("check_members", THURSDAY, 8, 30)
    home.run("deliver", THURSDAY, 8, 51)
    [row] = home.queued("owner_tasks")
    assert (row.status, row.detail) == ("cancelled", "1 件事都已处理，不再发送")
    assert home.script.sent == []


def test_owner_is_asked_only_what_is_left_when_a_part_was_done_before_it_was_time(home: Home) -> None:
    home.directory(day=THURSDAY)
    home.group("owner", "lisi", outsider("wm1"), Member("wm2", "external", None, "李文"), day=THURSDAY)
    home.run("check_members", THURSDAY)
    [queued] = home.queued("owner_tasks")
    assert "李文" in queued.body["markdown"]["content"]
    home.group("owner", "lisi", outsider("wm1"), day=THURSDAY)
    home.run("check_members", THURSDAY, 8, 30)
    home.run("deliver", THURSDAY, 8, 51)
    [text] = sent_to(home, "owner")
    assert "王立新" in text
    assert "李文" not in text
    assert "请在 明天 18:00 前" in text


def test_owner_is_asked_as_it_was_written_when_nothing_was_done(home: Home) -> None:
    check(home, THURSDAY)
    [queued] = home.queued("owner_tasks")
    home.run("deliver", THURSDAY, 8, 51)
    assert sent_to(home, "owner") == [queued.body["markdown"]["content"]]


def test_who_is_owner_and_head_gets_one_message(home: Home) -> None:
    for day in (THURSDAY, FRIDAY):
        home.directory(day=day)
        home.group("owner", "lisi", outsider("wm1"), day=day)
        if day == FRIDAY:
            home.group(
                "head", "lisi", outsider("wm2"), day=day, chat_id="wr2", owner_userid="head", name="售后群"
            )
        home.run("check_members", day)
        home.run("deliver", day, 8, 51)
    [text] = sent_to(home, "head")
    assert "华东项目群" in text
    assert "售后群" in text
