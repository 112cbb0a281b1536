"""`schedule history`: what became of each planned moment, and what a run said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.show import echo_json, minute, show_fields, to_cell
from steward.cli.start import NOTHING, USAGE, complain, json_option, open_house, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House


@click.command("history", help=_("运行历史：每个计划时间的结果；--run ID 看一次运行说了什么"))
@click.argument("job", required=False)
@click.option("--run", "run_id", type=int, help=_("只看这一次，连同日志摘录"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help=_("多少条"))
@json_option
@settings_option
def history(job: str | None, run_id: int | None, limit: int, as_json: bool, settings_path: Path) -> None:
    from steward.cli.run import unknown_job
    from steward.cli.runs import show_runs

    with open_house(settings_path) as house:
        if run_id is not None:
            show_run(house, run_id, as_json)
            return
        if job is not None and job not in house.workshop.jobs:
            complain(unknown_job(job, house.workshop.jobs), USAGE)
        show_runs(house, job=job, limit=limit, as_json=as_json)


def show_run(house: House, run_id: int, as_json: bool) -> None:
    """Print one run with the last lines of its log; an unknown one is told."""
    from steward.cli.runs import counts_of, duration_of, slot_of
    from steward.cli.terms import RUN_STATES
    from steward.store.runs import load_log, load_run
    from steward.store.steps import count_steps

    with house.database.read() as connection:
        run = load_run(connection, run_id)
        lines = load_log(connection, run_id)
        closed, known, _in_hand = count_steps(connection, run_id, now=house.now())
    if run is None:
        complain(_("没有第 {id} 次运行；用 schedule history 查看").format(id=run_id), NOTHING)
    row = asdict(run)
    if as_json:
        echo_json({**row, "steps": {"closed": closed, "known": known}, "log": lines})
        return
    fields = [
        ("#", str(run.id)),
        (_("任务"), run.job),
        (_("计划时间"), slot_of(row)),
        (_("开始"), minute(run.started_at, house.zone)),
        (_("用时"), duration_of(row)),
        (_("结果"), RUN_STATES[run.state]),
        (_("数量"), counts_of(row)),
        (_("步骤"), f"{closed}/{known}" if known else ""),
        (_("由谁"), run.by or ""),
        (_("原因"), run.error or ""),
    ]
    show_fields((name, value) for name, value in fields if value)
    click.echo("\n" + _("── 日志摘录（最后 {count} 行）──").format(count=len(lines)))
    for line in lines:
        click.echo(f"  {to_cell(line)}")
