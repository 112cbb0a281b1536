from __future__ import annotations

import pytest

from steward.checks.members import nickname
from steward.model.directory import Company
from steward.model.finding import Finding
from steward.model.group import GroupFacts, Member
from steward.model.settings.groups import Nickname
from tests.checks.make import (
    NASTY_NAMES,
    make_company,
    make_department,
    make_employee,
    make_facts,
    make_member,
    make_params,
)


def found(
    members: list[Member] | None, company: Company | None = None, rule: Nickname | None = None
) -> list[Finding]:
    facts: GroupFacts = make_facts(members, kind="app")
    return list(nickname.run(facts, company or make_company(), make_params(nickname=rule or Nickname())))


def test_a_wrong_nickname_is_found_with_what_it_should_be() -> None:
    assert found([make_member(nickname="财务部张三🎉")]) == [
        Finding(
            check_id="nickname",
            clause="C4",
            severity="low",
            chat_id="room1",
            subject_id="zhangsan",
            subject_name="张三",
            department_id=2,
            observed="财务部张三🎉",
            expected="财务部张三",
            evidence={"kind": "staff", "joined_at": None, "invited_by": None},
        )
    ]


def test_a_nickname_that_was_never_set_is_found_as_absent() -> None:
    [finding] = found([make_member(nickname="")])
    assert (finding.observed, finding.expected) == ("", "财务部张三")


@pytest.mark.parametrize("seen", NASTY_NAMES)
def test_a_nasty_nickname_is_found_and_handed_on_as_it_is(seen: str) -> None:
    assert [finding.observed for finding in found([make_member(nickname=seen)])] == [seen]


@pytest.mark.parametrize(
    ("why", "member", "company"),
    [
        ("WeCom shows no nickname", make_member(nickname=None), make_company()),
        ("an outsider has no department", make_member(kind="external", nickname="王五"), make_company()),
        ("not in the directory", make_member("nobody", nickname="王五"), make_company()),
        ("name unknown", make_member(nickname="王五"), make_company([make_employee(name=None)])),
        (
            "department name unknown",
            make_member(nickname="王五"),
            make_company(departments=[make_department(2, None)]),
        ),
        ("department unknown", make_member(nickname="王五"), make_company(departments=[])),
        (
            "one of two department names unknown",
            make_member(nickname="秘书处张三"),
            make_company(
                [make_employee(department_ids=(2, 9))],
                [make_department(2, "财务部"), make_department(9, None)],
            ),
        ),
        (
            "no department at all",
            make_member(nickname="王五"),
            make_company([make_employee(department_ids=(), main_department_id=None)]),
        ),
        (
            "a leaver is another check's",
            make_member(nickname="x"),
            make_company([make_employee(status="left")]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_said_when(why: str, member: Member, company: Company) -> None:
    assert found([member], company) == [], why


def test_nothing_is_said_of_people_the_settings_leave_out() -> None:
    assert found([make_member(nickname="x")], rule=Nickname(ignore_userids=("zhangsan",))) == []


@pytest.mark.parametrize("members", [None, []])
def test_nothing_is_said_when_nobody_is_there(members: list[Member] | None) -> None:
    assert found(members) == []


def test_a_right_nickname_stays_right_when_it_is_met_again() -> None:
    params = make_params()
    company = make_company()
    facts = make_facts([make_member(nickname=seen) for seen in ("财务部－张三", "财务部张三", "张三")])
    rounds = [[f.observed for f in nickname.run(facts, company, params)] for _ in range(3)]
    assert rounds == [["张三"]] * 3


def test_another_company_is_judged_afresh_when_the_params_are_the_same() -> None:
    params = make_params()
    facts = make_facts([make_member()])
    assert list(nickname.run(facts, make_company(), params)) == []
    moved = make_company([make_employee(department_ids=(3,), main_department_id=3)])
    assert [f.expected for f in nickname.run(facts, moved, params)] == ["研发部张三"]


def test_the_wrong_ones_are_found_among_2000_members() -> None:
    people = [make_employee(f"u{n}", name=f"张{n}") for n in range(2000)]
    members = [
        make_member(p.userid, nickname=f"财务部{p.name}" if i % 500 else "随便") for i, p in enumerate(people)
    ]
    assert [f.subject_id for f in found(members, make_company(people))] == ["u0", "u500", "u1000", "u1500"]
