"""`schedule pause` and `schedule resume`: by a person, with a reason, audited."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.show import echo_json
from steward.cli.start import (
    USAGE,
    by_option,
    complain,
    json_option,
    load_settings,
    open_house,
    settings_option,
)
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.engine.timetable import Timetable
    from steward.store.schedule_state import Pause


@click.command("pause", help=_("暂停一个任务的日程：到期自动恢复，或等人恢复；其间的每一次都记为错过和原因"))
@click.argument("job")
@click.option("--reason", required=True, help=_("为什么，一句话"))
@click.option("--until", help=_("恢复运行的第一天，如 2026-12-01；不写就等 schedule resume"))
@by_option
@json_option
@settings_option
def pause(job: str, reason: str, until: str | None, by: str, as_json: bool, settings_path: Path) -> None:
    from dataclasses import asdict

    from steward.actions.schedule import Refusal, pause_schedule
    from steward.cli.agenda import pause_words

    until_on = _day(until) if until is not None else None
    with open_house(settings_path) as house:
        timetable = _timetable(house, job)
        try:
            made = pause_schedule(
                house.workshop,
                timetable,
                job=job,
                reason=reason,
                until_on=until_on,
                by=by,
                today=house.now().astimezone(house.zone).date(),
            )
        except Refusal as refusal:
            complain(str(refusal), USAGE)
        _say(asdict(made), f"{job} {pause_words(asdict(made))}", as_json)


@click.command("resume", help=_("恢复一个暂停的任务；其间错过的不补"))
@click.argument("job")
@by_option
@json_option
@settings_option
def resume(job: str, by: str, as_json: bool, settings_path: Path) -> None:
    from dataclasses import asdict

    from steward.actions.schedule import Refusal, resume_schedule
    from steward.cli.agenda import moments, when

    with open_house(settings_path) as house:
        timetable = _timetable(house, job)
        try:
            over = resume_schedule(house.workshop, timetable, job=job, by=by)
        except Refusal as refusal:
            complain(str(refusal), USAGE)
        found = moments(house.settings, job, house.now(), 1) if timetable is not None else []
        text = _("{job} 已恢复").format(job=job)
        if found:
            text += _("；下一次 {at}").format(at=when(found[0]))
        _say({**asdict(over), "next": found}, text, as_json)


def _say(data: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        echo_json(data)
    else:
        click.echo(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        complain(_("--until 请写成 2026-12-01，收到的是 {seen}").format(seen=text), USAGE)


def _timetable(house: House, job: str) -> Timetable | None:
    """Return the job's timetable, None while it is switched off; an unknown job is told, exit 2."""
    from steward.cli.run import unknown_job
    from steward.cli.timetables import timetables_of

    if job not in house.settings.schedules:
        complain(unknown_job(job, house.settings.schedules), USAGE)
    return timetables_of(house).get(job)


def load_pauses_of(settings_path: Path) -> dict[str, Pause]:
    """Return the pauses; none where there is no database yet, and where it cannot be read that is said."""
    import os

    from steward.cli.house import database_url
    from steward.cli.trouble import to_sentence
    from steward.store.database import open_database
    from steward.store.schedule_state import load_pauses

    root = settings_path.resolve().parent
    try:
        url = database_url(load_settings(settings_path), os.environ, root)
        if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
            return {}
        database = open_database(url)
        try:
            with database.read() as connection:
                return load_pauses(connection)
        finally:
            database.close()
    except Exception as error:
        click.echo(_("看不到有没有暂停：{why}").format(why=to_sentence(error)), err=True)
        return {}
