"""[A3] Every group has an owner who is in the company: nobody else can be asked to act in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from steward.checks.build import build_group_finding, has_left
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="ownerless_group", clause="A3", severity="high", actor="hr", needs_directory=True)
Reason = Literal["none", "owner_left", "not_in_directory", "left_company"]
"""none: the group has no owner · owner_left: WeCom says the owner has left (客户群 status 1) · not_in_directory:
the complete directory does not know the owner · left_company: the directory knows the owner as a leaver."""


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find a group without an owner who can act."""
    reason = _reason(facts, company)
    if reason is not None:
        yield build_group_finding(
            CHECK, facts, observed=facts.group.owner_userid or "", evidence={"reason": reason}
        )


def _reason(facts: GroupFacts, company: Company) -> Reason | None:
    group = facts.group
    if group.owner_left:
        return "owner_left"
    if not group.owner_userid:
        # A list names no owner; until the group itself was read, that there is none is not known.
        return "none" if group.members_as_of is not None else None
    if not has_left(company, group.owner_userid):
        return None
    return "left_company" if group.owner_userid in company.employees else "not_in_directory"
