"""Walk the slots of a schedule: every planned moment since the last look gets its run, or a row that says why not.

Every process walks every schedule, at each ring, at its start and each minute; the unique (job, slot) row decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from steward.clock.working_days import WorkingDays
from steward.engine.missed import MissedRow, OnMissed, Scribe
from steward.engine.runs import Workshop, open_run, tell_of
from steward.engine.slots import PauseSpan, Situation, Slot, settle, without_taken
from steward.engine.timetable import Timetable, from_said
from steward.store import runs as rows
from steward.store.schedule_state import Pause, Walk, load_pauses, load_walks, lock_walk, save_walk

__all__ = ["MissedRow", "OnMissed", "to_pause_span", "walk", "walk_off"]
ABANDONED: Final = timedelta(minutes=10)
"""A schedule nobody walked for so long is in force nowhere any more."""
_CLOCK_PUT_BACK: Final = timedelta(minutes=5)
_TICK: Final = timedelta(microseconds=1)
log = structlog.get_logger()


def walk(
    workshop: Workshop,
    timetable: Timetable,
    *,
    on_missed: OnMissed = lambda _connection, _row: None,
    alone: bool = False,
    may_run: bool = True,
) -> int | None:
    """Settle the slots that have come, and run at most one of them.

    Args:
        on_missed: called in the transaction that writes down missed slots.
        alone: no other process serves this database; what another wording left behind is ours to settle.
        may_run: False settles what is missed and leaves what would be run to the next walk.

    Returns:
        The id of the run that was opened; None where there was none to open.
    """
    with workshop.database.begin() as connection:
        run_id = _Walker(workshop, timetable, connection, on_missed, alone=alone, may_run=may_run).walk()
    if run_id is not None:
        tell_of(workshop, run_id)
    return run_id


def walk_off(
    workshop: Workshop,
    job: str,
    zone: ZoneInfo,
    working_days: WorkingDays,
    *,
    on_missed: OnMissed = lambda _connection, _row: None,
    alone: bool = False,
) -> None:
    """Settle what the last schedule of a job left behind that is switched off now."""
    now = workshop.now()
    with workshop.database.begin() as connection:
        for old in load_walks(connection, job):
            if alone or now - old.seen > ABANDONED:
                scribe = Scribe(workshop, connection, zone, on_missed)
                scribe.close(old, from_said(job, old.schedule, working_days), now, kept=set(), why="off")


def to_pause_span(pause: Pause | None, zone: ZoneInfo) -> PauseSpan | None:
    """Return the moments a pause covers: up to the midnight that begins its `until_on`."""
    if pause is None:
        return None
    end = datetime.combine(pause.until_on, time(), tzinfo=zone) if pause.until_on else None
    return PauseSpan(since=pause.at, until=end, reason=pause.reason, by=pause.by, until_on=pause.until_on)


class _Walker:
    """One walk, in one transaction."""

    def __init__(
        self,
        workshop: Workshop,
        timetable: Timetable,
        connection: Connection,
        on_missed: OnMissed,
        *,
        alone: bool,
        may_run: bool,
    ) -> None:
        self._workshop = workshop
        self._timetable = timetable
        self._connection = connection
        self._alone = alone
        self._may_run = may_run
        self._now = workshop.now()
        self._scribe = Scribe(workshop, connection, timetable.plan.zone, on_missed)

    def walk(self) -> int | None:
        others = [
            one
            for one in load_walks(self._connection, self._timetable.job)
            if one.plan_id != self._timetable.plan_id
        ]
        found = lock_walk(self._connection, self._first(others))
        if found is None:
            return None
        state = self._mended(found)
        self._close_others(others, state)
        return self._settle(state)

    def _first(self, others: Sequence[Walk]) -> Walk:
        """Return where a schedule begins that was never walked: now, or where the one before it stands."""
        before = others[0] if others else None
        return Walk(
            job=self._timetable.job,
            plan_id=self._timetable.plan_id,
            schedule=self._timetable.said,
            until=before.until if before else self._now,
            seen=before.seen if before else self._now,
            born=self._now,
            before=before.schedule if before else None,
        )

    def _mended(self, state: Walk) -> Walk:
        """Return the state as it may stand: a clock that was ahead and is put back must not leave a gap."""
        if state.seen - self._now <= _CLOCK_PUT_BACK:
            return state
        log.warning(
            f"时钟往回走了：{state.seen.isoformat()} → {self._now.isoformat()}",
            action="clock_put_back",
            job=state.job,
        )
        return replace(
            state, until=min(state.until, self._now), seen=self._now, born=min(state.born, self._now)
        )

    def _close_others(self, others: Sequence[Walk], state: Walk) -> None:
        for old in others:
            if self._alone or self._now - old.seen > ABANDONED:
                kept = {slot.key for slot in self._timetable.slots(old.until, state.born)}
                self._scribe.close(old, self._read(old.schedule), state.born, kept=kept, why="changed")

    def _read(self, said: Mapping[str, object]) -> Timetable | None:
        return from_said(self._timetable.job, said, self._timetable.plan.working_days)

    def _settle(self, state: Walk) -> int | None:
        connection, job = self._connection, self._timetable.job
        slots = self._known(state)
        left = without_taken(slots, rows.load_slots_since(connection, job, state.until))
        pause = to_pause_span(load_pauses(connection).get(job), self._timetable.plan.zone)
        settled = settle(
            left,
            Situation(
                now=self._now,
                seen=state.seen,
                policy=self._timetable.plan.missed,
                pause=pause,
                is_busy=bool(rows.load_running(connection, job)),
                as_it_comes=self._timetable.as_it_comes,
            ),
        )
        span = self._scribe.write(state, settled.missed, slots, self._timetable, pause=pause)
        run_id = self._run(settled.run)
        until = settled.until
        if settled.run is not None and run_id is None:
            until = min(until, settled.run.at - _TICK)
        before = state.before if until < state.born else None
        # Who only settles is no process that would have run anything.
        seen = self._now if self._may_run else state.seen
        new = replace(state, until=max(until, state.until), seen=seen, before=before, span=span)
        save_walk(connection, new)
        return run_id

    def _known(self, state: Walk) -> list[Slot]:
        """Return the slots since the state; of those before the schedule came into force, what the old one had too."""
        slots = self._timetable.slots(state.until, self._now)
        if state.before is None:
            return slots
        old = self._read(state.before)
        both = {slot.key for slot in old.slots(state.until, state.born)} if old else set()
        return [slot for slot in slots if slot.at > state.born or slot.key in both]

    def _run(self, slot: Slot | None) -> int | None:
        job = self._workshop.jobs.get(self._timetable.job)
        if slot is None or job is None or not self._may_run:
            return None
        return open_run(self._workshop, self._connection, job, slot.key, as_of=slot.at)
