from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from steward.checks.members import former_employee
from steward.model.directory import Company
from steward.model.finding import Finding
from steward.model.group import GroupFacts, Member
from tests.checks.make import (
    make_assignment,
    make_company,
    make_employee,
    make_facts,
    make_member,
    make_params,
)

LEFT_AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def found(facts: GroupFacts, company: Company) -> list[Finding]:
    return list(former_employee.run(facts, company, make_params()))


def test_a_leaver_is_found_with_the_day_of_leaving() -> None:
    company = make_company([make_employee(left_at=LEFT_AT, status="left")])
    assert found(make_facts([make_member()], kind="app"), company) == [
        Finding(
            check_id="former_employee",
            clause="C3",
            severity="high",
            chat_id="room1",
            subject_id="zhangsan",
            subject_name="张三",
            department_id=2,
            observed="2026-11-18T09:00:00+00:00",
            evidence={
                "kind": "staff",
                "joined_at": None,
                "invited_by": None,
                "left_at": "2026-11-18T09:00:00+00:00",
            },
            removable=True,
        )
    ]


@pytest.mark.parametrize("over", [{"status": "left"}, {"left_at": LEFT_AT}])
@pytest.mark.parametrize("audience", ["staff", "customers"])
def test_either_mark_of_leaving_is_enough_in_every_audience(over: dict[str, Any], audience: str) -> None:
    facts = make_facts([make_member()], assignment=make_assignment(audience=audience))
    assert [f.subject_id for f in found(facts, make_company([make_employee(**over)]))] == ["zhangsan"]


def test_a_leaver_is_found_when_the_directory_is_incomplete() -> None:
    company = make_company([make_employee(status="left")], complete=False)
    assert len(found(make_facts([make_member()]), company)) == 1


@pytest.mark.parametrize("status", ["active", "disabled", "not_activated"])
def test_nothing_is_said_of_people_still_employed(status: str) -> None:
    assert found(make_facts([make_member()]), make_company([make_employee(status=status)])) == []


@pytest.mark.parametrize("members", [None, [], [make_member("nobody")], [make_member("name:张三")]])
def test_nothing_is_said_when_nobody_known_is_there(members: list[Member] | None) -> None:
    assert found(make_facts(members), make_company([make_employee(status="left")])) == []


def test_the_leavers_are_found_among_2000_members_in_their_order() -> None:
    people = [make_employee(f"u{n}", status="left" if n in (3, 1999) else "active") for n in range(2000)]
    facts = make_facts([make_member(person.userid) for person in reversed(people)])
    assert [f.subject_id for f in found(facts, make_company(people))] == ["u1999", "u3"]
