"""`schedule`: what runs when, and what a person does about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from steward.cli.run import run as run_job_now
from steward.cli.run import unknown_job
from steward.cli.schedule_history import history
from steward.cli.schedule_pause import pause, resume
from steward.cli.schedule_set import set_schedule
from steward.cli.show import echo_json, show_cells, show_list
from steward.cli.start import NOTHING, USAGE, complain, json_option, load_settings, settings_option
from steward.cli.words import _


@click.group(help=_("日程：列表、接下来的时间、修改、暂停、恢复、历史"))
def schedule() -> None:
    """Hold the commands."""


for command in (set_schedule, pause, resume, history, run_job_now):
    schedule.add_command(command)


@schedule.command("list", help=_("列出每个任务何时运行"))
@json_option
@settings_option
def list_schedules(as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import agenda, real_now
    from steward.cli.schedule_pause import load_pauses_of

    rows = agenda(load_settings(settings_path), real_now(), count=1, pauses=load_pauses_of(settings_path))
    columns = [
        (_("任务"), lambda row: row["job"]),
        (_("日程"), lambda row: row["wording"]),
        (_("设置"), lambda row: row["said"]),
        (_("错过时"), lambda row: MISSED[row["missed"]]),
        (_("下一次"), _next),
    ]
    show_list(rows, columns, as_json=as_json, empty="", spare=[_("设置"), _("错过时")])


MISSED = {"skip": _("不补"), "once": _("补最近一次"), "each": _("逐次补")}


def _next(row: Any) -> str:
    from steward.cli.agenda import pause_words, when

    if not row["enabled"]:
        return _("已停用")
    if row["paused"]:
        return pause_words(row["paused"])
    return when(row["next"][0]) if row["next"] else _("不运行")


@schedule.command("next", help=_("列出一个任务接下来的运行时间"))
@click.argument("job")
@click.option("-n", "count", type=click.IntRange(1, 1000), default=5, show_default=True, help=_("多少次"))
@click.option(
    "--from",
    "first_on",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_("从这一天起（2026-10-01）；默认现在"),
)
@json_option
@settings_option
def next_moments(job: str, count: int, first_on: datetime | None, as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import agenda, before_day, hint_words, moments, pause_words, real_now
    from steward.cli.schedule_pause import load_pauses_of

    settings = load_settings(settings_path)
    if job not in settings.schedules:
        complain(unknown_job(job, settings.schedules), USAGE)
    pauses = load_pauses_of(settings_path)
    [row] = [one for one in agenda(settings, real_now(), count=1, pauses=pauses) if one["job"] == job]
    since = before_day(settings, job, first_on.date()) if first_on else real_now()
    found = moments(settings, job, since, count)
    hints = hint_words(settings, job, since, count)
    if as_json:
        kept = {name: row[name] for name in ("job", "enabled", "wording", "paused")}
        echo_json({**kept, "next": found, "hints": hints})
    else:
        off = "" if row["enabled"] else _("（已停用，以下时间不会运行）")
        click.echo(f"{job}：{row['wording']}{off}")
        if row["paused"]:
            click.echo(pause_words(row["paused"]))
        if found:
            cells = [[one["at"][:10], one["at"][11:16], one["weekday"], one["day"]] for one in found]
            show_cells([_("日期"), _("时间"), _("星期"), _("这一天")], cells)
        for hint in hints:
            click.echo(hint)
    if not found:
        complain(_("这个日程永远不会运行：没有一天同时符合它的日期和工作日要求"), NOTHING)
