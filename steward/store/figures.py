"""How things stand, in numbers: one short look for health and metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, text

from steward.model.delivery import Openings
from steward.model.run import RunState
from steward.model.source import SourceState
from steward.store.lanes import LaneState, count_accounts, load_lanes, sum_all_spent
from steward.store.outbox import count_by_status
from steward.store.schedule_state import Pause, Process, load_database_now, load_pauses, load_processes
from steward.store.schema import outbox, runs
from steward.store.sources import load_sources

SUCCESS: tuple[RunState, ...] = ("ok", "partial", "nothing")
"""The round took place; what could not be done is counted in it."""
ENDED: tuple[RunState, ...] = (*SUCCESS, "failed", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The newest run of a job that is over. `good_at`: when one last ended well; None = never."""

    job: str
    slot: str
    state: RunState
    finished_at: datetime | None
    good_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that is looked up for health and metrics. Names of sources and budgets hold userids and chat ids.

    Args:
        at: when it was looked.
        messages: state -> how many; a state without any is absent.
        due_since: since when the oldest message that could be sent now has been due; None: none is.
        runs: of each job that ever ran.
        spent: window -> budget -> units used up in it.
        accounts: employees known; 0 before the directory was ever read.
        revision: of the schema; None: there is none.
        clock_offset: how far this machine's clock is ahead of the database's; None for SQLite, which has none.
    """

    at: datetime
    messages: Mapping[str, int]
    due_since: datetime | None
    runs: tuple[LastRun, ...]
    sources: tuple[SourceState, ...]
    lanes: tuple[LaneState, ...]
    pauses: tuple[Pause, ...]
    spent: Mapping[timedelta | None, Mapping[str, int]]
    accounts: int
    processes: tuple[Process, ...]
    revision: str | None
    clock_offset: timedelta | None


def load_figures(
    connection: Connection,
    *,
    now: datetime,
    machine_now: datetime,
    jobs: Iterable[str],
    openings: Openings,
    windows: Mapping[timedelta | None, datetime],
) -> Figures:
    """Return how things stand.

    Args:
        now: by the clock that processes share.
        machine_now: by this machine's own clock, which is held against the database's.
        jobs: whose last runs are looked up.
        openings: by which channels may be sent now; what waits for the others (quiet hours) is not late.
        windows: of which windows the budgets are summed up, each with the moment after which an entry counts.
    """
    theirs = load_database_now(connection)
    return Figures(
        at=now,
        messages=count_by_status(connection),
        due_since=_load_oldest_due(connection, now, openings),
        runs=tuple(run for job in jobs if (run := _load_last_run(connection, job)) is not None),
        sources=tuple(load_sources(connection)),
        lanes=tuple(load_lanes(connection)),
        pauses=tuple(load_pauses(connection).values()),
        spent={window: sum_all_spent(connection, since=since) for window, since in windows.items()},
        accounts=count_accounts(connection),
        processes=tuple(load_processes(connection)),
        revision=connection.execute(text("SELECT version_num FROM alembic_version")).scalar(),
        clock_offset=None if theirs is None else machine_now - theirs,
    )


def _load_oldest_due(connection: Connection, now: datetime, openings: Openings) -> datetime | None:
    query = select(func.min(outbox.c.next_attempt_at)).where(
        outbox.c.status == "pending",
        outbox.c.next_attempt_at <= now,
        or_(
            outbox.c.channel.in_(openings.channels),
            outbox.c.urgent & outbox.c.channel.in_(openings.urgent_channels),
        ),
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def _load_last_run(connection: Connection, job: str) -> LastRun | None:
    # A job that never ran is told by the index over jobs. That index would sort a busy job's quarter of a million
    # runs to find the newest (0.3 s, measured); `job || ''` keeps it out, and on the way back by id it is met at once.
    if connection.execute(select(runs.c.id).where(runs.c.job == job).limit(1)).first() is None:
        return None
    newest = (
        select(runs)
        .where(runs.c.job.concat("") == job, runs.c.state.in_(ENDED))
        .order_by(runs.c.id.desc())
        .limit(1)
    )
    row = connection.execute(newest).one_or_none()
    if row is None:
        return None
    good_at = row.finished_at
    if row.state not in SUCCESS:
        good = newest.with_only_columns(runs.c.finished_at).where(runs.c.state.in_(SUCCESS))
        good_at = connection.execute(good).scalar()
    return LastRun(job=job, slot=row.slot, state=row.state, finished_at=row.finished_at, good_at=good_at)
