"""Write down the slots that were missed, and why: one row each, or one for many of a frequent schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from steward.clock.plan import next_slots
from steward.engine.runs import Workshop
from steward.engine.slots import (
    FREQUENT,
    Group,
    MissedSlot,
    PauseSpan,
    Slot,
    WhyMissed,
    group_missed,
    span_words,
    why_words,
    without_taken,
)
from steward.engine.timetable import Timetable
from steward.store import runs as rows
from steward.store.schedule_state import Span, Walk, delete_walk

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """One row of missed slots as it was written down: so many from `slot` on."""

    job: str
    slot: str
    at: datetime
    why: WhyMissed
    reason: str
    count: int


OnMissed = Callable[[Connection, MissedRow], None]


class Scribe:
    """Writes missed slots down, many of a frequent schedule in one row."""

    def __init__(
        self, workshop: Workshop, connection: Connection, zone: ZoneInfo, on_missed: OnMissed
    ) -> None:
        self._workshop = workshop
        self._connection = connection
        self._zone = zone
        self._on_missed = on_missed

    def close(
        self, old: Walk, timetable: Timetable | None, until: datetime, *, kept: set[str], why: WhyMissed
    ) -> None:
        """Settle a schedule that is no longer in force: its slots up to `until` that the new one has not."""
        if timetable is not None:
            slots = timetable.slots(old.until, until)
            taken = rows.load_slots_since(self._connection, old.job, old.until)
            left = [slot for slot in without_taken(slots, taken) if slot.key not in kept]
            self.write(old, [MissedSlot(slot, why) for slot in left], slots, timetable, pause=None)
        delete_walk(self._connection, old)

    def write(
        self,
        of: Walk,
        missed: Sequence[MissedSlot],
        known: Sequence[Slot],
        timetable: Timetable,
        *,
        pause: PauseSpan | None,
    ) -> Span | None:
        """Write the rows; returns the last one where more slots may be added to it."""
        span = of.span
        for group in group_missed(missed, known):
            reason = why_words(
                group.why, now=self._workshop.now(), seen=of.seen, zone=self._zone, pause=pause
            )
            span = self._extended(span, group, reason, timetable) or self._new(of.job, group, reason)
        return span

    def _new(self, job: str, group: Group, reason: str) -> Span | None:
        first, last, count = group.slots[0], group.slots[-1], len(group.slots)
        words = span_words(reason, count, first.at, last.at, self._zone)
        run_id = rows.insert_missed(
            self._connection,
            job,
            first.key,
            as_of=first.at,
            now=self._workshop.now(),
            why=words,
            count=count,
            by=self._workshop.name,
        )
        if run_id is None:
            return None
        row = MissedRow(job=job, slot=first.key, at=first.at, why=group.why, reason=words, count=count)
        log.warning(f"错过 {job} {first.key}：{words}", action="slot_missed", job=job, why=group.why)
        self._on_missed(self._connection, row)
        return Span(run_id=run_id, why=reason, first_at=first.at, last_at=last.at, count=count)

    def _extended(self, span: Span | None, group: Group, reason: str, timetable: Timetable) -> Span | None:
        """Add a group to the row before it, where it goes on from there for the same reason."""
        if span is None or span.why != reason or group.slots[0].at - span.last_at >= FREQUENT:
            return None
        if next_slots(timetable.plan, span.last_at, 1) != [group.slots[0].at]:
            return None
        longer = replace(span, last_at=group.slots[-1].at, count=span.count + len(group.slots))
        words = span_words(reason, longer.count, longer.first_at, longer.last_at, self._zone)
        is_there = rows.extend_missed(
            self._connection, span.run_id, why=words, count=longer.count, now=self._workshop.now()
        )
        return longer if is_there else None
