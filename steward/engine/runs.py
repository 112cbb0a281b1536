"""Start a run, do one step, finish the run: the same for every engine, all in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection
from structlog.contextvars import bound_contextvars

from steward.engine.claims import Claims
from steward.engine.excerpt import EXCERPTS, LINES
from steward.engine.job import Job, Permanent, Stage
from steward.model.run import Counts, Run, RunState
from steward.store import runs as rows
from steward.store import steps as step_rows
from steward.store.database import Database

MAX_ATTEMPTS = 3
log = structlog.get_logger()


def _ignore(_: Run) -> None:
    """Do nothing: the default of hooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the steps are worked off with.

    Args:
        context: (run id, as_of) -> what the stages of that run are given.
        on_finished: called in the transaction that finishes a run (the admins are told of a failure there).
        alone: held by a step of a stage that is not parallel.
        name: this process; it stands in the claims of its steps, for people.
        lease: how long a step stays with a process nobody hears of; renewed while it is worked on.
        new_id: a word nobody else has, for each claim.
        opened: told of a run, and closed: of its end, each after the transaction that wrote it.
    """

    database: Database
    jobs: Mapping[str, Job]
    context: Callable[[int, datetime], Any]
    now: Callable[[], datetime]
    on_finished: Callable[[Connection, Run], None]
    alone: AbstractContextManager[object] = field(default_factory=Lock)
    name: str = "steward"
    lease: timedelta = timedelta(seconds=60)
    new_id: Callable[[], str] = lambda: uuid4().hex
    claims: Claims = field(default_factory=Claims)
    opened: Callable[[Run], None] = _ignore
    closed: Callable[[Run], None] = _ignore


def start_run(
    workshop: Workshop, job: Job, slot: str, *, as_of: datetime, by: str | None = None
) -> int | None:
    """Open a run with the steps of its first stage.

    Returns:
        Its id; None when that slot has a row already, or another run of the job is under way.
    """
    with workshop.database.begin() as connection:
        run_id = open_run(workshop, connection, job, slot, as_of=as_of, by=by)
    if run_id is not None:
        tell_of(workshop, run_id)
    return run_id


def open_run(
    workshop: Workshop, connection: Connection, job: Job, slot: str, *, as_of: datetime, by: str | None = None
) -> int | None:
    """Do what `start_run` does, in the caller's transaction; after it, `tell_of` is to be called."""
    by = by or workshop.name
    run_id = rows.insert_run(connection, job.name, slot, as_of=as_of, now=workshop.now(), by=by)
    if run_id is not None:
        with bound_contextvars(run_id=run_id, job=job.name):
            log.info(f"任务开始 {job.name} {slot}", action="run_started", by=by)
            _open_stage(workshop, connection, _Under(job=job, run_id=run_id, as_of=as_of), 0)
    return run_id


