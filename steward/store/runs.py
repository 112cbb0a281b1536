"""Runs of jobs. A unique (job, slot) row decides who runs a slot; nobody is a leader, and no job runs twice at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from steward.model.run import Counts, Run, RunState
from steward.store.giving_way import give_way
from steward.store.schema import runs
from steward.store.upsert import chunked, insert_for

MANUAL = "manual "
"""How the slot of a run begins that a person asked for; the rest is the moment, so that each is its own."""
SLOTS = "slots"
"""What a row of missed slots counts: how many of them it stands for."""
_COLUMNS = [runs.c[name] for name in Run.__dataclass_fields__]


def insert_run(
    connection: Connection, job: str, slot: str, *, as_of: datetime, now: datetime, by: str | None = None
) -> int | None:
    """Open a run for a job's planned moment.

    Returns:
        Its id; None when that moment has a row already, or another run of the job is under way. Which of the two
        it was, `load_run_of_slot` tells: no row of that slot means the job is busy.
    """
    give_way(connection)
    return _insert(connection, job, slot, as_of=as_of, state="running", started_at=now, by=by, counts={})


def insert_missed(
    connection: Connection,
    job: str,
    slot: str,
    *,
    as_of: datetime,
    now: datetime,
    why: str,
    by: str | None,
    count: int = 1,
) -> int | None:
    """Write down that a planned moment was not run, and why; None when that moment has a row already.

    Args:
        count: for how many slots in a row it stands, `slot` being the first of them.
    """
    return _insert(
        connection,
        job,
        slot,
        as_of=as_of,
        state="missed",
        started_at=now,
        finished_at=now,
        error=why,
        by=by,
        counts={SLOTS: count},
    )


def extend_missed(connection: Connection, run_id: int, *, why: str, count: int, now: datetime) -> bool:
    """Let a row of missed slots stand for more of them; False when it is no longer there."""
    extended = connection.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state == "missed")
        .values(error=why, counts={SLOTS: count}, finished_at=now)
    )
    return extended.rowcount == 1


def add_to_run(
    connection: Connection,
    job: str,
    slot: str,
    *,
    as_of: datetime,
    now: datetime,
    counts: Counts,
    by: str,
    decide: Callable[[Counts], RunState],
) -> int:
    """Count work that was done as it came, for the slot it fell into; returns the id of that slot's row.

    Args:
        decide: counts -> how it went.
    """
    values = {"as_of": as_of, "started_at": now, "finished_at": now, "by": by}
    new = _insert(connection, job, slot, state=decide(counts), counts=counts, **values)
    if new is not None:
        return new
    of_slot = (runs.c.job == job) & (runs.c.slot == slot)
    row = connection.execute(select(runs.c.id, runs.c.counts).where(of_slot).with_for_update()).one()
    summed = {key: row.counts.get(key, 0) + counts.get(key, 0) for key in {**row.counts, **counts}}
    ended = {"counts": summed, "state": decide(summed), "finished_at": now}
    connection.execute(update(runs).where(of_slot).values(ended))
    run_id: int = row.id
    return run_id


def _insert(connection: Connection, job: str, slot: str, **values: Any) -> int | None:
    row = {"job": job, "slot": slot, "stage": 0, "open_steps": 0, **values}
    # Without a target: both the slot's uniqueness and "one running run of a job" may say no.
    statement = insert_for(connection, runs).values(row).on_conflict_do_nothing()
    new: int | None = connection.execute(statement.returning(runs.c.id)).scalar_one_or_none()
    return new


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


def add_log(connection: Connection, run_id: int, lines: Sequence[str], *, at_most: int) -> None:
    """Add to what a run said; of more than `at_most` lines the last are kept."""
    if not lines:
        return
    query = select(runs.c.log).where(runs.c.id == run_id).with_for_update()
    kept = [*(connection.execute(query).scalar_one_or_none() or ()), *lines][-at_most:]
    connection.execute(update(runs).where(runs.c.id == run_id).values(log=kept))


def load_log(connection: Connection, run_id: int) -> list[str]:
    """Return the last lines of what a run said, oldest first."""
    return list(connection.execute(select(runs.c.log).where(runs.c.id == run_id)).scalar_one_or_none() or ())


def load_run(connection: Connection, run_id: int) -> Run | None:
    """Return one run."""
    row = connection.execute(select(*_COLUMNS).where(runs.c.id == run_id)).one_or_none()
    return _run(row) if row else None


def load_run_of_slot(connection: Connection, job: str, slot: str) -> Run | None:
    """Return what became of a planned moment; None when nothing did yet."""
    row = connection.execute(select(*_COLUMNS).where(runs.c.job == job, runs.c.slot == slot)).one_or_none()
    return _run(row) if row else None


def load_runs(
    connection: Connection, *, job: str | None = None, state: RunState | None = None, limit: int = 50
) -> list[Run]:
    """Return the newest runs first."""
    query = select(*_COLUMNS).order_by(runs.c.id.desc()).limit(limit)
    if job is not None:
        query = query.where(runs.c.job == job)
    if state is not None:
        query = query.where(runs.c.state == state)
    return [_run(row) for row in connection.execute(query)]


def load_running(connection: Connection, job: str | None = None) -> list[Run]:
    """Return runs that are not finished, oldest first."""
    query = select(*_COLUMNS).where(runs.c.state == "running").order_by(runs.c.id)
    if job is not None:
        query = query.where(runs.c.job == job)
    return [_run(row) for row in connection.execute(query)]


def load_failed_since(connection: Connection, at: datetime) -> list[Run]:
    """Return the newest run of each job since then where that newest run failed or was partial."""
    query = select(*_COLUMNS).where(runs.c.finished_at > at).order_by(runs.c.id)
    newest = {row.job: row for row in connection.execute(query)}
    return [_run(row) for row in newest.values() if row.state in ("failed", "partial")]


def load_run_before(connection: Connection, run: Run) -> Run | None:
    """Return the newest finished run of the same job that was opened before this one."""
    query = (
        select(*_COLUMNS)
        .where(runs.c.job == run.job, runs.c.id < run.id, runs.c.state != "running")
        .order_by(runs.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _run(row) if row else None


def load_slots_since(connection: Connection, job: str, at: datetime) -> dict[str, int]:
    """Return the slots at and after that moment about which something is written: slot -> how many it stands for."""
    query = select(runs.c.slot, runs.c.state, runs.c.counts).where(runs.c.job == job, runs.c.as_of >= at)
    return {
        row.slot: row.counts.get(SLOTS, 1) if row.state == "missed" else 1
        for row in connection.execute(query)
    }


def load_usual_duration(connection: Connection, job: str, *, of: int = 10) -> timedelta | None:
    """Return the median time of the job's last runs that came to an end by work; None when there was none."""
    query = (
        select(runs.c.started_at, runs.c.finished_at)
        .where(runs.c.job == job, runs.c.state.in_(("ok", "partial")))
        .order_by(runs.c.id.desc())
        .limit(of)
    )
    took = sorted(row.finished_at - row.started_at for row in connection.execute(query))
    return took[len(took) // 2] if took else None


def _run(row: Row[Any]) -> Run:
    return Run(**row._mapping)


def delete_runs_before(connection: Connection, at: datetime, *, idle_before: datetime) -> int:
    """Forget runs older than `at`, and already those older than `idle_before` that had nothing to do."""
    old = (runs.c.finished_at < at) | ((runs.c.state == "nothing") & (runs.c.finished_at < idle_before))
    ids = list(connection.execute(select(runs.c.id).where(old)).scalars())
    for chunk in chunked(ids, 500):
        connection.execute(delete(runs).where(runs.c.id.in_(chunk)))
    return len(ids)
