"""[C4] Every member's nickname in a group is department name + real name, e.g. 财务部张三."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_member_finding
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="nickname", clause="C4", severity="low", policies=frozenset({"work"}))


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find staff whose nickname WeCom shows and that does not fit; "" is a nickname that was never set.

    Nothing is said where it is unknown: WeCom shows no nickname, or the directory no name or department.
    Leavers are `former_employee`'s.
    """
    people = params.people(company)
    rule = people.nickname_rule
    shown = [m for m in people.doubtful(facts) if m.nickname is not None and m.kind == "staff"]
    for member in shown:
        if _is_exempt(member.member_id, company, params):
            continue
        nickname = member.nickname or ""
        if rule.accepts(member.member_id, nickname) is False:
            expected = rule.expected(member.member_id) or ""
            yield build_member_finding(CHECK, facts, company, member, observed=nickname, expected=expected)


def undecided(facts: GroupFacts, company: Company, params: Params) -> Iterator[str]:
    """Name the staff whose nickname WeCom does not show today, or who cannot be named: theirs may still be wrong."""
    people = params.people(company)
    for member in people.doubtful(facts):
        if member.nickname is None or member.member_id not in people.nameable:
            yield member.member_id


def _is_exempt(userid: str, company: Company, params: Params) -> bool:
    return userid in params.nickname.ignore_userids or userid in params.people(company).leavers
