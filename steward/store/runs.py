"""Runs of jobs and their steps. A unique (job, slot) row decides who runs a slot; nobody is a leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from steward.model.run import Counts, Run, RunState
from steward.store.schema import runs, steps
from steward.store.upsert import chunked, insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run as the engine works it off."""

    id: int
    run_id: int
    job: str
    stage: int
    as_of: datetime
    args: Mapping[str, Any]
    attempts: int


def insert_run(connection: Connection, job: str, slot: str, *, as_of: datetime, now: datetime) -> int | None:
    """Open a run for a job's planned moment; None when that moment already has one."""
    row = {
        "job": job,
        "slot": slot,
        "as_of": as_of,
        "state": "running",
        "stage": 0,
        "open_steps": 0,
        "started_at": now,
        "counts": {},
    }
    return insert_new(connection, runs, row, key=("job", "slot"))


def insert_steps(
    connection: Connection, run_id: int, stage: int, args: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Add the steps of one stage and count them as open; returns their ids, in order."""
    rows = [
        {
            "run_id": run_id,
            "stage": stage,
            "number": number,
            "args": dict(each),
            "state": "open",
            "attempts": 0,
        }
        for number, each in enumerate(args)
    ]
    connection.execute(insert(steps), rows)
    connection.execute(
        update(runs).where(runs.c.id == run_id).values(stage=stage, open_steps=runs.c.open_steps + len(rows))
    )
    query = (
        select(steps.c.id).where(steps.c.run_id == run_id, steps.c.stage == stage).order_by(steps.c.number)
    )
    return list(connection.execute(query).scalars())


def load_open_step(connection: Connection, step_id: int) -> Step | None:
    """Return the step; None when it is done or failed for good."""
    query = (
        select(steps, runs.c.job, runs.c.as_of)
        .join(runs, runs.c.id == steps.c.run_id)
        .where(steps.c.id == step_id, steps.c.state == "open")
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Step(
        id=row.id,
        run_id=row.run_id,
        job=row.job,
        stage=row.stage,
        as_of=row.as_of,
        args=row.args,
        attempts=row.attempts,
    )


def close_step(
    connection: Connection,
    step: Step,
    *,
    state: str,
    counts: Counts,
    error: str | None,
    now: datetime,
) -> int | None:
    """Close a step once.

    Returns:
        How many steps of its run are still open; None when somebody closed it before us.
    """
    closed = connection.execute(
        update(steps)
        .where(steps.c.id == step.id, steps.c.state == "open")
        .values(state=state, counts=dict(counts), error=error, attempts=step.attempts + 1, finished_at=now)
    )
    if closed.rowcount != 1:
        return None
    left: int = connection.execute(
        update(runs)
        .where(runs.c.id == step.run_id)
        .values(open_steps=runs.c.open_steps - 1)
        .returning(runs.c.open_steps)
    ).scalar_one()
    return left


def note_attempt(connection: Connection, step: Step, error: str) -> None:
    """Count a failed try of a step that will be tried again."""
    connection.execute(
        update(steps).where(steps.c.id == step.id).values(attempts=step.attempts + 1, error=error)
    )


def load_step_results(connection: Connection, run_id: int) -> list[tuple[str, Counts, str | None]]:
    """Return (state, counts, error) of every step of a run, in order."""
    query = (
        select(steps.c.state, steps.c.counts, steps.c.error)
        .where(steps.c.run_id == run_id)
        .order_by(steps.c.stage, steps.c.number)
    )
    return [(row.state, row.counts or {}, row.error) for row in connection.execute(query)]


def finish_run(
    connection: Connection,
    run_id: int,
    *,
    state: RunState,
    counts: Counts,
    error: str | None,
    now: datetime,
) -> bool:
    """Close a run once; False when it was closed before us."""
    closed = connection.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state == "running")
        .values(state=state, counts=dict(counts), error=error, finished_at=now)
    )
    return closed.rowcount == 1


def load_run(connection: Connection, run_id: int) -> Run | None:
    """Return one run."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return _run(row) if row else None


def load_runs(connection: Connection, *, job: str | None = None, limit: int = 50) -> list[Run]:
    """Return the newest runs first."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if job is not None:
        query = query.where(runs.c.job == job)
    return [_run(row) for row in connection.execute(query)]


def load_running(connection: Connection, job: str | None = None) -> list[Run]:
    """Return runs that are not finished, oldest first."""
    query = select(runs).where(runs.c.state == "running").order_by(runs.c.id)
    if job is not None:
        query = query.where(runs.c.job == job)
    return [_run(row) for row in connection.execute(query)]


def load_failed_since(connection: Connection, at: datetime) -> list[Run]:
    """Return the newest run of each job since then where that newest run failed or was partial."""
    query = select(runs).where(runs.c.finished_at > at).order_by(runs.c.id)
    newest = {row.job: row for row in connection.execute(query)}
    return [_run(row) for row in newest.values() if row.state in ("failed", "partial")]


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        job=row.job,
        slot=row.slot,
        as_of=row.as_of,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=row.counts,
        error=row.error,
    )


def load_open_step_ids(connection: Connection, run_id: int | None = None) -> list[int]:
    """Return the steps still to be done, of one run or of all, in order."""
    query = select(steps.c.id).where(steps.c.state == "open").order_by(steps.c.run_id, steps.c.id)
    if run_id is not None:
        query = query.where(steps.c.run_id == run_id)
    return list(connection.execute(query).scalars())


def delete_runs_before(connection: Connection, at: datetime, *, idle_before: datetime) -> int:
    """Forget runs older than `at`, and already those older than `idle_before` that had nothing to do."""
    old = (runs.c.finished_at < at) | ((runs.c.state == "nothing") & (runs.c.finished_at < idle_before))
    ids = list(connection.execute(select(runs.c.id).where(old)).scalars())
    for chunk in chunked(ids, 500):
        connection.execute(delete(runs).where(runs.c.id.in_(chunk)))
    return len(ids)
