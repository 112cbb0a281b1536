"""A schedule, a clock that a test moves, and what the walks made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.clock.working_days import WorkingDays
from steward.engine.embedded import EmbeddedEngine
from steward.engine.job import Job, Stage
from steward.engine.missed import MissedRow
from steward.engine.runs import Workshop
from steward.engine.timetable import Timetable, to_timetable
from steward.engine.walk import walk, walk_off
from steward.model.run import Run
from steward.model.settings.calendar import Calendar
from steward.model.settings.operation import Schedule
from steward.store.database import Database
from steward.store.runs import load_runs
from steward.store.schedule_state import Pause, save_pause

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def at(hour: int, minute: int = 0, *, day: int = 18) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def make_timetable(
    *, job: str = "sync_groups", zone: ZoneInfo = SHANGHAI, as_it_comes: bool = False, **said: Any
) -> Timetable:
    """Return a schedule of every hour unless told otherwise."""
    when: Mapping[str, Any] = {} if {"cron", "every_minutes", "on"} & set(said) else {"every_minutes": 60}
    setting = Schedule.model_validate({**when, **said})
    return to_timetable(job, setting, zone, WorkingDays(Calendar()), as_it_comes=as_it_comes)


class Keeper:
    """One process that keeps one schedule at a time."""

    def __init__(self, database: Database, timetable: Timetable, *, now: datetime, name: str = "a:1") -> None:
        self.database = database
        self.timetable = timetable
        self.now = now
        self.missed: list[MissedRow] = []
        self.done: list[datetime] = []
        job = Job(name=timetable.job, stages=(Stage(work=self._work),))
        self.workshop = Workshop(
            database=database,
            jobs={job.name: job},
            context=lambda _run_id, as_of: as_of,
            now=lambda: self.now,
            on_finished=lambda _connection, _run: None,
            name=name,
        )

    def _work(self, as_of: datetime, _: Mapping[str, Any]) -> Mapping[str, int]:
        self.done.append(as_of)
        return {"groups": 1}

    def walk(self, now: datetime | None = None, *, alone: bool = True, may_run: bool = True) -> int | None:
        """Look at the schedule, at a moment."""
        self.now = now or self.now
        return walk(self.workshop, self.timetable, on_missed=self._on_missed, alone=alone, may_run=may_run)

    def walk_off(self, now: datetime) -> None:
        """Look at a schedule that is switched off."""
        self.now = now
        plan = self.timetable.plan
        walk_off(self.workshop, self.timetable.job, plan.zone, plan.working_days, alone=True)

    def _on_missed(self, _: Connection, row: MissedRow) -> None:
        self.missed.append(row)

    def finish(self) -> None:
        """Work off what was opened."""
        EmbeddedEngine(self.workshop, threads=1).work_off()

    def live(self, since: datetime, until: datetime, *, step: timedelta = MINUTE) -> None:
        """Walk every minute, and finish each run at once."""
        now = since
        while now <= until:
            if self.walk(now) is not None:
                self.finish()
            now += step

    def pause(self, *, since: datetime, until_on: date | None = None, reason: str = "装修") -> None:
        pause = Pause(job=self.timetable.job, reason=reason, until_on=until_on, by="hr.wang", at=since)
        with self.database.begin() as connection:
            save_pause(connection, pause)

    @property
    def rows(self) -> list[Run]:
        """Every row, by slot."""
        with self.database.read() as connection:
            return sorted(load_runs(connection, limit=10_000), key=lambda run: run.as_of)

    @property
    def states(self) -> dict[str, str]:
        """Local time of each slot -> what became of it."""
        return {f"{run.as_of.astimezone(SHANGHAI):%d %H:%M}": run.state for run in self.rows}
