from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import steward.checks
from steward.checks import all_checks
from steward.checks.judge import is_decided, judge, judge_company, undecided
from steward.checks.params import Params, build_params
from steward.model.finding import Finding
from steward.model.group import PolicyName
from steward.model.settings import Settings
from tests.checks.make import (
    NOW,
    make_assignment,
    make_company,
    make_employee,
    make_facts,
    make_member,
    make_source,
)


def make_settings(**over: Any) -> Settings:
    company = {
        "name": "云杉科技",
        "corp_id": "ww1234567890",
        "agents": {"app": {"agent_id": 1000002, "secret": {"env": "APP_SECRET"}}},
    }
    return Settings.model_validate({"company": company, **over})


def make_finding(check_id: str, **over: Any) -> Finding:
    check = all_checks()[check_id].CHECK if check_id in all_checks() else None
    defaults: dict[str, Any] = {
        "clause": check.clause if check else "C3",
        "severity": check.severity if check else "low",
        "chat_id": "room1",
        "subject_id": "zhangsan",
    }
    return Finding(check_id=check_id, **{**defaults, **over})


def make_round(*sources: Any, **settings: Any) -> dict[PolicyName, Params]:
    return build_params(make_settings(**settings), sources, NOW)


def test_every_file_in_the_folder_is_a_check_of_that_name() -> None:
    folder = Path(steward.checks.__file__).parent / "members"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(all_checks()) == files


def test_checks_come_gravest_first_then_by_id() -> None:
    assert list(all_checks()) == [
        "former_employee",
        "non_employee",
        "ownerless_group",
        "left_without_approval",
        "stale_data",
        "unfiled_group",
        "nickname",
        "no_liaison",
    ]


def test_findings_come_in_the_order_of_the_checks() -> None:
    company = make_company([make_employee(), make_employee("lisi", name="李四", status="left")])
    members = [make_member(nickname="张三"), make_member("wm1", kind="external"), make_member("lisi")]
    facts = make_facts(members, members_as_of=NOW - timedelta(days=9), owner_userid=None)
    assert [finding.check_id for finding in judge(facts, company, make_round())] == [
        "former_employee",
        "non_employee",
        "ownerless_group",
        "stale_data",
        "nickname",
    ]


def test_only_the_checks_that_the_groups_policy_lists_run() -> None:
    params = make_round(policies={"exchange": {"checks": ["unfiled_group"]}})
    bad = [make_member(nickname="张三")]
    exchange = make_facts(bad, assignment=make_assignment(policy="exchange", filed_on=None))
    work = make_facts(bad, assignment=make_assignment(policy="work", filed_on=None))
    assert [finding.check_id for finding in judge(exchange, make_company(), params)] == ["unfiled_group"]
    assert [finding.check_id for finding in judge(work, make_company(), params)] == [
        "unfiled_group",
        "nickname",
    ]


def test_nothing_is_said_of_a_group_that_is_gone() -> None:
    facts = make_facts([make_member("wm1", kind="external")], status="gone", owner_userid=None)
    assert judge(facts, make_company(), make_round()) == []


def test_an_unreadable_group_is_judged_by_its_last_roster() -> None:
    facts = make_facts([make_member("wm1", kind="external")], status="unreadable")
    found = [finding.check_id for finding in judge(facts, make_company(), make_round())]
    assert found == ["non_employee", "stale_data"]


def test_a_dead_source_is_one_finding_however_many_groups_hang_on_it() -> None:
    dead = make_source("archived_rooms", good_at=None)
    params = make_round(dead)
    facts = [make_facts(None, chat_id=f"room{n}", members_as_of=NOW - timedelta(days=9)) for n in range(50)]
    of_groups = [finding for each in facts for finding in judge(each, make_company(), params)]
    of_company = judge_company(make_company(), [dead], params)
    assert [finding.subject_id for finding in of_groups + of_company] == ["archived_rooms"]


def test_a_company_check_runs_once_when_any_policy_lists_it_and_not_when_none_does() -> None:
    dead = make_source(good_at=None)
    none: dict[str, Any] = {name: {"checks": []} for name in ("publicity", "exchange", "work")}
    some = {**none, "exchange": {"checks": ["stale_data"]}}
    assert len(judge_company(make_company(), [dead], make_round(dead, policies=some))) == 1
    assert judge_company(make_company(), [dead], make_round(dead, policies=none)) == []


def test_the_strictest_policy_decides_when_a_source_is_dead() -> None:
    source = make_source("app_chats", good_at=NOW - timedelta(hours=13))
    params = make_round(source, policies={"publicity": {"roster_stale_after_hours": 12}})
    assert params["work"].stale_sources == {"app_chats"}
    assert params["work"].source_stale_after == timedelta(hours=12)


def test_a_company_is_worked_out_once_for_all_steps_and_policies_of_a_round() -> None:
    settings, company = make_settings(), make_company()
    steps = [build_params(settings, [], NOW) for _ in range(3)]
    people = [params.people(company) for step in steps for params in step.values()]
    assert all(one is people[0] for one in people)
    assert steps[0]["work"].people(make_company()) is not people[0]


@pytest.mark.parametrize(
    ("check_id", "evidence", "complete", "decided"),
    [
        ("non_employee", {"kind": "staff"}, True, True),
        ("non_employee", {"kind": "staff"}, False, False),
        ("non_employee", {"kind": "external"}, False, True),
        ("unfiled_group", {}, False, True),
        ("a_check_of_former_times", {}, False, True),
    ],
)
def test_what_needs_the_directory_is_undecided_when_it_is_incomplete(
    check_id: str, evidence: dict[str, Any], complete: bool, decided: bool
) -> None:
    finding = make_finding(check_id=check_id, evidence=evidence)
    assert is_decided(finding, make_company(complete=complete)) is decided


def test_wrong_nickname_is_not_over_when_it_is_only_not_shown_any_more() -> None:
    facts = make_facts([make_member("zhangsan", nickname=None)], assignment=make_assignment(policy="work"))
    questions = undecided(facts, make_company(), make_round())
    assert questions == {("nickname", facts.group.chat_id, "zhangsan")}
    before = make_finding(check_id="nickname", chat_id=facts.group.chat_id, subject_id="zhangsan")
    assert not is_decided(before, make_company(), questions)
    assert is_decided(make_finding(check_id="nickname", subject_id="lisi"), make_company(), questions)


@pytest.mark.parametrize("count", [0, 2000])
def test_a_clean_group_of_any_size_has_no_findings(count: int) -> None:
    people = [make_employee()] + [make_employee(f"u{n}", name=f"张{n}") for n in range(count)]
    members = [make_member(person.userid, nickname=f"财务部{person.name}") for person in people[1:]]
    assert judge(make_facts(members), make_company(people), make_round()) == []


def test_policy_runs_what_is_made_for_it_unless_the_admin_lists_others() -> None:
    params = make_round(policies={"publicity": {"checks": ["nickname", "stale_data"]}})
    assert set(params["publicity"].checks) == {"nickname", "stale_data"}
    assert set(params["work"].checks) == set(all_checks())
    assert set(all_checks()) - set(params["exchange"].checks) == {"nickname", "left_without_approval"}
