"""Start a run, do one step, finish the run: the same for every engine, all in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import structlog
from sqlalchemy import Connection

from steward.engine.job import Job, Permanent, Stage
from steward.model.run import Counts, Run, RunState
from steward.store import runs as rows
from steward.store.database import Database

MAX_ATTEMPTS = 3
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What the steps are worked off with.

    Args:
        context: (run id, as_of) -> what the stages of that run are given.
        on_finished: called in the transaction that finishes a run (the admins are told of a failure there).
        alone: held by a step of a stage that is not parallel.
    """

    database: Database
    jobs: Mapping[str, Job]
    context: Callable[[int, datetime], Any]
    now: Callable[[], datetime]
    on_finished: Callable[[Connection, Run], None]
    alone: AbstractContextManager[object] = field(default_factory=Lock)


def start_run(workshop: Workshop, job: Job, slot: str, *, as_of: datetime) -> int | None:
    """Open a run with the steps of its first stage; None when that slot was run, or is running, already."""
    with workshop.database.begin() as connection:
        run_id = rows.insert_run(connection, job.name, slot, as_of=as_of, now=workshop.now())
        if run_id is not None:
            log.info(f"任务开始 {job.name} {slot}", action="run_started", run_id=run_id, job=job.name)
            _open_stage(workshop, connection, _Under(job=job, run_id=run_id, as_of=as_of), 0)
    return run_id


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
            rows.insert_steps(connection, run.run_id, number, args)
            return
    _finish(workshop, connection, run.run_id)


def run_step(workshop: Workshop, step_id: int) -> bool:
    """Do one step; the last step of a stage opens the next, the last of all finishes the run.

    Returns:
        True when the step is closed (now or before), False when it should be tried again.
    """
    with workshop.database.read() as connection:
        step = rows.load_open_step(connection, step_id)
    if step is None:
        return True
    job = workshop.jobs.get(step.job, Job(name=step.job, stages=()))
    try:
        stage = _stage_of(job, step)
        with nullcontext() if stage.parallel else workshop.alone:
            counts = stage.work(workshop.context(step.run_id, step.as_of), step.args)
    except Exception as error:
        return _failed(workshop, job, step, error)
    _close(workshop, job, step, "done", counts, None)
    return True


def _stage_of(job: Job, step: rows.Step) -> Stage:
    if step.stage < len(job.stages):
        return job.stages[step.stage]
    raise Permanent(
        f"程序里没有任务 {step.job} 的第 {step.stage + 1} 阶段",
        remedy="这次运行是另一个版本的程序开始的；它已结束，之后的运行不受影响",
    )


def _failed(workshop: Workshop, job: Job, step: rows.Step, error: Exception) -> bool:
    final = isinstance(error, Permanent) or step.attempts + 1 >= MAX_ATTEMPTS
    text = describe(error)
    # A failure of a kind we did not foresee keeps its traceback in the log; the row keeps one line.
    log.error(
        f"步骤失败 {job.name}：{text}",
        action="step_failed",
        run_id=step.run_id,
        step_id=step.id,
        attempt=step.attempts + 1,
        exc_info=not isinstance(error, Permanent),
    )
    if final:
        _close(workshop, job, step, "failed", {}, text)
        return True
    with workshop.database.begin() as connection:
        rows.note_attempt(connection, step, text)
    return False


def describe(error: Exception) -> str:
    """Return the error in one line, with its remedy if it has one."""
    remedy = getattr(error, "remedy", None)
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{text}。处理：{remedy}" if remedy and remedy not in text else text


def _close(
    workshop: Workshop, job: Job, step: rows.Step, state: str, counts: Counts, error: str | None
) -> None:
    with workshop.database.begin() as connection:
        left = rows.close_step(connection, step, state=state, counts=counts, error=error, now=workshop.now())
        if left != 0:
            return
        if state == "failed" and not _any_done(connection, step):
            _finish(workshop, connection, step.run_id)
        else:
            run = _Under(job=job, run_id=step.run_id, as_of=step.as_of)
            _open_stage(workshop, connection, run, step.stage + 1)


def _any_done(connection: Connection, step: rows.Step) -> bool:
    return any(state == "done" for state, _, _ in rows.load_step_results(connection, step.run_id))


def _finish(workshop: Workshop, connection: Connection, run_id: int, *, error: str | None = None) -> None:
    """Close the run. `error`: why it cannot go on, where it is no step that failed."""
    results = rows.load_step_results(connection, run_id)
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