def tell_of(workshop: Workshop, run_id: int) -> None:
    """Tell whoever waits for runs that this one was opened, and that it is over where it never had a step."""
    with workshop.database.read() as connection:
        run = rows.load_run(connection, run_id)
        _, known, _ = step_rows.count_steps(connection, run_id, now=workshop.now())
    if run is None:
        return
    workshop.opened(run)
    if not known:
        workshop.closed(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Under:
    """The run under way."""

    job: Job
    run_id: int
    as_of: datetime


def _open_stage(workshop: Workshop, connection: Connection, run: _Under, first: int) -> None:
    """Add the steps of the first stage that has any, counted from `first`; finish the run where none has."""
    for number in range(first, len(run.job.stages)):
        try:
            with connection.begin_nested():
                args = run.job.stages[number].split(workshop.context(run.run_id, run.as_of), connection)
        except Exception as error:
            # Nothing is left that could be tried again: the run ends here, and the admins hear why.
            text = describe(error)
            log.exception(f"无法拆分任务 {run.job.name}：{text}", action="split_failed", run_id=run.run_id)
            _finish(workshop, connection, run.run_id, error=text)
            return
        if args:
            step_rows.insert_steps(connection, run.run_id, number, args)
            return
    _finish(workshop, connection, run.run_id)


def run_step(workshop: Workshop, step_id: int) -> bool:
    """Do one step; the last step of a stage opens the next, the last of all finishes the run.

    Returns:
        True when this call closed it; False when it should be tried again, is closed already, or somebody else
        has it in hand, or took it while this process was frozen.
    """
    now, claim = workshop.now(), f"{workshop.name} {workshop.new_id()}"
    with workshop.claims.holding(claim):
        with workshop.database.begin() as connection:
            step = step_rows.claim_step(
                connection, step_id, claim=claim, now=now, lease_until=now + workshop.lease
            )
        if step is None:
            return False
        with bound_contextvars(run_id=step.run_id, job=step.job, step_id=step.id):
            return _work(workshop, step)


def _work(workshop: Workshop, step: step_rows.Step) -> bool:
    job = workshop.jobs.get(step.job, Job(name=step.job, stages=()))
    try:
        stage = _stage_of(job, step)
        with nullcontext() if stage.parallel else workshop.alone:
            counts = stage.work(workshop.context(step.run_id, step.as_of), step.args)
    except Exception as error:
        return _failed(workshop, job, step, error)
    return _close(workshop, job, step, "done", counts, None)


def _stage_of(job: Job, step: step_rows.Step) -> Stage:
    if step.stage < len(job.stages):
        return job.stages[step.stage]
    raise Permanent(
        f"程序里没有任务 {step.job} 的第 {step.stage + 1} 阶段",
        remedy="这次运行是另一个版本的程序开始的；它已结束，之后的运行不受影响",
    )


def _failed(workshop: Workshop, job: Job, step: step_rows.Step, error: Exception) -> bool:
    final = isinstance(error, Permanent) or step.attempts + 1 >= MAX_ATTEMPTS
    text = describe(error)
    # A failure of a kind we did not foresee keeps its traceback in the log; the row keeps one line.
    log.error(
        f"步骤失败 {job.name}：{text}",
        action="step_failed",
        attempt=step.attempts + 1,
        exc_info=not isinstance(error, Permanent),
    )
    if final:
        return _close(workshop, job, step, "failed", {}, text)
    with workshop.database.begin() as connection:
        step_rows.note_attempt(connection, step, text)
    return False


def describe(error: Exception) -> str:
    """Return the error in one line, with its remedy if it has one."""
    remedy = getattr(error, "remedy", None)
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{text}。处理：{remedy}" if remedy and remedy not in text else text


def _close(
    workshop: Workshop, job: Job, step: step_rows.Step, state: str, counts: Counts, error: str | None
) -> bool:
    def write(connection: Connection) -> int | None:
        left = step_rows.close_step(
            connection, step, state=state, counts=counts, error=error, now=workshop.now()
        )
        if left == 0:
            _go_on(workshop, connection, job, step, state)
        if left is not None:
            _keep_log(connection, step.run_id)
        return left

    # What was done is not to be forgotten because PostgreSQL restarts at this moment.
    left = workshop.database.insist(write)
    if left is None:
        log.warning("步骤已由别的进程接手，本次结果不计", action="step_lost")
        return False
    if left == 0:
        _tell_if_over(workshop, step.run_id)
    return True


def _keep_log(connection: Connection, run_id: int) -> None:
    rows.add_log(connection, run_id, EXCERPTS.take(run_id), at_most=LINES)


def _go_on(workshop: Workshop, connection: Connection, job: Job, step: step_rows.Step, state: str) -> None:
    if state == "failed" and not _any_done(connection, step):
        _finish(workshop, connection, step.run_id)
    else:
        run = _Under(job=job, run_id=step.run_id, as_of=step.as_of)
        _open_stage(workshop, connection, run, step.stage + 1)


def _tell_if_over(workshop: Workshop, run_id: int) -> None:
    with workshop.database.read() as connection:
        run = rows.load_run(connection, run_id)
    if run is not None and run.state != "running":
        workshop.closed(run)


def _any_done(connection: Connection, step: step_rows.Step) -> bool:
    return any(state == "done" for state, _, _ in step_rows.load_step_results(connection, step.run_id))


def _finish(workshop: Workshop, connection: Connection, run_id: int, *, error: str | None = None) -> None:
    """Close the run. `error`: why it cannot go on, where it is no step that failed."""
    results = step_rows.load_step_results(connection, run_id)
    counts: Counter[str] = Counter()
    for _, step_counts, _ in results:
        counts.update(step_counts)
    states = [state for state, _, _ in results] + (["failed"] if error else [])
    error = error or next((text for state, _, text in results if state == "failed"), None)
    state = decide_state(states, counts)
    if not rows.finish_run(
        connection, run_id, state=state, counts=dict(counts), error=error, now=workshop.now()
    ):
        return
    run = rows.load_run(connection, run_id)
    if run is not None:
        log.info(
            f"任务结束 {run.job} {run.slot}：{state}", action="run_finished", run_id=run_id, counts=run.counts
        )
        _keep_log(connection, run_id)
        _tell(workshop, connection, run)


def _tell(workshop: Workshop, connection: Connection, run: Run) -> None:
    # The run is over in any case, even where the admins cannot be told.
    try:
        with connection.begin_nested():
            workshop.on_finished(connection, run)
    except Exception:
        log.exception(f"无法通知管理员：{run.job} {run.slot}", action="alert_failed", run_id=run.id)


def decide_state(step_states: Sequence[str], counts: Counts) -> RunState:
    """Decide how a run went from its steps and what they counted (pure).

    A run whose every step failed has failed; some failed, or something counted as failed: partial; nothing
    counted at all: there was nothing to do.
    """
    failed = step_states.count("failed")
    if failed and failed == len(step_states):
        return "failed"
    if failed or any(count for key, count in counts.items() if key.startswith("failed")):
        return "partial"
    return "ok" if any(counts.values()) else "nothing"
