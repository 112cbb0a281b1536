"""The embedded engine: a pool of threads over the rows; no server, nothing to install.

Any number of processes may work on the steps of one run: each step is claimed by one conditional update and held by
a lease that is renewed while it is worked on. A process that dies, or freezes, loses its steps to the others when
the lease is over; what it does to them later does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from time import monotonic

import structlog

from steward.engine.job import Job
from steward.engine.process_lock import AlreadyRunning, ProcessLock
from steward.engine.runs import Workshop, run_step
from steward.store import steps as rows
from steward.store.runs import load_running
from steward.store.steps import OpenStep

__all__ = ["AlreadyRunning", "EmbeddedEngine", "ProcessLock", "choose_steps"]
LOOK_EVERY_S = 1.0
"""How long a step that somebody else opened waits at most until it is seen."""
_PER_RUN = 64
_AFTER_TROUBLE_S = 5.0
log = structlog.get_logger()
OnStep = Callable[[int, int], None]


class EmbeddedEngine:
    """Works off the open steps of runs with a few threads."""

    def __init__(self, workshop: Workshop, *, threads: int = 4) -> None:
        self._workshop = workshop
        self._threads = threads
        self._wake = Event()
        self._in_hand: dict[Future[bool], OpenStep] = {}
        self._waiting = 0
        self._renewed_at = monotonic()

    def work_off(self, run_id: int | None = None, *, on_step: OnStep | None = None) -> int:
        """Work until no step is open, of one run or of all that were left unfinished.

        Steps that another process has in hand are waited for.

        Args:
            on_step: told (done, known so far) after each step, for a progress bar.

        Returns:
            How many steps this process closed.
        """
        done = 0
        with ThreadPoolExecutor(self._threads, thread_name_prefix="step") as pool:
            while True:
                self._fill(pool, run_id)
                if not self._in_hand and not self._has_open(run_id):
                    return done
                self._pause()
                closed = sum(future.result() for future in self._take_done())
                done += closed
                if on_step is not None and closed:
                    on_step(done, done + self._waiting + len(self._in_hand))

    def serve(self, stop: Event) -> None:
        """Work off whatever is opened, by whomever, until told to stop; then claim nothing more.

        What is in hand at the end goes on in its threads: `finish` waits for it.
        """
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="step")
        while not stop.is_set():
            try:
                self._fill(self._pool, None)
                self._pause()
            except Exception as error:
                log.error(f"查找待做的步骤出错，稍后再试：{error}", action="engine_failed")
                stop.wait(_AFTER_TROUBLE_S)
            self._report(self._take_done())

    def finish(self, *, at_most_s: float) -> bool:
        """Wait for the steps in hand, and renew their leases meanwhile; False where time ran out."""
        until = monotonic() + at_most_s
        while self._in_hand and monotonic() < until:
            with suppress(Exception):  # a lease that cannot be renewed now is over soon
                self._pause()
            self._report(self._take_done())
        return not self._in_hand

    def wake(self) -> None:
        """Look for open steps at once."""
        self._wake.set()

    def _report(self, finished: Sequence[Future[bool]]) -> None:
        for future in finished:
            if error := future.exception():
                # The step keeps its claim until the lease is over, and is done again then.
                log.error(f"步骤中断：{error}", action="step_interrupted", exc_info=error)

    def _fill(self, pool: ThreadPoolExecutor, run_id: int | None) -> None:
        """Take steps in hand while threads are free."""
        if len(self._in_hand) >= self._threads:
            return
        found = [step for step in self._claimable(run_id) if step.id not in self._ids]
        chosen = choose_steps(
            found, list(self._in_hand.values()), self._threads - len(self._in_hand), self._workshop.jobs
        )
        for step in chosen:
            future = pool.submit(run_step, self._workshop, step.id)
            self._in_hand[future] = step
            future.add_done_callback(lambda _: self._wake.set())
        self._waiting = len(found) - len(chosen)

    @property
    def _ids(self) -> set[int]:
        return {step.id for step in self._in_hand.values()}

    def _claimable(self, run_id: int | None) -> list[OpenStep]:
        now = self._workshop.now()
        with self._workshop.database.read() as connection:
            run_ids = [run.id for run in load_running(connection)] if run_id is None else [run_id]
            return [
                step
                for one in run_ids
                for step in rows.load_claimable(connection, now=now, run_id=one, limit=_PER_RUN)
            ]

    def _has_open(self, run_id: int | None) -> bool:
        with self._workshop.database.read() as connection:
            return rows.has_open_steps(connection, run_id)

    def _pause(self) -> None:
        """Wait until a step is done, somebody wakes us, or it is time to look again; keep the leases meanwhile."""
        lease_s = self._workshop.lease.total_seconds()
        self._wake.wait(min(LOOK_EVERY_S, lease_s / 3))
        self._wake.clear()
        if monotonic() - self._renewed_at >= lease_s / 3:
            self._renewed_at = monotonic()
            self._workshop.claims.renew(
                self._workshop.database, now=self._workshop.now(), lease=self._workshop.lease
            )

    def _take_done(self) -> list[Future[bool]]:
        done = [future for future in self._in_hand if future.done()]
        for future in done:
            del self._in_hand[future]
        return done


def choose_steps(
    waiting: Sequence[OpenStep], in_hand: Collection[OpenStep], free: int, jobs: Mapping[str, Job]
) -> list[OpenStep]:
    """Decide which steps to take next: of the run that has the fewest in hand, so that no job waits for another's end.

    Of steps that compute only one is in hand at a time: the others would only hold a thread and wait.
    """
    chosen: list[OpenStep] = []
    left = list(waiting)
    busy = Counter(step.run_id for step in in_hand)
    computing = any(not _is_parallel(step, jobs) for step in in_hand)
    while left and len(chosen) < free:
        able = [step for step in left if not computing or _is_parallel(step, jobs)]
        if not able:
            break
        step = min(able, key=lambda one: (busy[one.run_id], one.run_id, one.id))
        left.remove(step)
        chosen.append(step)
        busy[step.run_id] += 1
        computing = computing or not _is_parallel(step, jobs)
    return chosen


def _is_parallel(step: OpenStep, jobs: Mapping[str, Job]) -> bool:
    # A job that is no more has no stages: its steps end at once.
    stages = jobs[step.job].stages if step.job in jobs else ()
    return step.stage >= len(stages) or stages[step.stage].parallel
