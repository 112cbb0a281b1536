"""The schedules of a house as the engine keeps them, and the walk over all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from steward.cli.notices import is_as_it_comes, tell_missed
from steward.engine.runs import Workshop
from steward.engine.timetable import Timetable, to_timetable
from steward.engine.walk import walk, walk_off

if TYPE_CHECKING:
    from steward.cli.house import House

log = structlog.get_logger()


def timetables_of(house: House) -> dict[str, Timetable]:
    """Return job -> timetable of every schedule that is switched on."""
    return {
        job: to_timetable(
            job, setting, house.zone, house.working_days, as_it_comes=is_as_it_comes(house, job)
        )
        for job, setting in house.settings.schedules.items()
        if setting.enabled
    }


class Walks:
    """Walks schedules. A walk that fails is said and tried again with the next; it stops nothing else.

    Args:
        house: the house in force.
        workshop: whose runs are opened.
    """

    def __init__(self, house: Callable[[], House], workshop: Workshop) -> None:
        self._house = house
        self._workshop = workshop

    def walk(self, job: str, timetables: Mapping[str, Timetable] | None = None) -> int | None:
        """Settle what has come of one schedule; returns the run that was opened."""
        house = self._house()
        timetable = (timetables_of(house) if timetables is None else timetables).get(job)
        try:
            return self._walk(house, job, timetable)
        except Exception as error:
            log.error(
                f"核对日程出错，稍后再试：{job}：{error}", action="walk_failed", job=job, exc_info=error
            )
            return None

    def walk_all(self, *, takes_over: bool = False) -> list[int]:
        """Settle what has come of every schedule; returns the runs that were opened.

        Args:
            takes_over: the settings have just changed: what was switched off is off for good.
        """
        house = self._house()
        timetables = timetables_of(house)
        if takes_over:
            for job in house.settings.schedules.keys() - timetables.keys():
                self._leave(house, job)
        found = [self.walk(job, timetables) for job in house.settings.schedules]
        return [run_id for run_id in found if run_id is not None]

    def _walk(self, house: House, job: str, timetable: Timetable | None) -> int | None:
        alone = house.database.is_sqlite
        if timetable is None:
            walk_off(self._workshop, job, house.zone, house.working_days, alone=alone)
            return None
        return walk(
            self._workshop,
            timetable,
            on_missed=lambda connection, row: tell_missed(house, connection, row),
            alone=alone,
        )

    def _leave(self, house: House, job: str) -> None:
        try:
            walk_off(self._workshop, job, house.zone, house.working_days, alone=True)
        except Exception as error:
            log.error(
                f"核对日程出错，稍后再试：{job}：{error}", action="walk_failed", job=job, exc_info=error
            )
