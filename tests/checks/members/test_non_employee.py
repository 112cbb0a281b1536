from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from steward.checks.members import non_employee
from steward.model.directory import Company
from steward.model.finding import Finding
from steward.model.group import GroupFacts
from tests.checks.make import (
    NASTY_NAMES,
    make_assignment,
    make_company,
    make_employee,
    make_facts,
    make_member,
    make_params,
)


def found(facts: GroupFacts, company: Company) -> list[Finding]:
    return list(non_employee.run(facts, company, make_params()))


def test_an_external_is_found_in_a_staff_group() -> None:
    joined_at = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
    outsider = make_member(
        "wmEAlICwAA1",
        kind="external",
        name="王五",
        nickname=None,
        joined_unix_s=int(joined_at.timestamp()),
        invited_by="zhangsan",
    )
    assert found(make_facts([make_member(), outsider]), make_company()) == [
        Finding(
            check_id="non_employee",
            clause="C3",
            severity="high",
            chat_id="room1",
            subject_id="wmEAlICwAA1",
            subject_name="王五",
            department_id=2,
            observed="external",
            evidence={"kind": "external", "joined_at": "2026-11-19T02:00:00+00:00", "invited_by": "zhangsan"},
        )
    ]


def test_staff_unknown_to_a_complete_directory_is_found() -> None:
    [finding] = found(make_facts([make_member("nobody", nickname=None)]), make_company())
    assert (finding.subject_id, finding.observed, finding.subject_name) == (
        "nobody",
        "not_in_directory",
        None,
    )


def test_removal_is_offered_only_in_app_chats() -> None:
    members = [make_member("wm1", kind="external"), make_member("nobody")]
    assert [f.removable for f in found(make_facts(members, kind="app"), make_company())] == [True, True]
    assert [f.removable for f in found(make_facts(members, kind="customer"), make_company())] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("why", "facts", "company"),
    [
        ("directory incomplete", make_facts([make_member("nobody")]), make_company(complete=False)),
        ("unresolved handed-in name", make_facts([make_member("name:李雷")]), make_company()),
        ("roster never read", make_facts(None), make_company()),
        ("empty group", make_facts([]), make_company()),
        (
            "customers are welcome",
            make_facts(
                [make_member("wm1", kind="external")], assignment=make_assignment(audience="customers")
            ),
            make_company(),
        ),
        (
            "a leaver is another check's",
            make_facts([make_member()]),
            make_company([make_employee(status="left")]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_said_when(why: str, facts: GroupFacts, company: Company) -> None:
    assert found(facts, company) == [], why


def test_an_external_is_found_even_when_the_directory_is_incomplete() -> None:
    facts = make_facts([make_member("wm1", kind="external"), make_member("nobody")])
    assert [f.subject_id for f in found(facts, make_company(complete=False))] == ["wm1"]


@pytest.mark.parametrize("name", NASTY_NAMES)
def test_a_name_is_handed_on_as_it_is_when_it_is_nasty(name: str) -> None:
    [finding] = found(make_facts([make_member("wm1", kind="external", name=name)]), make_company())
    assert finding.subject_name == name


def test_the_one_outsider_is_found_among_2000_members() -> None:
    people = [make_employee(f"u{number}") for number in range(1999)]
    members = [make_member(person.userid) for person in people]
    members.insert(1000, make_member("wm1", kind="external"))
    assert [f.subject_id for f in found(make_facts(members), make_company(people))] == ["wm1"]


def test_owner_is_not_asked_to_throw_out_his_customers_before_the_group_is_filed() -> None:
    outsider = make_member("wmEAlICwAA1", kind="external", name="王五", nickname=None)

    def actors(**filed: Any) -> list[str]:
        facts = make_facts(
            [make_member(), outsider],
            kind="customer",
            assignment=make_assignment(audience="staff", **filed),
        )
        return [finding.actor for finding in found(facts, make_company())]

    assert actors(filed_on=None) == ["hr"]
    assert actors(filed_on=date(2026, 9, 1)) == ["owner"]
