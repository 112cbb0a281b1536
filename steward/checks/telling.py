"""Who is told of what today: the owner first, then the head, then HR. Decided here, carried out by the job. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from steward.checks.escalation import decide_stage
from steward.checks.responsible import head_for, is_reachable
from steward.clock.working_days import WorkingDays
from steward.model.directory import Company
from steward.model.finding import TrackedFinding
from steward.model.settings.operation import Escalation


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be said today.

    Args:
        owners: owner -> what is open in his groups, what is new to him first. Who has nothing new is not here:
            the same text is never sent twice, time moves a finding on instead.
        heads: head -> what owners have left undone.
        to_hr: ids of findings that only HR is left for.
    """

    owners: dict[str, list[TrackedFinding]]
    heads: dict[str, list[TrackedFinding]]
    to_hr: list[int]


def decide_telling(
    open_findings: Iterable[TrackedFinding],
    company: Company,
    *,
    now: datetime,
    working_days: WorkingDays,
    zone: ZoneInfo,
    escalation: Escalation,
) -> Telling:
    """Decide who is told today of what is open. For working days only."""
    told = Telling(owners={}, heads={}, to_hr=[])
    for tracked in _for_people(open_findings):
        stage = decide_stage(
            tracked.stage,
            tracked.asked_at or (now if tracked.stage == "found" else None),
            now,
            working_days,
            zone,
            escalation.head_after_working_days,
            escalation.hr_after_working_days,
        )
        _place(tracked, stage, told, company)
    news = {owner: found for owner, found in told.owners.items() if any(t.stage == "found" for t in found)}
    return Telling(owners={o: _newest_first(f) for o, f in news.items()}, heads=told.heads, to_hr=told.to_hr)


def _for_people(open_findings: Iterable[TrackedFinding]) -> Iterable[TrackedFinding]:
    # A removal that WeCom lets the service do is proposed to HR; what only HR or an admin can mend is theirs.
    return (t for t in open_findings if t.finding.actor == "owner" and not t.finding.removable)


def _place(tracked: TrackedFinding, stage: str, told: Telling, company: Company) -> None:
    owner = tracked.owner_userid
    if not is_reachable(owner, company) or owner is None:
        if tracked.stage != "hr":
            told.to_hr.append(tracked.id)
    elif stage == "head" and tracked.stage == "owner":
        head = head_for(tracked.finding.department_id, owner, company)
        if head is None:
            told.to_hr.append(tracked.id)
        else:
            told.heads.setdefault(head, []).append(tracked)
    elif stage == "hr" and tracked.stage != "hr":
        told.to_hr.append(tracked.id)
    elif stage == "owner":
        told.owners.setdefault(owner, []).append(tracked)


def _newest_first(found: Sequence[TrackedFinding]) -> list[TrackedFinding]:
    return sorted(found, key=lambda tracked: tracked.stage != "found")
