"""The delivery loop of `serve`: messages go out when they are due, not at the next full minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from steward.engine.runs import decide_state
from steward.engine.timetable import Timetable
from steward.store.outbox import next_due_at
from steward.store.runs import add_to_run

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.run import Counts

LOOK_EVERY_S: Final = 1.0
IDLE_PASS_S: Final = 15.0
"""So often what is due and could not be sent (quiet hours, a closed lane) is tried again."""
_AFTER_TROUBLE_S: Final = 5.0
log = structlog.get_logger()


class Deliveries:
    """Brings out what is due until told to stop; the message in flight is finished first.

    Args:
        house: the house in force; a new one is taken up between two messages.
        timetable: of `deliver`, while its work is done as it comes; None: it is off, paused, or kept to the letter.
    """

    def __init__(
        self, house: Callable[[], House], timetable: Callable[[], Timetable | None], stop: Event
    ) -> None:
        self._house = house
        self._timetable = timetable
        self._stop = stop
        self._woken = Event()
        self._tried: datetime | None = None
        self._idle_until = 0.0

    def wake(self) -> None:
        """Look at once."""
        self._idle_until = 0.0
        self._woken.set()

    def run(self) -> None:
        """Work until told to stop. For a thread of its own."""
        while not self._stop.is_set():
            pause_s = LOOK_EVERY_S
            try:
                self._pass()
            except Exception as error:
                log.error(f"发送出错，稍后再试：{error}", action="deliver_failed", exc_info=error)
                pause_s = _AFTER_TROUBLE_S
            self._woken.wait(pause_s)
            self._woken.clear()

    def _pass(self) -> None:
        house, timetable = self._house(), self._timetable()
        if timetable is None or not self._is_due(house):
            return
        counts = house.worker.deliver_due(stopping=lambda: self._stop.is_set() or self._house() is not house)
        if any(counts.values()):
            self._note(house, timetable, counts)
            self._idle_until = 0.0
        else:
            self._idle_until = monotonic() + IDLE_PASS_S

    def _is_due(self, house: House) -> bool:
        with house.database.read() as connection:
            due_at = next_due_at(connection)
        if due_at is None or due_at > house.now():
            return False
        # What was due already when the last pass could send nothing is not tried every second.
        is_known = due_at == self._tried and monotonic() < self._idle_until
        self._tried = due_at
        return not is_known

    def _note(self, house: House, timetable: Timetable, counts: Counts) -> None:
        """Count what went out for the slot in which it did: one row for a minute that had work, none for others."""
        now = house.now()
        slot = timetable.latest(now)
        with house.database.begin() as connection:
            add_to_run(
                connection,
                timetable.job,
                slot.key,
                as_of=slot.at,
                now=now,
                counts=counts,
                by=house.workshop.name,
                decide=partial(decide_state, ["done"]),
            )
