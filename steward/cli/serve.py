"""`serve`: ring at the planned times, until stopped."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.start import USAGE, complain, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.clock.schedule import CronSchedule, IntervalSchedule


@click.command(help=_("按 settings.toml 的日程运行，直到被停止"))
@settings_option
def serve(settings_path: Path) -> None:
    from steward.cli.log import set_up_logging
    from steward.engine.embedded import ProcessLock

    set_up_logging()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open_house(settings_path) as house, ProcessLock(house.database.path):
        work_schedules(house, stop)


class Bell:
    """Rings for one job: opens the run of the planned moment, which its unique row lets happen once.

    The slot is the planned time, never the time it rang; of several moments missed in a row the last is run.
    """

    def __init__(self, house: House, job: str, schedule: CronSchedule | IntervalSchedule) -> None:
        self._house = house
        self._job = job
        self._schedule = schedule
        self._next = self._after(house.now())

    def _after(self, at: datetime) -> datetime | None:
        from steward.clock.schedule import next_slots

        setting = self._house.settings.schedules[self._job]
        slots = next_slots(
            self._schedule,
            at,
            1,
            self._house.zone,
            self._house.working_days,
            setting.on_non_working_days,
        )
        return slots[0] if slots else None

    def ring(self) -> None:
        """Run the newest planned moment that has come."""
        due = None
        while self._next is not None and self._next <= self._house.now():
            due, self._next = self._next, self._after(self._next)
        if due is not None:
            self._run(due)

    def _run(self, due: datetime) -> None:
        from steward.clock.schedule import slot_key
        from steward.engine.runs import start_run

        slot = slot_key(self._schedule, due, self._house.zone)
        job = self._house.workshop.jobs[self._job]
        run_id = start_run(self._house.workshop, job, slot, as_of=due)
        if run_id is not None:
            self._house.engine.work_off(run_id)


def work_schedules(house: House, stop: threading.Event) -> None:
    """Ring for every enabled schedule until told to stop; then finish what is under way.

    APScheduler only wakes us: memory store, one instance of each, never "too late" by its own judgement.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    from steward.clock.schedule import to_schedule, trigger
    from steward.clock.schedule_words import describe
    from steward.store import outbox

    if house.database.is_sqlite:
        with house.database.begin() as connection:
            outbox.lapse_all(connection, now=house.now())
    house.engine.work_off()
    scheduler = BackgroundScheduler(
        timezone=house.zone,
        executors={"default": ThreadPoolExecutor(len(house.settings.schedules) + 1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, setting in house.settings.schedules.items():
        if not setting.enabled:
            continue
        try:
            schedule = to_schedule(setting)
        except ValueError as error:
            complain(f"schedules.{name}：{error}", USAGE)
        scheduler.add_job(Bell(house, name, schedule).ring, trigger(schedule, house.zone), id=name)
        click.echo(f"{name}  {describe(schedule, LANGUAGE, setting.on_non_working_days)}", err=True)
    scheduler.start()
    click.echo(_("已启动；按 Ctrl+C 停止"), err=True)
    stop.wait()
    scheduler.shutdown(wait=True)
