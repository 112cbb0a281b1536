"""A workshop whose jobs note what they did, so that a test can count effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from steward.engine.embedded import EmbeddedEngine
from steward.engine.job import Job, Stage
from steward.engine.runs import Workshop, start_run
from steward.model.run import Run
from steward.store.database import Database
from steward.store.remembered import save_fact
from steward.store.runs import load_run
from tests.factories import NOW

Work = Callable[[Any, Mapping[str, Any]], Mapping[str, int]]


def make_stage(work: Work, steps: int = 1) -> Stage:
    return Stage(work=work, split=lambda _context, _connection: [{"number": n} for n in range(steps)])


def make_job(*stages: Stage, name: str = "sync_groups") -> Job:
    return Job(name=name, stages=stages)


def make_workshop(
    database: Database, *jobs: Job, told: list[Run] | None = None, now: datetime = NOW, **over: Any
) -> Workshop:
    def on_finished(connection: Connection, run: Run) -> None:
        # In the transaction that finishes the run: both or neither.
        save_fact(connection, f"told {run.id}", run.state)
        if told is not None:
            told.append(run)

    return Workshop(
        database=database,
        jobs={job.name: job for job in jobs},
        context=lambda _run_id, as_of: as_of,
        now=lambda: now,
        on_finished=on_finished,
        **over,
    )


def run_through(workshop: Workshop, job: Job, slot: str = "08:13", *, as_of: datetime = NOW) -> Run:
    run_id = start_run(workshop, job, slot, as_of=as_of)
    assert run_id is not None
    EmbeddedEngine(workshop, threads=4).work_off(run_id)
    with workshop.database.read() as connection:
        run = load_run(connection, run_id)
    assert run is not None
    return run
