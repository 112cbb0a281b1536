"""[C6] Members are checked daily, which needs data of today: what is too old, and whose data that is.

One dead source is one finding, not one for each of its groups: `run` judges the sources, and `run_group` speaks
of a group only while its own source is alive. Rosters that owners hand in have no common source: each is judged
as its group's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from steward.checks.build import build_group_finding, to_iso
from steward.checks.params import SOURCE_OF_KIND, Params, is_stale
from steward.model.directory import Company
from steward.model.finding import Check, Finding
from steward.model.group import GroupFacts
from steward.model.source import SourceState

CHECK = Check(id="stale_data", clause="C6", severity="medium", scope="company", actor="admin")
HANDED_IN = "roster:"


def run(company: Company, sources: Sequence[SourceState], params: Params) -> Iterator[Finding]:
    """Find sources that never answered fully, or not for longer than they may."""
    for source in sources:
        if not source.name.startswith(HANDED_IN) and is_stale(source, params.now, params.source_stale_after):
            yield _to_finding(source, params.source_stale_after)


def _to_finding(source: SourceState, limit: timedelta) -> Finding:
    return Finding(
        check_id=CHECK.id,
        clause=CHECK.clause,
        severity=CHECK.severity,
        chat_id=None,
        subject_id=source.name,
        observed=to_iso(source.good_at) or "",
        evidence={
            "good_at": to_iso(source.good_at),
            "tried_at": to_iso(source.tried_at),
            "errcode": source.errcode,
            "detail": source.detail,
            "remedy": source.remedy,
            "limit_s": int(limit.total_seconds()),
        },
        actor=CHECK.actor,
    )


def run_group(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]:
    """Find a group that alone cannot be read, or whose roster is too old; a handed-in one is its owner's to renew.

    A roster that was never read is as old as our knowledge of the group.
    """
    group = facts.group
    if SOURCE_OF_KIND.get(group.kind) in params.stale_sources:
        return
    limit = _limit(facts, params)
    is_old = params.now - (group.members_as_of or group.first_seen_at) > limit
    if not is_old and group.status != "unreadable":
        return
    evidence = {
        "members_as_of": to_iso(group.members_as_of),
        "reason": group.unreadable_reason,
        "limit_s": int(limit.total_seconds()),
    }
    finding = build_group_finding(CHECK, facts, observed=to_iso(group.members_as_of) or "", evidence=evidence)
    yield replace(finding, actor="owner") if group.kind == "handed_in" else finding


def _limit(facts: GroupFacts, params: Params) -> timedelta:
    if facts.group.kind == "handed_in":
        return timedelta(days=params.policy.handed_in_stale_after_days)
    return params.policy.roster_stale_after
