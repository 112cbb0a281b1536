"""[A3] Every filed group has a liaison, named by its owner."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_group_finding, has_left
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="no_liaison", clause="A3", severity="low")


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find a filed group without a liaison, or whose liaison is no longer in the company.

    A group that is not filed yet is `unfiled_group`'s: who files it names the liaison, too.
    """
    if facts.assignment.filed_on is None:
        return
    liaison = facts.assignment.liaison_userid
    if not liaison:
        yield build_group_finding(CHECK, facts, evidence={"reason": "none"})
    elif has_left(company, liaison):
        yield build_group_finding(CHECK, facts, observed=liaison, evidence={"reason": "left_company"})
