"""The service while it serves: bells, walks, steps, deliveries and settings, over one database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Connection

from steward import __version__
from steward.cli.bells import Bells
from steward.cli.deliveries import Deliveries
from steward.cli.house import real_now
from steward.cli.houses import Houses
from steward.cli.new_settings import NewSettings
from steward.cli.notices import tell_overdue
from steward.cli.pings import Pings
from steward.cli.reload import SettingsWatch
from steward.cli.timetables import Walks, timetables_of
from steward.cli.watch.ticks import Ticks
from steward.engine.embedded import EmbeddedEngine
from steward.engine.timetable import Timetable
from steward.engine.walk import to_pause_span
from steward.store.outbox import lapse_all
from steward.store.runs import load_log
from steward.store.schedule_state import (
    Process,
    delete_process,
    delete_processes,
    load_database_now,
    load_pauses,
    save_beat,
)
from steward.store.steps import release_every_claim

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.run import Run

TICK_S: Final = 0.5
BEAT_S: Final = 10.0
ROUND_S: Final = 60.0
"""So often every schedule is walked whatever the bells do: the clock may be set, the machine may sleep."""
END_WITHIN_S: Final = 20.0
CLOCK_OFF: Final = timedelta(seconds=30)
_JUMP_S: Final = 5.0
_LINGER: Final = timedelta(minutes=1)
"""A delivery waits so long for what falls due: a queue behind a budget moves on the moment there is room."""
log = structlog.get_logger()


class Service:
    """Everything `serve` does, in threads; `start`, then `stop`.

    Args:
        path: of the settings file, which is followed.
    """

    def __init__(self, house: House, path: Path) -> None:
        self.houses = Houses(house)
        self.ticks = Ticks()
        self.reload_now = Event()
        self._stop = Event()
        house.stopping, house.linger = self._stop.is_set, _LINGER
        self._ended: SimpleQueue[str] = SimpleQueue()
        self._pings = Pings()
        self._workshop = replace(
            house.workshop,
            context=lambda run_id, as_of: self.houses.of_run(run_id).workshop.context(run_id, as_of),
            on_finished=self._on_finished,
            opened=self._opened,
            closed=self._closed,
        )
        self._engine = EmbeddedEngine(self._workshop, threads=house.threads)
        self._walks = Walks(lambda: self.house, self._workshop)
        self._bells = Bells(self._ring, house.zone)
        self._deliveries = Deliveries(lambda: self.house, self._delivers_by, self._stop)
        watch = SettingsWatch(path, house.environment, house.settings.company.language)
        self._settings = NewSettings(watch, self.houses, self._taken_up)
        self._threads = [
            Thread(target=self._engine.serve, args=[self._stop], name="engine", daemon=True),
            Thread(target=self._deliveries.run, name="deliveries", daemon=True),
            Thread(target=self._go_round, name="rounds", daemon=True),
        ]
        self._me = Process(
            name=house.workshop.name, started_at=house.now(), beat_at=house.now(), version=__version__
        )

    @property
    def house(self) -> House:
        """The house in force."""
        return self.houses.current

    @property
    def settings_trouble(self) -> str | None:
        """Why the settings file as it is now is not in force; None: it is."""
        return self._settings.trouble

    def start(self) -> None:
        """Take over what was left behind, settle what was missed, and begin to serve."""
        database = self.house.database
        if database.is_sqlite:
            # Ours is the only process: whoever had anything in hand is dead.
            with database.begin() as connection:
                lapse_all(connection, now=self.house.now())
                release_every_claim(connection)
                delete_processes(connection)
        self._beat()
        self._walks.walk_all()
        for thread in self._threads:
            thread.start()
        self._bells.hang(timetables_of(self.house).values())
        self._bells.start()

    def stop(self) -> bool:
        """Finish the message in flight and the steps in hand, let go of the rest; False where time ran out."""
        until = monotonic() + END_WITHIN_S
        self._stop.set()
        self._bells.stop()
        self._engine.wake()
        self._deliveries.wake()
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        finished = self._engine.finish(at_most_s=max(0.0, until - monotonic()))
        finished = finished and not any(thread.is_alive() for thread in self._threads)
        self._pings.finish(at_most_s=1.0)
        self._leave(finished)
        return finished

    def _leave(self, finished: bool) -> None:
        try:
            released = self._workshop.claims.release(self.house.database)
            with self.house.database.begin() as connection:
                delete_process(connection, self._me.name)
        except Exception as error:
            log.error(f"停止时无法写数据库：{error}", action="leave_failed")
            return
        log.info("已停止", action="stopped", finished=finished, steps_let_go=released)

    def _ring(self, job: str) -> None:
        if self._walks.walk(job) is not None:
            self._engine.wake()

    def _opened(self, run: Run) -> None:
        self._safely("ping", lambda: self._pings.of_run(self.houses.of_run(run.id), run, []))
        self._engine.wake()

    def _closed(self, run: Run) -> None:
        house = self.houses.forget(run.id)
        self._safely("ping", lambda: self._pings.of_run(house, run, self._log_of(run)))
        self._safely("metrics", lambda: house.observers.on_run(run))
        self._deliveries.wake()
        # What waited for the end of this run has its turn now; not from here, or a long row of runs that have
        # nothing to do would be one inside the other.
        self._ended.put(run.job)

    def _log_of(self, run: Run) -> list[str]:
        if run.state != "failed":
            return []
        with self.house.database.read() as connection:
            return load_log(connection, run.id)

    def _on_finished(self, connection: Connection, run: Run) -> None:
        self.house.workshop.on_finished(connection, run)

    def _delivers_by(self) -> Timetable | None:
        """Return the timetable of `deliver` where its work is to be done as it comes, now."""
        timetable = timetables_of(self.house).get("deliver")
        if timetable is None or not timetable.as_it_comes:
            return None
        with self.house.database.read() as connection:
            pause = to_pause_span(load_pauses(connection).get("deliver"), timetable.plan.zone)
        return None if pause is not None and pause.covers(self.house.now()) else timetable

    def _taken_up(self) -> None:
        self._walks.walk_all(takes_over=True)
        self._bells.hang(timetables_of(self.house).values())
        self._deliveries.wake()

    def _go_round(self) -> None:
        beat_at = round_at = monotonic()
        drift = _Drift(real_now())
        while not self._stop.wait(TICK_S):
            self.ticks.tick()
            self._safely("settings", self._follow_settings)
            self._safely("ended", self._follow_ended)
            jumped_s = drift.look(real_now())
            if abs(jumped_s) > _JUMP_S:
                log.warning(f"时钟跳了 {jumped_s:.0f} 秒，重新核对日程", action="clock_jumped")
                self._safely("bells", lambda: self._bells.hang(timetables_of(self.house).values()))
            if monotonic() - beat_at >= BEAT_S:
                beat_at = monotonic()
                self._safely("beat", self._beat)
            if monotonic() - round_at >= ROUND_S or abs(jumped_s) > _JUMP_S:
                round_at = monotonic()
                self._safely("round", self._round)

    def _follow_settings(self) -> None:
        at_once = self.reload_now.is_set()
        self.reload_now.clear()
        self._settings.look(at_once=at_once)

    def _follow_ended(self) -> None:
        jobs = {self._ended.get() for _ in range(self._ended.qsize())}
        for job in sorted(jobs):
            self._ring(job)

    def _round(self) -> None:
        if self._walks.walk_all():
            self._engine.wake()
        self._pings.of_service(self.house)
        with self.house.database.begin() as connection:
            told = tell_overdue(self.house, connection)
        if told:
            self._deliveries.wake()

    def _beat(self) -> None:
        with self.house.database.begin() as connection:
            save_beat(connection, replace(self._me, beat_at=self.house.now()))
            theirs, ours = load_database_now(connection), real_now()
        if theirs is not None and abs(ours - theirs) > CLOCK_OFF:
            off_s = abs((ours - theirs).total_seconds())
            remedy = "请打开时间同步（timedatectl set-ntp true）"
            log.error(f"本机时钟与数据库相差 {off_s:.0f} 秒：{remedy}", action="clock_off")

    @staticmethod
    def _safely(what: str, do: Callable[[], Any]) -> None:
        try:
            do()
        except Exception as error:
            log.error(f"{what} 出错，稍后再试：{error}", action="round_failed", exc_info=error)


class _Drift:
    """Notices that the wall clock was set, or that the machine slept."""

    def __init__(self, wall: datetime) -> None:
        self._wall, self._ticks = wall, monotonic()

    def look(self, wall: datetime) -> float:
        """Return by how many seconds the wall clock moved more than time did, since the last look."""
        ticks = monotonic()
        moved_s = (wall - self._wall).total_seconds() - (ticks - self._ticks)
        self._wall, self._ticks = wall, ticks
        return moved_s
