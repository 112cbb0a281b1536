"""[C5] Nobody leaves a group without authorisation."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_member_finding, to_iso
from steward.checks.params import Params
from steward.clock.wording import local
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import Departure, GroupFacts

CHECK = Check(
    id="left_without_approval",
    clause="C5",
    severity="medium",
    lasting=False,
    needs_directory=True,
    policies=frozenset({"work"}),
)


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find employees who are gone from the group, though nobody approved and nothing about them changed.

    Without a complete directory nobody can tell a leaver of the group from one of the company: nothing is said.
    """
    if not company.complete:
        return
    for departure in facts.departures:
        if _needs_an_answer(departure, company, params):
            yield _to_finding(departure, facts, company)


def _needs_an_answer(departure: Departure, company: Company, params: Params) -> bool:
    member = departure.member
    employee = company.employees.get(member.member_id)
    if departure.approved or member.kind != "staff" or employee is None:
        return False
    if employee.left_at is not None or employee.status != "active":
        return False
    changed_on = company.department_changes.get(member.member_id)
    gone_on = local(departure.gone_at, params.zone).date()
    # A change seen only after the departure explains it as well: the two come from different pulls.
    return changed_on is None or gone_on - changed_on > params.department_change_grace


def _to_finding(departure: Departure, facts: GroupFacts, company: Company) -> Finding:
    member = departure.member
    return build_member_finding(
        CHECK,
        facts,
        company,
        member,
        subject_id=f"{member.member_id}@{departure.event_id}",
        observed=to_iso(departure.gone_at) or "",
        evidence={
            "userid": member.member_id,
            "last_seen_at": to_iso(departure.last_seen_at),
            "gone_at": to_iso(departure.gone_at),
        },
    )
