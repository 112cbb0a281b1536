"""[C3] [C6] Who has left the company leaves its groups, customer groups included."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_member_finding, to_iso
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="former_employee", clause="C3", severity="high")


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find members whom the directory knows as leavers."""
    people = params.people(company)
    leavers = people.leavers
    for member in [m for m in people.doubtful(facts) if m.member_id in leavers]:
        left_at = to_iso(company.employees[member.member_id].left_at)
        yield build_member_finding(
            CHECK,
            facts,
            company,
            member,
            observed=left_at or "",
            removable=True,
            evidence={"left_at": left_at},
        )
