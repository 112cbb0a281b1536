from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from steward.checks.members import left_without_approval
from steward.model.directory import Company
from steward.model.finding import Finding
from steward.model.group import Departure
from tests.checks.make import (
    NOW,
    make_company,
    make_departure,
    make_employee,
    make_facts,
    make_member,
    make_params,
)


def found(departure: Departure, company: Company | None = None) -> list[Finding]:
    facts = make_facts([], [departure], kind="app")
    return list(left_without_approval.run(facts, company or make_company(), make_params()))


def test_an_unapproved_leave_is_found_once_for_its_event() -> None:
    assert found(make_departure()) == [
        Finding(
            check_id="left_without_approval",
            clause="C5",
            severity="medium",
            chat_id="room1",
            subject_id="zhangsan@7",
            subject_name="张三",
            department_id=2,
            observed="2026-11-19T23:13:00+00:00",
            evidence={
                "kind": "staff",
                "joined_at": None,
                "invited_by": None,
                "userid": "zhangsan",
                "last_seen_at": "2026-11-19T00:13:00+00:00",
                "gone_at": "2026-11-19T23:13:00+00:00",
            },
            lasting=False,
        )
    ]


@pytest.mark.parametrize(
    ("why", "departure", "company"),
    [
        ("approved", {"approved": True}, {}),
        ("an outsider may go", {"member": make_member("wm1", kind="external")}, {}),
        ("unknown to the directory", {"member": make_member("nobody")}, {}),
        ("directory incomplete", {}, {"complete": False}),
        ("left the company", {}, {"employees": [make_employee(left_at=NOW)]}),
        ("left the company by status", {}, {"employees": [make_employee(status="left")]}),
        ("account disabled", {}, {"employees": [make_employee(status="disabled")]}),
        ("department changed that day", {}, {"department_changes": {"zhangsan": date(2026, 11, 20)}}),
        ("department changed 7 days before", {}, {"department_changes": {"zhangsan": date(2026, 11, 13)}}),
        ("department change seen a day later", {}, {"department_changes": {"zhangsan": date(2026, 11, 21)}}),
    ],
)
def test_nothing_is_said_when(why: str, departure: dict[str, Any], company: dict[str, Any]) -> None:
    assert found(make_departure(**departure), make_company(**company)) == [], why


def test_a_department_change_excuses_no_longer_after_8_local_days() -> None:
    # 16:30 UTC on the 19th is the 20th in Shanghai: one day more since the change than in UTC.
    departure = make_departure(gone_at=datetime(2026, 11, 19, 16, 30, tzinfo=UTC))
    changed = make_company(department_changes={"zhangsan": date(2026, 11, 12)})
    assert [f.subject_id for f in found(departure, changed)] == ["zhangsan@7"]


def test_each_leave_of_the_same_person_is_a_finding_of_its_own() -> None:
    facts = make_facts([], [make_departure(event_id=7), make_departure(event_id=8)])
    findings = list(left_without_approval.run(facts, make_company(), make_params()))
    assert len({finding.fingerprint for finding in findings}) == 2


def test_nothing_is_said_when_nobody_left() -> None:
    assert list(left_without_approval.run(make_facts(None), make_company(), make_params())) == []
