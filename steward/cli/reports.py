"""`reports`: the archive of what was said."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.show import echo_json, minute, show_list
from steward.cli.start import NOTHING, USAGE, complain, json_option, open_house, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.store.reports import ArchivedReport

DIGEST = "daily_digest"


@click.group(help=_("报告档案：列表、查看"))
def reports() -> None:
    """Hold the two commands."""


@reports.command("list", help=_("列出存档的报告，最近的在前"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help=_("多少条"))
@json_option
@settings_option
def list_reports(limit: int, as_json: bool, settings_path: Path) -> None:
    from steward.store.reports import load_reports

    with open_house(settings_path) as house:
        with house.database.read() as connection:
            rows = [_to_row(one, house.files) for one in load_reports(connection, limit=limit)]
        columns = [
            (_("报告"), lambda row: row["name"]),
            (_("日期"), lambda row: row["period_key"]),
            (_("生成"), lambda row: minute(row["built_at"], house.zone)),
            (_("网页"), lambda row: row["html_path"] or ""),
        ]
        show_list(rows, columns, as_json=as_json, empty=_("还没有报告；run daily_digest 生成第一份"))


def _to_row(report: ArchivedReport, files: Path) -> dict[str, Any]:
    row = asdict(report)
    del row["message"]
    for name in ("html_path", "xlsx_path"):
        row[name] = str(files / row[name]) if row[name] else None
    return row


@reports.command("show", help=_("打印一天的日报（默认最近一份）和它的文件在哪里"))
@click.argument("day", metavar="[DATE]", required=False)
@json_option
@settings_option
def show(day: str | None, as_json: bool, settings_path: Path) -> None:
    from steward.store.reports import load_last_report, load_report

    key = _to_key(day) if day else None
    with open_house(settings_path) as house:
        with house.database.read() as connection:
            report = load_report(connection, DIGEST, key) if key else load_last_report(connection, DIGEST)
        if report is None:
            text = (
                _("没有 {day} 的日报；用 reports list 查看有哪些").format(day=key) if key else _("还没有日报")
            )
            complain(text, NOTHING)
        row = _to_row(report, house.files)
    if as_json:
        echo_json({**row, "message": report.message})
        return
    click.echo(report.message)
    click.echo("")
    for label, path in ((_("网页"), row["html_path"]), ("Excel", row["xlsx_path"])):
        if path:
            gone = "" if Path(path).exists() else _("（文件已不在）")
            click.echo(f"{label}：{path}{gone}")


def _to_key(day: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        complain(_("日期请写成 2026-11-20，收到的是 {seen}").format(seen=day), USAGE)
