"""What a check found, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from steward.model.group import PolicyName

Severity = Literal["high", "medium", "low"]
Scope = Literal["group", "company"]
Actor = Literal["owner", "hr", "admin"]
Stage = Literal["found", "owner", "head", "hr"]
"""Who has been told: nobody yet, the group's owner, the department head, HR. Only ever goes up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check is, beside its `run`: its id is the name of its file, of its template and of its test.

    `clause` is the id in the regulation. `lasting` findings stay open until their cause is gone; the others
    tell of an event and are reported once. `actor` is who can mend it. A check that `needs_directory` cannot
    decide without a complete directory: its findings then stay as they were. `policies` are those it is made for; an
    admin's own list of checks wins over that.
    """

    id: str
    clause: str
    severity: Severity
    scope: Scope = "group"
    lasting: bool = True
    actor: Actor = "owner"
    needs_directory: bool = False
    policies: frozenset[PolicyName] = frozenset({"publicity", "exchange", "work"})


def fingerprint(check_id: str, chat_id: str | None, subject_id: str) -> str:
    """Return what makes two findings the same one, day after day: the check, the place and the subject."""
    return hashlib.sha256("\x1f".join((check_id, chat_id or "", subject_id)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth saying.

    Args:
        subject_id: who or what it is about: a member id, a chat id, a source's name, an event's id.
        subject_name: how people call the subject; None where unknown.
        observed: what was seen, as data, not as a sentence ("陈晓🎉"); "" where absence itself is the finding.
        expected: what the rule wants, as data ("研发部陈晓"); "" where nothing can be put there.
        evidence: JSON-able details a person needs to believe it.
        removable: WeCom lets the service remove the member by API (app chats), so HR is offered that.
    """

    check_id: str
    clause: str
    severity: Severity
    chat_id: str | None
    subject_id: str
    subject_name: str | None = None
    department_id: int | None = None
    observed: str = ""
    expected: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    lasting: bool = True
    removable: bool = False
    actor: Actor = "owner"

    @property
    def fingerprint(self) -> str:
        """Same finding tomorrow, same fingerprint."""
        return fingerprint(self.check_id, self.chat_id, self.subject_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedFinding:
    """A finding with its history: when it was first and last seen, who was told and when, whether it is over."""

    id: int
    finding: Finding
    group_name: str | None
    owner_userid: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    stage: Stage
    stage_at: datetime | None
    asked_at: datetime | None
