"""The bells: APScheduler rings when a slot has come, and does nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from steward.clock.plan import trigger
from steward.engine.timetable import Timetable


class Bells:
    """One bell for each schedule: memory store, one ring at a time, never "too late" by APScheduler's own judgement.

    A ring that is lost is no harm: every schedule is walked each minute all the same.

    Args:
        ring: called with the job's name, in a thread.
    """

    def __init__(self, ring: Callable[[str], None], zone: ZoneInfo) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._ring = ring
        self._scheduler: Any = BackgroundScheduler(
            timezone=zone,
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()

    def hang(self, timetables: Iterable[Timetable]) -> None:
        """Ring for these schedules from now on, and for no others."""
        self._scheduler.remove_all_jobs()
        for timetable in timetables:
            if not timetable.as_it_comes:
                self._scheduler.add_job(
                    self._ring, trigger(timetable.plan), args=[timetable.job], id=timetable.job
                )

    def stop(self) -> None:
        """Ring no more; a ring under way goes on."""
        self._scheduler.shutdown(wait=False)
