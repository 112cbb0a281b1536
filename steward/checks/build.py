"""Findings about a member and about a group: what all of them carry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from steward.model.directory import Company
from steward.model.finding import Actor, Check, Finding
from steward.model.group import GroupFacts, Member


def build_member_finding(
    check: Check,
    facts: GroupFacts,
    company: Company,
    member: Member,
    *,
    subject_id: str | None = None,
    observed: str = "",
    expected: str = "",
    removable: bool = False,
    evidence: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> Finding:
    """Return a finding about one member. `removable` is kept only where WeCom lets us remove: in app chats.

    `subject_id` is the member's id unless another is given; `actor` the check's own.
    """
    employee = company.employees.get(member.member_id)
    return Finding(
        check_id=check.id,
        clause=check.clause,
        severity=check.severity,
        chat_id=facts.group.chat_id,
        subject_id=subject_id or member.member_id,
        subject_name=(employee.name if employee else None) or member.name or member.nickname or None,
        department_id=facts.assignment.department_id,
        observed=observed,
        expected=expected,
        evidence={
            "kind": member.kind,
            "joined_at": to_iso(member.joined_at),
            "invited_by": member.invited_by,
            **(evidence or {}),
        },
        lasting=check.lasting,
        removable=removable and facts.group.kind == "app",
        actor=actor or check.actor,
    )


def build_group_finding(
    check: Check,
    facts: GroupFacts,
    *,
    observed: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    """Return a finding about the group itself."""
    return Finding(
        check_id=check.id,
        clause=check.clause,
        severity=check.severity,
        chat_id=facts.group.chat_id,
        subject_id=facts.group.chat_id,
        subject_name=facts.group.name or None,
        department_id=facts.assignment.department_id,
        observed=observed,
        evidence={"group_kind": facts.group.kind, **(evidence or {})},
        lasting=check.lasting,
        actor=check.actor,
    )


def has_left(company: Company, userid: str) -> bool | None:
    """Return whether the person is not, or no longer, in the company; None where the directory cannot tell."""
    employee = company.employees.get(userid)
    if employee is None:
        return True if company.complete else None
    return employee.left_at is not None or employee.status == "left"


def to_iso(at: datetime | None) -> str | None:
    """Return the moment as JSON-able text; None stays None."""
    return at.isoformat() if at else None
