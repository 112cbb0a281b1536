from __future__ import annotations

from typing import Any

import pytest

from steward.checks.members import ownerless_group
from steward.model.finding import Finding
from tests.checks.make import NOW, make_company, make_employee, make_facts, make_params


def found(group: dict[str, Any], company: dict[str, Any] | None = None) -> list[Finding]:
    facts = make_facts(**group)
    return list(ownerless_group.run(facts, make_company(**(company or {})), make_params()))


def test_a_group_without_an_owner_is_found() -> None:
    assert found({"owner_userid": ""}) == [
        Finding(
            check_id="ownerless_group",
            clause="A3",
            severity="high",
            chat_id="room1",
            subject_id="room1",
            subject_name="财务群",
            department_id=2,
            evidence={"group_kind": "archived", "reason": "none"},
            actor="hr",
        )
    ]


@pytest.mark.parametrize(
    ("group", "company", "observed", "reason"),
    [
        ({"owner_userid": None}, {}, "", "none"),
        ({"owner_left": True}, {}, "zhangsan", "owner_left"),
        ({"owner_left": True, "owner_userid": None, "members_as_of": None}, {}, "", "owner_left"),
        ({"owner_left": True}, {"employees": [], "complete": False}, "zhangsan", "owner_left"),
        ({}, {"employees": []}, "zhangsan", "not_in_directory"),
        ({}, {"employees": [make_employee(left_at=NOW)]}, "zhangsan", "left_company"),
        ({}, {"employees": [make_employee(status="left")], "complete": False}, "zhangsan", "left_company"),
    ],
)
def test_the_reason_is_given_when_the_owner_cannot_act(
    group: dict[str, Any], company: dict[str, Any], observed: str, reason: str
) -> None:
    [finding] = found(group, company)
    assert (finding.observed, finding.evidence["reason"]) == (observed, reason)


@pytest.mark.parametrize(
    ("why", "group", "company"),
    [
        ("the owner is here", {}, {}),
        ("an incomplete directory cannot tell", {}, {"employees": [], "complete": False}),
        ("the group was never read", {"owner_userid": None, "members_as_of": None}, {}),
    ],
)
def test_nothing_is_said_when(why: str, group: dict[str, Any], company: dict[str, Any]) -> None:
    assert found(group, company) == [], why
