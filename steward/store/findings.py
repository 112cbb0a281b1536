"""Findings with their history: new, still open, closed by themselves when the cause is gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, select, update

from steward.model.finding import Finding, Stage, TrackedFinding
from steward.store.schema import findings, groups
from steward.store.upsert import chunked


def reconcile(
    connection: Connection,
    found: Iterable[Finding],
    *,
    judged: Callable[[Finding], bool],
    chat_ids: Collection[str] | None,
    now: datetime,
) -> dict[str, int]:
    """Bring the findings in line with what a round found, in the caller's transaction.

    Args:
        found: everything the round found in these groups.
        judged: whether a finding would have been found again if it still held; only then is its absence taken for
            an end.
        chat_ids: the groups of this step; None = findings about no group.

    Returns:
        Counts: new, still_open, resolved.
    """
    by_print = {finding.fingerprint: finding for finding in found}
    open_rows = {row.fingerprint: row for row in _open_rows(connection, chat_ids)}
    again = [open_rows[key].id for key in by_print if key in open_rows]
    over = [
        row.id
        for key, row in open_rows.items()
        if key not in by_print and row.lasting and judged(_finding(row))
    ]
    new = [_row(finding, now) for key, finding in by_print.items() if key not in open_rows]
    if new:
        connection.execute(insert(findings), new)
    _touch(connection, {open_rows[key].id: by_print[key] for key in by_print if key in open_rows}, now)
    for chunk in chunked(over, 500):
        connection.execute(update(findings).where(findings.c.id.in_(chunk)).values(resolved_at=now))
    return {"new": len(new), "still_open": len(again), "resolved": len(over)}


def _open_rows(connection: Connection, chat_ids: Collection[str] | None) -> Iterable[Any]:
    query = select(findings).where(findings.c.resolved_at.is_(None))
    if chat_ids is None:
        yield from connection.execute(query.where(findings.c.chat_id.is_(None)))
        return
    for chunk in chunked(sorted(chat_ids), 500):
        yield from connection.execute(query.where(findings.c.chat_id.in_(chunk)))


def _row(finding: Finding, now: datetime) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "check_id": finding.check_id,
        "clause": finding.clause,
        "severity": finding.severity,
        "actor": finding.actor,
        "lasting": finding.lasting,
        "removable": finding.removable,
        "chat_id": finding.chat_id,
        "subject_id": finding.subject_id,
        "subject_name": finding.subject_name,
        "department_id": finding.department_id,
        "observed": finding.observed,
        "expected": finding.expected,
        "evidence": dict(finding.evidence),
        "first_seen_at": now,
        "last_seen_at": now,
        # An event is told once: it is over the moment it is written down.
        "resolved_at": None if finding.lasting else now,
        "stage": "found",
    }


def _touch(connection: Connection, again: dict[int, Finding], now: datetime) -> None:
    names = ("observed", "expected", "subject_name", "department_id", "severity", "actor", "removable")
    for finding_id, finding in again.items():
        values = {name: getattr(finding, name) for name in names}
        connection.execute(
            update(findings)
            .where(findings.c.id == finding_id)
            .values(last_seen_at=now, evidence=dict(finding.evidence), **values)
        )


def close_findings_of_gone(connection: Connection, *, now: datetime) -> int:
    """Close what is open about groups that are gone; returns how many."""
    gone = select(groups.c.chat_id).where(groups.c.gone_at.is_not(None))
    return connection.execute(
        update(findings)
        .where(findings.c.resolved_at.is_(None), findings.c.chat_id.in_(gone))
        .values(resolved_at=now)
    ).rowcount


def _tracked_query() -> Select[Any]:
    return (
        select(findings, groups.c.name.label("group_name"), groups.c.owner_userid)
        .outerjoin(groups, groups.c.chat_id == findings.c.chat_id)
        .order_by(findings.c.first_seen_at, findings.c.id)
    )


def load_open(connection: Connection) -> list[TrackedFinding]:
    """Return everything that is open, oldest first."""
    return [
        _tracked(row) for row in connection.execute(_tracked_query().where(findings.c.resolved_at.is_(None)))
    ]


def load_by_ids(connection: Connection, ids: Collection[int]) -> dict[int, TrackedFinding]:
    """Return findings by id, open or closed; those that were forgotten are absent."""
    found: dict[int, TrackedFinding] = {}
    for chunk in chunked(ids, 500):
        for row in connection.execute(_tracked_query().where(findings.c.id.in_(chunk))):
            found[row.id] = _tracked(row)
    return found


def load_found_between(connection: Connection, after: datetime, until: datetime) -> list[TrackedFinding]:
    """Return what was first seen in (after, until], events included, oldest first."""
    query = _tracked_query().where(findings.c.first_seen_at > after, findings.c.first_seen_at <= until)
    return [_tracked(row) for row in connection.execute(query)]


def load_resolved_between(connection: Connection, after: datetime, until: datetime) -> list[TrackedFinding]:
    """Return the lasting findings that were closed in (after, until], oldest first."""
    query = _tracked_query().where(
        findings.c.resolved_at > after, findings.c.resolved_at <= until, findings.c.lasting
    )
    return [_tracked(row) for row in connection.execute(query)]


def _finding(row: Any) -> Finding:
    return Finding(
        check_id=row.check_id,
        clause=row.clause,
        severity=row.severity,
        chat_id=row.chat_id,
        subject_id=row.subject_id,
        subject_name=row.subject_name,
        department_id=row.department_id,
        observed=row.observed,
        expected=row.expected,
        evidence=row.evidence,
        lasting=row.lasting,
        removable=row.removable,
        actor=row.actor,
    )


def _tracked(row: Any) -> TrackedFinding:
    return TrackedFinding(
        id=row.id,
        finding=_finding(row),
        group_name=row.group_name,
        owner_userid=row.owner_userid,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        resolved_at=row.resolved_at,
        stage=row.stage,
        stage_at=row.stage_at,
        asked_at=row.asked_at,
    )


def set_stage(connection: Connection, finding_ids: Collection[int], stage: Stage, *, now: datetime) -> None:
    """Note that the next person was told; the first time is when the owner was asked."""
    # With its own type: coalesce would bind a plain datetime, which SQLite keeps without a time zone.
    at = literal(now, findings.c.asked_at.type)
    asked = {"asked_at": func.coalesce(findings.c.asked_at, at)} if stage == "owner" else {}
    for chunk in chunked(finding_ids, 500):
        connection.execute(
            update(findings).where(findings.c.id.in_(chunk)).values(stage=stage, stage_at=now, **asked)
        )


def delete_resolved_before(connection: Connection, at: datetime) -> int:
    """Forget findings closed before that; returns how many."""
    return connection.execute(delete(findings).where(findings.c.resolved_at < at)).rowcount
