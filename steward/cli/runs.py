"""`runs`: what ran, and how it went."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from steward.cli.show import minute, show_list
from steward.cli.start import json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _


@click.command(help=_("任务运行记录，最近的在前"))
@click.option("--job", help=_("只看这个任务"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help=_("多少条"))
@json_option
@settings_option
def runs(job: str | None, limit: int, as_json: bool, settings_path: Path) -> None:
    from steward.cli.terms import RUN_STATES
    from steward.store.runs import load_runs

    with open_house(settings_path) as house:
        with house.database.read() as connection:
            rows = [asdict(run) for run in load_runs(connection, job=job, limit=limit)]
        columns = [
            ("#", lambda row: str(row["id"])),
            (_("任务"), lambda row: row["job"]),
            (_("计划时间"), lambda row: _("手动") if row["slot"].startswith("manual ") else row["slot"]),
            (_("开始"), lambda row: minute(row["started_at"], house.zone)),
            (_("用时"), _duration),
            (_("结果"), lambda row: RUN_STATES[row["state"]]),
            (_("数量"), _counts),
            (_("出错"), lambda row: row["error"] or ""),
        ]
        show_list(
            rows, columns, as_json=as_json, empty=_("还没有运行记录"), spare=[_("计划时间"), _("数量"), "#"]
        )


def _duration(row: dict[str, Any]) -> str:
    from steward.clock.wording import duration_words

    if row["finished_at"] is None:
        return ""
    took = row["finished_at"] - row["started_at"]
    seconds = took.total_seconds()
    if seconds < 60:
        return _("{seconds:.1f} 秒").format(seconds=seconds)
    return duration_words(took, LANGUAGE)


def _counts(row: dict[str, Any]) -> str:
    from steward.cli.terms import count_words

    return count_words(row["counts"])
