"""`schedule set`: write a schedule anew in settings.toml; the file is checked first, and keeps its remarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
    from steward.model.settings import Settings

_SAYS_WHEN: Final = ("cron", "every_minutes", "on", "at")
_POLICIES: Final = click.Choice(("skip", "once", "each"))
_DAYS_OFF: Final = click.Choice(("skip", "postpone", "run"))


@click.command("set", help=_("修改一个任务的日程，写进 settings.toml；serve 几秒内自动采用"))
@click.argument("job")
@click.argument("cron", required=False)
@click.option("--every", "every_minutes", type=int, help=_("每几分钟一次，代替 cron"))
@click.option("--first-working-day", metavar="HH:MM", help=_("每月第一个工作日的几点，代替 cron"))
@click.option("--last-working-day", metavar="HH:MM", help=_("每月最后一个工作日的几点，代替 cron"))
@click.option("--timezone", help=_("这个日程自己的时区，如 Asia/Tokyo；写 company 用公司的"))
@click.option("--on-non-working-days", type=_DAYS_OFF, help=_("非工作日：不做、顺延、照做"))
@click.option("--missed", type=_POLICIES, help=_("错过的：不补、补最近一次、逐次补"))
@click.option("--jitter", "jitter_s", type=int, help=_("最多错开几秒开始"))
@click.option("--enable/--disable", "enabled", default=None, help=_("启用或停用"))
@click.option("--dry-run", is_flag=True, help=_("只显示会怎样，不写文件"))
@by_option
@json_option
@settings_option
def set_schedule(
    job: str,
    cron: str | None,
    every_minutes: int | None,
    first_working_day: str | None,
    last_working_day: str | None,
    dry_run: bool,
    by: str,
    as_json: bool,
    settings_path: Path,
    **rest: Any,
) -> None:
    when = _when(cron, every_minutes, first_working_day, last_working_day)
    values = {**when, **{name: value for name, value in rest.items() if value is not None}}
    if not values:
        complain(_('没有写要改什么：例如 main.py schedule set {job} "37 8 * * 1-5"').format(job=job), USAGE)
    before = load_settings(settings_path)
    _refuse_unknown(job, before)
    after = _write(settings_path, job, values, dry_run=dry_run)
    if not dry_run:
        _note(settings_path, job, by, before, after)
    _show(job, before, after, dry_run=dry_run, as_json=as_json)


def _refuse_unknown(job: str, settings: Settings) -> None:
    from steward.cli.run import unknown_job

    if job not in settings.schedules:
        complain(unknown_job(job, settings.schedules), USAGE)


def _when(cron: str | None, every_minutes: int | None, first: str | None, last: str | None) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [
        {"cron": cron},
        {"every_minutes": every_minutes},
        {"on": "first_working_day", "at": first},
        {"on": "last_working_day", "at": last},
    ]
    given = [way for way in ways if None not in way.values()]
    if len(given) > 1:
        complain(
            _("cron、--every、--first-working-day、--last-working-day 只能写一个"),
            USAGE,
        )
    return given[0] if given else {}


def _write(path: Path, job: str, values: dict[str, Any], *, dry_run: bool) -> Settings:
    """Change the file and return the settings as they are then."""
    import os

    from steward.cli.config import parse
    from steward.cli.settings_file import change_settings

    text = change_settings(path, lambda document: put_schedule(document, job, values), dry_run=dry_run)
    settings, _problems = parse(text, str(path), os.environ)
    if settings is None:  # `change_settings` refuses what cannot be read
        raise LookupError(path)
    return settings


def put_schedule(document: Any, job: str, values: dict[str, Any]) -> None:
    """Change the section of a job in a parsed settings.toml; a section that is missing is added.

    A new way of saying when takes the place of the old one; what is not named stays as it is.
    """
    import tomlkit

    from steward.cli.settings_file import put_table

    if "schedules" not in document:
        document.append("schedules", tomlkit.table(is_super_table=True))
    schedules = document["schedules"]
    if job not in schedules:
        section = tomlkit.table()
        section.update(_kept(values))
        put_table(schedules, (job,), section)
        return
    _put_when(schedules[job], values)
    if values.get("timezone") == "company":
        schedules[job].pop("timezone", None)
    for name, value in _kept(values).items():
        schedules[job][name] = value


def _put_when(section: Any, values: dict[str, Any]) -> None:
    """Let the new way of saying when stand where the old one stood, so that the remarks above still speak of it."""
    new = [name for name in _SAYS_WHEN if name in values]
    old = [name for name in _SAYS_WHEN if name in section and name not in values]
    if not new:
        return
    if old and new[0] not in section:
        section.value._replace(old.pop(0), new[0], values[new[0]])
    for name in old:
        del section[name]


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if (name, value) != ("timezone", "company")}


def _note(path: Path, job: str, by: str, before: Settings, after: Settings) -> None:
    from steward.actions.schedule import note_new_schedule

    old, new = (one.schedules[job].model_dump(mode="json", exclude={"ping_url"}) for one in (before, after))
    with open_house(path) as house:
        note_new_schedule(house.workshop, job=job, by=by, before=old, after=new)


def _show(job: str, before: Settings, after: Settings, *, dry_run: bool, as_json: bool) -> None:
    from steward.cli.agenda import moments, plan_of, real_now, when
    from steward.cli.words import LANGUAGE
    from steward.clock.plan import describe

    words = [
        describe(plan_of(one, job), LANGUAGE) if one.schedules[job].enabled else _("已停用")
        for one in (before, after)
    ]
    found = moments(after, job, real_now(), 3) if after.schedules[job].enabled else []
    if as_json:
        written = {"job": job, "written": not dry_run, "before": words[0], "after": words[1], "next": found}
        echo_json(written)
        return
    click.echo(_("{job}：{before} → {after}").format(job=job, before=words[0], after=words[1]))
    for moment in found:
        click.echo(f"  {when(moment)}")
    if dry_run:
        click.echo(_("只是演练，没有写文件"), err=True)
