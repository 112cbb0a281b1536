"""`runs`: what ran, and how it went."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.show import minute, show_list
from steward.cli.start import json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House


@click.command(help=_("任务运行记录，最近的在前"))
@click.option("--job", help=_("只看这个任务"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help=_("多少条"))
@json_option
@settings_option
def runs(job: str | None, limit: int, as_json: bool, settings_path: Path) -> None:
    with open_house(settings_path) as house:
        show_runs(house, job=job, limit=limit, as_json=as_json)


def show_runs(house: House, *, job: str | None, limit: int, as_json: bool) -> None:
    """Print the newest runs first, missed moments among them."""
    from steward.cli.terms import RUN_STATES
    from steward.store.runs import load_runs

    with house.database.read() as connection:
        rows = [asdict(run) for run in load_runs(connection, job=job, limit=limit)]
    columns = [
        ("#", lambda row: str(row["id"])),
        (_("任务"), lambda row: row["job"]),
        (_("计划时间"), slot_of),
        (_("开始"), lambda row: "" if row["state"] == "missed" else minute(row["started_at"], house.zone)),
        (_("用时"), duration_of),
        (_("结果"), lambda row: RUN_STATES[row["state"]]),
        (_("数量"), counts_of),
        (_("原因"), lambda row: row["error"] or ""),
    ]
    show_list(
        rows, columns, as_json=as_json, empty=_("还没有运行记录"), spare=[_("计划时间"), _("数量"), "#"]
    )


def slot_of(row: dict[str, Any]) -> str:
    """Return the planned moment of a run; who asked for it where a person did."""
    from steward.store.runs import MANUAL

    if not row["slot"].startswith(MANUAL):
        return str(row["slot"])
    return _("手动（{by}）").format(by=row["by"]) if row["by"] else _("手动")


def duration_of(row: dict[str, Any]) -> str:
    """Return how long a run took; "" for one that is under way or was missed."""
    from steward.clock.wording import duration_words

    if row["finished_at"] is None or row["state"] == "missed":
        return ""
    took = row["finished_at"] - row["started_at"]
    seconds = took.total_seconds()
    if seconds < 60:
        return _("{seconds:.1f} 秒").format(seconds=seconds)
    return duration_words(took, LANGUAGE)


def counts_of(row: dict[str, Any]) -> str:
    """Return what a run did, in words; "" for one missed slot."""
    from steward.cli.terms import count_words
    from steward.store.runs import SLOTS

    return "" if row["counts"] == {SLOTS: 1} else count_words(row["counts"])
