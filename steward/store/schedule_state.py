"""How far each schedule was walked, which are paused, and which processes serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, text

from steward.store.giving_way import give_way
from steward.store.schema import facts, processes, schedule_pauses
from steward.store.upsert import insert_for, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The last row of a frequent schedule that stands for several missed slots; the next may be added to it."""

    run_id: int
    why: str
    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far the slots of one schedule, as it was written, are settled.

    Args:
        plan_id: of the schedule's wording; a schedule that is changed is walked under another.
        schedule: the wording itself, so that what it meant is known when it is gone.
        until: every slot up to then is settled, or of no concern.
        seen: when some process last walked it.
        born: when it came into force.
        before: the wording it replaced; of slots before `born` only those count that both mean.
    """

    job: str
    plan_id: str
    schedule: Mapping[str, Any]
    until: datetime
    seen: datetime
    born: datetime
    before: Mapping[str, Any] | None = None
    span: Span | None = None


def load_walks(connection: Connection, job: str) -> list[Walk]:
    """Return every walk of a job, the one seen last first."""
    query = select(facts.c.name, facts.c.value).where(
        facts.c.name.startswith(_name(job, ""), autoescape=True)
    )
    found = [_to_walk(name, value) for name, value in connection.execute(query)]
    return sorted(found, key=lambda walk: walk.seen, reverse=True)


def lock_walk(connection: Connection, first: Walk) -> Walk | None:
    """Return where a walk stands, and keep others from it to the end of the transaction.

    Args:
        first: written down where the schedule was never walked.

    Returns:
        None when another process is walking it at this moment.
    """
    give_way(connection)
    name = _name(first.job, first.plan_id)
    new = insert_for(connection, facts).values(name=name, value=_to_value(first)).on_conflict_do_nothing()
    connection.execute(new)
    # SQLite knows no row locks and needs none: there is one writer at a time.
    query = select(facts.c.value).where(facts.c.name == name).with_for_update(skip_locked=True)
    value = connection.execute(query).scalar_one_or_none()
    return None if value is None else _to_walk(name, value)


def save_walk(connection: Connection, walk: Walk) -> None:
    """Write down how far it came."""
    upsert(connection, facts, [{"name": _name(walk.job, walk.plan_id), "value": _to_value(walk)}])


def delete_walk(connection: Connection, walk: Walk) -> None:
    """Forget a schedule that is no longer in force."""
    connection.execute(delete(facts).where(facts.c.name == _name(walk.job, walk.plan_id)))


def _name(job: str, plan_id: str) -> str:
    return f"walk:{job}:{plan_id}"


_MOMENTS = ("until", "seen", "born")


def _to_value(walk: Walk) -> Mapping[str, Any]:
    span = walk.span and {
        "run_id": walk.span.run_id,
        "why": walk.span.why,
        "first_at": walk.span.first_at.isoformat(),
        "last_at": walk.span.last_at.isoformat(),
        "count": walk.span.count,
    }
    moments = {name: getattr(walk, name).isoformat() for name in _MOMENTS}
    before = None if walk.before is None else dict(walk.before)
    return {**moments, "schedule": dict(walk.schedule), "before": before, "span": span}


def _to_walk(name: str, value: Mapping[str, Any]) -> Walk:
    _, job, plan_id = name.split(":", 2)
    span = value["span"]
    if span is not None:
        moments = {key: datetime.fromisoformat(span[key]) for key in ("first_at", "last_at")}
        span = Span(run_id=span["run_id"], why=span["why"], count=span["count"], **moments)
    return Walk(
        job=job,
        plan_id=plan_id,
        schedule=value["schedule"],
        before=value["before"],
        span=span,
        **{key: datetime.fromisoformat(value[key]) for key in _MOMENTS},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why a schedule does not run, since when, by whom; `until_on` is the first day it runs again, None: open."""

    job: str
    reason: str
    until_on: date | None
    by: str
    at: datetime


def load_pauses(connection: Connection) -> dict[str, Pause]:
    """Return every pause by job, those too whose day has come: what they held back may still have to be told."""
    columns = [schedule_pauses.c[name] for name in Pause.__dataclass_fields__]
    return {row.job: Pause(**row._mapping) for row in connection.execute(select(*columns))}


def save_pause(connection: Connection, pause: Pause) -> None:
    """Pause a schedule, or pause it differently."""
    values = {name: getattr(pause, name) for name in Pause.__dataclass_fields__}
    upsert(connection, schedule_pauses, [values])


def delete_pause(connection: Connection, job: str) -> bool:
    """Let a schedule run again; False when it was not paused."""
    return connection.execute(delete(schedule_pauses).where(schedule_pauses.c.job == job)).rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process that serves: "host:pid:word", since when, when it was last heard of."""

    name: str
    started_at: datetime
    beat_at: datetime
    version: str


def save_beat(
    connection: Connection, process: Process, *, forget_after: timedelta = timedelta(days=1)
) -> None:
    """Say that a process lives; those not heard of for a day are forgotten."""
    values = {name: getattr(process, name) for name in Process.__dataclass_fields__}
    upsert(connection, processes, [values])
    connection.execute(delete(processes).where(processes.c.beat_at < process.beat_at - forget_after))


def load_processes(connection: Connection) -> list[Process]:
    """Return who serves, or did within a day, the one heard of last first."""
    columns = [processes.c[name] for name in Process.__dataclass_fields__]
    query = select(*columns).order_by(processes.c.beat_at.desc(), processes.c.name)
    return [Process(**row._mapping) for row in connection.execute(query)]


def delete_process(connection: Connection, name: str) -> None:
    """Forget a process that ended as it should."""
    connection.execute(delete(processes).where(processes.c.name == name))


def delete_processes(connection: Connection) -> None:
    """Forget every process: at the start of the only one there can be."""
    connection.execute(delete(processes))


def load_database_now(connection: Connection) -> datetime | None:
    """Return what time the database's machine has; None on SQLite, where that is this machine."""
    if connection.dialect.name == "sqlite":
        return None
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now
