from __future__ import annotations

from steward.checks.members import unfiled_group
from steward.model.finding import Finding
from tests.checks.make import NASTY_NAMES, make_assignment, make_company, make_facts, make_params


def test_a_group_without_a_filing_date_is_found_for_hr() -> None:
    facts = make_facts(assignment=make_assignment(filed_on=None, department_id=None))
    assert list(unfiled_group.run(facts, make_company(), make_params())) == [
        Finding(
            check_id="unfiled_group",
            clause="C1",
            severity="medium",
            chat_id="room1",
            subject_id="room1",
            subject_name="财务群",
            evidence={
                "group_kind": "archived",
                "owner_userid": "zhangsan",
                "created_at": None,
                "first_seen_at": "2026-10-21T00:13:00+00:00",
                "member_count": 1,
            },
            actor="hr",
        )
    ]


def test_nothing_is_said_when_the_group_is_filed() -> None:
    assert list(unfiled_group.run(make_facts(), make_company(), make_params())) == []


def test_a_group_name_is_handed_on_as_it_is_when_it_is_nasty() -> None:
    for name in NASTY_NAMES:
        facts = make_facts(None, assignment=make_assignment(filed_on=None), name=name)
        [finding] = unfiled_group.run(facts, make_company(), make_params())
        assert finding.subject_name == name
