"""[C1] A group is filed with HR & administration before it is used."""

from __future__ import annotations

from collections.abc import Iterator

from steward.checks.build import build_group_finding, to_iso
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts

CHECK = Check(id="unfiled_group", clause="C1", severity="medium", actor="hr")


def run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find a group that WeCom shows and that neither register nor settings give a filing date."""
    if facts.assignment.filed_on is None:
        group = facts.group
        evidence = {
            "owner_userid": group.owner_userid,
            "created_at": to_iso(group.created_at),
            "first_seen_at": to_iso(group.first_seen_at),
            "member_count": group.member_count,
        }
        yield build_group_finding(CHECK, facts, evidence=evidence)
