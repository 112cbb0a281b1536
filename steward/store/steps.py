"""Steps of runs. A step belongs to one claim at a time; a claim is held for a lease and renewed while it is worked on.

`claimed_by` is another word for each claim, so whoever was frozen and comes back finds that his claim is gone, even
if the step is back in his own process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from steward.model.run import Counts
from steward.store.giving_way import give_way
from steward.store.schema import runs, steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run as the engine works it off. `attempts` counts the tries that failed."""

    id: int
    run_id: int
    job: str
    stage: int
    as_of: datetime
    args: Mapping[str, Any]
    attempts: int
    claimed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStep:
    """One step that waits for somebody."""

    id: int
    run_id: int
    job: str
    stage: int


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


def load_claimable(
    connection: Connection, *, now: datetime, run_id: int | None = None, limit: int = 500
) -> list[OpenStep]:
    """Return open steps nobody has in hand, of one run or of all, oldest first."""
    query = (
        select(steps.c.id, steps.c.run_id, steps.c.stage, runs.c.job)
        .join(runs, runs.c.id == steps.c.run_id)
        .where(steps.c.state == "open", _free(now))
        .order_by(steps.c.run_id, steps.c.id)
        .limit(limit)
    )
    if run_id is not None:
        query = query.where(steps.c.run_id == run_id)
    return [OpenStep(**row._mapping) for row in connection.execute(query)]


def _free(now: datetime) -> Any:
    return or_(steps.c.claimed_by.is_(None), steps.c.lease_until <= now)


def claim_step(
    connection: Connection, step_id: int, *, claim: str, now: datetime, lease_until: datetime
) -> Step | None:
    """Take one step in hand; None when it is closed or somebody else has it.

    Args:
        claim: a word that no other claim has or will have.
    """
    give_way(connection)
    claimed = connection.execute(
        update(steps)
        .where(steps.c.id == step_id, steps.c.state == "open", _free(now))
        .values(claimed_by=claim, lease_until=lease_until)
    )
    if claimed.rowcount != 1:
        return None
    query = (
        select(steps, runs.c.job, runs.c.as_of)
        .join(runs, runs.c.id == steps.c.run_id)
        .where(steps.c.id == step_id)
    )
    row = connection.execute(query).one()
    return Step(**{name: getattr(row, name) for name in Step.__dataclass_fields__})


def renew_claims(connection: Connection, claims: Collection[str], *, lease_until: datetime) -> int:
    """Hold the claims for another lease; returns how many are still ours."""
    give_way(connection)
    return connection.execute(
        update(steps)
        .where(steps.c.claimed_by.in_(list(claims)), steps.c.state == "open")
        .values(lease_until=lease_until)
    ).rowcount


def release_claims(connection: Connection, claims: Collection[str]) -> int:
    """Let go of steps that were not finished, so that others need not wait for the lease."""
    return _release(connection, steps.c.claimed_by.in_(list(claims)))


def release_every_claim(connection: Connection) -> int:
    """Let go of every step: at the start of the only process there is, nobody can have one in hand.

    Only with SQLite there is but one; on PostgreSQL nothing is done, the leases end by themselves.
    """
    return _release(connection, steps.c.claimed_by.is_not(None)) if connection.dialect.name == "sqlite" else 0


def _release(connection: Connection, whose: Any) -> int:
    released = update(steps).where(and_(whose, steps.c.state == "open"))
    return connection.execute(released.values(claimed_by=None, lease_until=None)).rowcount


def close_step(
    connection: Connection,
    step: Step,
    *,
    state: str,
    counts: Counts,
    error: str | None,
    now: datetime,
) -> int | None:
    """Close a step once, by the claim it was taken with.

    Returns:
        How many steps of its run are still open; None when it was closed before us, or the claim is no longer ours.
    """
    values = {
        "state": state,
        "counts": dict(counts),
        "error": error,
        "attempts": step.attempts + 1,
        "finished_at": now,
        "claimed_by": None,
        "lease_until": None,
    }
    give_way(connection)
    if connection.execute(update(steps).where(_still_ours(step)).values(values)).rowcount != 1:
        return None
    left: int = connection.execute(
        update(runs)
        .where(runs.c.id == step.run_id)
        .values(open_steps=runs.c.open_steps - 1)
        .returning(runs.c.open_steps)
    ).scalar_one()
    return left


def note_attempt(connection: Connection, step: Step, error: str) -> bool:
    """Count a failed try of a step and let go of it, to be tried again; False when the claim is no longer ours."""
    values = {"attempts": step.attempts + 1, "error": error, "claimed_by": None, "lease_until": None}
    return connection.execute(update(steps).where(_still_ours(step)).values(values)).rowcount == 1


def _still_ours(step: Step) -> Any:
    return and_(steps.c.id == step.id, steps.c.state == "open", steps.c.claimed_by == step.claimed_by)


def load_step_results(connection: Connection, run_id: int) -> list[tuple[str, Counts, str | None]]:
    """Return (state, counts, error) of every step of a run, in order."""
    query = (
        select(steps.c.state, steps.c.counts, steps.c.error)
        .where(steps.c.run_id == run_id)
        .order_by(steps.c.stage, steps.c.number)
    )
    return [(row.state, row.counts or {}, row.error) for row in connection.execute(query)]


def count_steps(connection: Connection, run_id: int, *, now: datetime) -> tuple[int, int, int]:
    """Return how many steps of a run are closed, how many there are so far, and how many somebody has in hand."""
    is_open = steps.c.state == "open"
    in_hand = and_(is_open, steps.c.claimed_by.is_not(None), steps.c.lease_until > now)
    counted = select(func.count().filter(~is_open), func.count(), func.count().filter(in_hand)).where(
        steps.c.run_id == run_id
    )
    closed, known, held = connection.execute(counted).one()
    return closed, known, held


def has_open_steps(connection: Connection, run_id: int | None = None) -> bool:
    """Return whether anything is left to do, of one run or of all, in hand or not."""
    query = select(steps.c.id).where(steps.c.state == "open").limit(1)
    if run_id is not None:
        query = query.where(steps.c.run_id == run_id)
    return connection.execute(query).first() is not None
