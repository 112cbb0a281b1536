"""`serve`: keep the schedules of settings.toml, until stopped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from steward.cli.start import open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House


@click.command(help=_("按 settings.toml 的日程运行，直到被停止"))
@settings_option
def serve(settings_path: Path) -> None:
    from steward.cli.log import set_up_logging
    from steward.cli.service import Service
    from steward.cli.watch.watch import start_watch
    from steward.engine.process_lock import ProcessLock

    set_up_logging()
    stop = _stop_on_signals()
    with open_house(settings_path) as house, ProcessLock(house.database.path):
        set_up_logging(house.settings.observability)
        service = Service(house, settings_path)
        signal.signal(signal.SIGHUP, lambda *_: service.reload_now.set())
        watch = start_watch(
            lambda: service.house, service.ticks, settings_trouble=lambda: service.settings_trouble
        )
        service.start()
        _say_started(house)
        stop.wait()
        finished = service.stop()
        watch.close()
    if not finished:
        _leave_now()


def _stop_on_signals() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _say_started(house: House) -> None:
    from steward.cli.timetables import timetables_of
    from steward.clock.plan import describe

    for job, timetable in timetables_of(house).items():
        click.echo(f"{job}  {describe(timetable.plan, LANGUAGE)}", err=True)
    click.echo(_("已启动；按 Ctrl+C 停止"), err=True)


def _leave_now() -> None:
    """End although a thread still waits for somebody: what it had in hand was given back, and is done again."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
