"""Findings over the days: new, again, over, and back again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from steward.model.finding import Finding, TrackedFinding
from steward.store.database import Database
from steward.store.findings import (
    close_findings_of_gone,
    delete_resolved_before,
    load_found_between,
    load_open,
    load_resolved_between,
    reconcile,
    set_stage,
)
from steward.store.groups import mark_gone
from steward.store.memberships import apply_rosters
from steward.store.schema import findings
from tests.factories import DAY, NOW, make_finding, make_roster


def always(_finding: Finding) -> bool:
    return True


def never(_finding: Finding) -> bool:
    return False


def find(database: Database, found: Iterable[Finding], now: datetime = NOW, **over: Any) -> dict[str, int]:
    options: dict[str, Any] = {"judged": always, "chat_ids": ["wr1"], **over}
    with database.begin() as connection:
        return reconcile(connection, found, now=now, **options)


def open_now(database: Database) -> list[TrackedFinding]:
    with database.read() as connection:
        return load_open(connection)


def test_finding_is_new_then_still_open_then_over(database: Database) -> None:
    assert find(database, [make_finding()]) == {"new": 1, "still_open": 0, "resolved": 0}
    assert find(database, [make_finding()], NOW + DAY) == {"new": 0, "still_open": 1, "resolved": 0}
    [tracked] = open_now(database)
    assert (tracked.first_seen_at, tracked.last_seen_at) == (NOW, NOW + DAY)
    assert find(database, [], NOW + 2 * DAY) == {"new": 0, "still_open": 0, "resolved": 1}
    assert open_now(database) == []
    with database.read() as connection:
        [over] = load_resolved_between(connection, NOW + DAY, NOW + 2 * DAY)
    assert over.resolved_at == NOW + 2 * DAY


def test_finding_comes_back_as_it_was_found(database: Database) -> None:
    finding = make_finding(
        subject_name="*王*立新🎉",
        observed="x",
        expected="y",
        evidence={"joined_at": None, "名": [1]},
        removable=True,
    )
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(name="华东项目群", owner_userid="lisi")])
    find(database, [finding])
    [tracked] = open_now(database)
    assert tracked.finding == finding
    assert (tracked.group_name, tracked.owner_userid, tracked.stage) == ("华东项目群", "lisi", "found")


def test_cause_that_comes_back_is_a_new_finding_with_its_own_history(database: Database) -> None:
    for days, found in enumerate(([make_finding()], [], [make_finding()])):
        find(database, found, NOW + days * DAY)
    [tracked] = open_now(database)
    assert tracked.first_seen_at == NOW + 2 * DAY
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(findings)).scalar_one() == 2


def test_finding_stays_open_when_nobody_could_judge_it(database: Database) -> None:
    find(database, [make_finding()])
    assert find(database, [], NOW + DAY, judged=never)["resolved"] == 0
    [tracked] = open_now(database)
    assert tracked.last_seen_at == NOW


def test_findings_of_other_groups_are_left_alone(database: Database) -> None:
    find(database, [make_finding(), make_finding(chat_id="wr2")], chat_ids=["wr1", "wr2"])
    assert find(database, [], NOW + DAY, chat_ids=["wr2"])["resolved"] == 1
    assert [one.finding.chat_id for one in open_now(database)] == ["wr1"]


def test_findings_about_no_group_have_a_round_of_their_own(database: Database) -> None:
    stale = make_finding("users", check_id="stale_data", chat_id=None)
    find(database, [stale], chat_ids=None)
    find(database, [make_finding()])
    assert find(database, [], NOW + DAY, chat_ids=None)["resolved"] == 1
    assert [one.finding.subject_id for one in open_now(database)] == ["wm1"]


def test_event_is_told_once_and_is_never_open(database: Database) -> None:
    event = make_finding("lisi@7", check_id="left_without_approval", lasting=False)
    find(database, [event])
    assert open_now(database) == []
    with database.read() as connection:
        assert [one.finding for one in load_found_between(connection, NOW - DAY, NOW)] == [event]
        assert load_found_between(connection, NOW, NOW + DAY) == []
        assert load_resolved_between(connection, NOW - DAY, NOW + DAY) == []


def test_finding_told_twice_in_one_round_is_one(database: Database) -> None:
    assert find(database, [make_finding(), make_finding()])["new"] == 1


def test_what_is_seen_today_takes_the_place_of_what_was_seen_before(database: Database) -> None:
    find(database, [make_finding(observed="陈晓", evidence={"day": 1})])
    find(database, [make_finding(observed="小陈", evidence={"day": 2}, department_id=3)], NOW + DAY)
    [tracked] = open_now(database)
    assert (tracked.finding.observed, tracked.finding.evidence, tracked.finding.department_id) == (
        "小陈",
        {"day": 2},
        3,
    )


def test_findings_are_closed_when_their_group_is_gone(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(), make_roster("wr2")])
    find(database, [make_finding(), make_finding(chat_id="wr2")], chat_ids=["wr1", "wr2"])
    with database.begin() as connection:
        mark_gone(connection, ["wr1"], now=NOW + DAY)
        assert close_findings_of_gone(connection, now=NOW + DAY) == 1
        assert close_findings_of_gone(connection, now=NOW + DAY) == 0
    assert [one.finding.chat_id for one in open_now(database)] == ["wr2"]


def test_stage_goes_up_and_the_day_of_asking_stays(database: Database) -> None:
    find(database, [make_finding()])
    for days, stage in enumerate(("owner", "head", "hr")):
        with database.begin() as connection:
            ids = [one.id for one in load_open(connection)]
            set_stage(connection, ids, stage, now=NOW + days * DAY)  # type: ignore[arg-type]
        find(database, [make_finding()], NOW + days * DAY)
    [tracked] = open_now(database)
    assert (tracked.stage, tracked.stage_at, tracked.asked_at) == ("hr", NOW + 2 * DAY, NOW)


def test_many_findings_are_opened_and_closed_at_once(database: Database) -> None:
    found = [make_finding(f"wm{number}") for number in range(1500)]
    assert find(database, found)["new"] == 1500
    assert find(database, found[:200], NOW + DAY) == {"new": 0, "still_open": 200, "resolved": 1300}


def test_closed_findings_are_forgotten_after_a_while_and_open_ones_are_not(database: Database) -> None:
    find(database, [make_finding(), make_finding("wm2")])
    find(database, [make_finding()], NOW + DAY)
    with database.begin() as connection:
        assert delete_resolved_before(connection, NOW + DAY) == 0
        assert delete_resolved_before(connection, NOW + 2 * DAY) == 1
    assert len(open_now(database)) == 1
