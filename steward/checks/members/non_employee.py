"""[C3] Only the company's employees are in its internal groups."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_member_finding
from steward.checks.observable import UNRESOLVED
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Actor, Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="non_employee", clause="C3", severity="high", needs_directory=True)


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find outsiders, and people the complete directory does not know. Customers are welcome in their groups."""
    if facts.assignment.audience != "staff":
        return
    employees = company.employees
    doubtful = params.people(company).doubtful(facts)
    for member in [m for m in doubtful if m.kind == "external" or m.member_id not in employees]:
        if member.kind == "external":
            yield build_member_finding(
                CHECK, facts, company, member, observed="external", removable=True, actor=_actor(facts)
            )
        elif company.complete and not member.member_id.startswith(UNRESOLVED):
            yield build_member_finding(
                CHECK, facts, company, member, observed="not_in_directory", removable=True
            )


def _actor(facts: GroupFacts) -> Actor | None:
    # Until a customer group is filed nobody has said whom it is for. An owner must not be asked to throw out his
    # customers: HR files the group first.
    return "hr" if facts.group.kind == "customer" and facts.assignment.filed_on is None else None
