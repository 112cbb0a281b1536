"""`schedule`: what runs when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.show import echo_json, show_cells, show_list
from steward.cli.start import NOTHING, USAGE, complain, json_option, load_settings, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.model.settings import Settings


@click.group(help=_("日程：列表、接下来的时间"))
def schedule() -> None:
    """Hold the two commands."""


@schedule.command("list", help=_("列出每个任务何时运行"))
@json_option
@settings_option
def list_schedules(as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import agenda, real_now, when

    rows = agenda(_readable(settings_path), real_now(), count=1)
    columns = [
        (_("任务"), lambda row: row["job"]),
        (_("日程"), lambda row: row["wording"]),
        (_("设置"), lambda row: row["cron"] or f"every_minutes = {row['every_minutes']}"),
        (
            _("下一次"),
            lambda row: (
                when(row["next"][0]) if row["next"] else (_("不运行") if row["enabled"] else _("已停用"))
            ),
        ),
    ]
    show_list(rows, columns, as_json=as_json, empty="")


@schedule.command("next", help=_("列出一个任务接下来的运行时间"))
@click.argument("job")
@click.option("-n", "count", type=click.IntRange(1, 1000), default=5, show_default=True, help=_("多少次"))
@json_option
@settings_option
def next_moments(job: str, count: int, as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import agenda, moments, real_now

    settings = _readable(settings_path)
    if job not in settings.schedules:
        known = "、".join(settings.schedules)
        complain(_("没有任务 {job}；可用：{known}").format(job=job, known=known), USAGE)
    wording = next(one["wording"] for one in agenda(settings, real_now(), count=1) if one["job"] == job)
    found = moments(settings, job, real_now(), count)
    if as_json:
        echo_json({"job": job, "enabled": settings.schedules[job].enabled, "wording": wording, "next": found})
    else:
        off = "" if settings.schedules[job].enabled else _("（已停用，以下时间不会运行）")
        click.echo(f"{job}：{wording}{off}")
        if found:
            cells = [[one["at"][:10], one["at"][11:16], one["weekday"], one["day"]] for one in found]
            show_cells([_("日期"), _("时间"), _("星期"), _("这一天")], cells)
    if not found:
        complain(_("这个日程永远不会运行：没有一天同时符合它的日期和工作日要求"), NOTHING)


def _readable(settings_path: Path) -> Settings:
    """Return the settings; a cron expression that cannot be read is told, exit 2."""
    from steward.clock.schedule import to_schedule

    settings = load_settings(settings_path)
    for job, setting in settings.schedules.items():
        try:
            to_schedule(setting)
        except ValueError as error:
            complain(f"schedules.{job}：{error}", USAGE)
    return settings
