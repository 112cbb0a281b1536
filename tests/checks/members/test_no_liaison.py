from __future__ import annotations

from typing import Any

import pytest

from steward.checks.members import no_liaison
from steward.model.finding import Finding
from tests.checks.make import NOW, make_assignment, make_company, make_employee, make_facts, make_params


def found(assignment: dict[str, Any], company: dict[str, Any] | None = None) -> list[Finding]:
    facts = make_facts(assignment=make_assignment(**assignment))
    return list(no_liaison.run(facts, make_company(**(company or {})), make_params()))


def test_a_filed_group_without_a_liaison_is_found() -> None:
    assert found({"liaison_userid": None}) == [
        Finding(
            check_id="no_liaison",
            clause="A3",
            severity="low",
            chat_id="room1",
            subject_id="room1",
            subject_name="财务群",
            department_id=2,
            evidence={"group_kind": "archived", "reason": "none"},
        )
    ]


@pytest.mark.parametrize(
    "company",
    [
        {"employees": [make_employee(left_at=NOW)]},
        {"employees": [make_employee(status="left")]},
        {"employees": []},
    ],
    ids=["left_at", "status", "gone from a complete directory"],
)
def test_a_liaison_who_left_is_found_by_userid(company: dict[str, Any]) -> None:
    [finding] = found({}, company)
    assert (finding.observed, finding.evidence["reason"]) == ("zhangsan", "left_company")


@pytest.mark.parametrize(
    ("why", "assignment", "company"),
    [
        ("there is one", {}, {}),
        ("not filed yet", {"filed_on": None, "liaison_userid": None}, {}),
        ("an incomplete directory cannot tell", {}, {"employees": [], "complete": False}),
    ],
)
def test_nothing_is_said_when(why: str, assignment: dict[str, Any], company: dict[str, Any]) -> None:
    assert found(assignment, company) == [], why
