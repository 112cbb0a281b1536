"""`calendar`: which days are worked, which years are only guesses, and taking in the yearly notice."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from steward.cli.handing_in import filename_of, read_input
from steward.cli.show import echo_json, show_cells
from steward.cli.start import PARTLY, complain, json_option, load_settings, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.model.settings import Settings

AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_("按哪一天算，默认今天"),
)


@click.group(help=_("工作日历：检查、查看、导入放假通知"))
def calendar() -> None:
    """Hold the three commands."""


@calendar.command("check", help=_("检查今年和明年的放假安排是否已公布或导入，没有的会影响什么"))
@AS_OF
@json_option
@settings_option
def check(as_of: datetime | None, as_json: bool, settings_path: Path) -> None:
    from steward.cli.calendar_check import examine, say

    settings = load_settings(settings_path)
    found = examine(settings, _day(as_of, settings))
    if as_json:
        echo_json(found)
    else:
        for line in say(found):
            click.echo(line)
    if found["attention"]:
        raise SystemExit(PARTLY)


@calendar.command("show", help=_("显示一年的放假和补班；--month 显示一个月的每一天"))
@click.argument("year", type=click.IntRange(2004, 2100))
@click.option("--month", type=click.IntRange(1, 12), help=_("只看哪个月"))
@json_option
@settings_option
def show(year: int, month: int | None, as_json: bool, settings_path: Path) -> None:
    from steward.cli.calendar_year import days_of, month_cells, stretches, title
    from steward.clock.working_days import WorkingDays

    days = WorkingDays(load_settings(settings_path).calendar)
    listed = days_of(year, month, days)
    if as_json:
        echo_json({"year": year, "month": month, "state": title(year, days)[0], "days": listed})
        return
    click.echo(title(year, days)[1])
    if month is not None:
        show_cells([_("日期"), _("星期"), _("这一天")], month_cells(listed))
    else:
        show_cells([_("节日"), _("放假"), _("天数"), _("补班")], stretches(listed))


@calendar.command(
    "import", help=_("导入放假通知（CSV、Excel、ICS、JSON、TOML），写进 settings.toml 的 [calendar.notices]")
)
@click.argument("file")
@click.option("--dry-run", is_flag=True, help=_("只演练：说明会改什么，不保存"))
@AS_OF
@json_option
@settings_option
def import_notices(
    file: str, dry_run: bool, as_of: datetime | None, as_json: bool, settings_path: Path
) -> None:
    from steward.cli.calendar_import import keep, summary
    from steward.clock.working_days import WorkingDays
    from steward.intake.calendar import read_notices
    from steward.intake.errors import IntakeError

    settings = load_settings(settings_path)
    try:
        intake = read_notices(read_input(file), filename=filename_of(file), today=_day(as_of, settings))
    except IntakeError as error:
        complain(error.text(LANGUAGE))
    told = [summary(year, notice, WorkingDays(settings.calendar)) for year, notice in intake.notices.items()]
    keep(settings_path, intake.notices, dry_run=dry_run)
    if as_json:
        echo_json(
            {"dry_run": dry_run, "years": told, "notes": [note.said(LANGUAGE) for note in intake.notes]}
        )
        return
    for note in intake.notes:
        click.echo(note.said(LANGUAGE), err=True)
    for one in told:
        _say(one)
    click.echo(
        _("只是演练，没有保存") if dry_run else _("已写入 {path}").format(path=settings_path), err=True
    )


def _say(one: dict[str, Any]) -> None:
    text = _("{year} 年：放假 {off} 天（{names}），补班 {worked} 天")
    names = "、" if LANGUAGE == "zh" else ", "
    said = names.join(f"{name} {count}" for name, count in one["holidays"].items())
    click.echo(text.format(year=one["year"], off=one["days_off"], names=said, worked=one["make_up_days"]))
    for doubt in one["doubts"]:
        click.echo(_("请核对：{doubt}").format(doubt=doubt), err=True)
    if one["changed"]:
        click.echo(_("与现在不同的日子：{days}").format(days=names.join(one["changed"])))


def _day(as_of: datetime | None, settings: Settings) -> date:
    return as_of.date() if as_of else datetime.now(ZoneInfo(settings.company.timezone)).date()
