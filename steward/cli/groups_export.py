"""`groups export`: the register as a table for Excel, ready to be filled in and handed back."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import click

from steward.cli.groups_overview import overview
from steward.cli.start import NOTHING, complain, open_house, settings_option
from steward.cli.words import _

# Written for `groups import`, so in the register's own words, whatever language the command line speaks.
_KINDS = {"customer": "客户群", "archived": "会话存档", "app": "应用群", "handed_in": "手工名单"}
_POLICIES = {"publicity": "宣传群", "exchange": "交流群", "work": "工作群"}
_AUDIENCES = {"staff": "员工", "customers": "客户"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.command("export", help=_("导出群台账为 CSV（Excel 可直接打开）：所有已知的群，填好后再 groups import"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@settings_option
def export(file: Path, settings_path: Path) -> None:
    with open_house(settings_path) as house:
        rows = overview(house)
        departments = house.company(house.now()).departments.values()
        names = Counter(department.name for department in departments)
    if not rows:
        complain(_("还没有群；先运行 run sync_groups"), NOTHING)
    # Of two departments with one name the id tells which.
    rows = [
        {**row, "department": row["department"] if names[row["department"]] == 1 else None} for row in rows
    ]
    file.write_text(to_csv(rows), encoding="utf-8-sig", newline="")
    unfiled = sum(row["filed_on"] is None for row in rows)
    click.echo(_("已写入 {file}：{count} 个群").format(file=file, count=len(rows)))
    if unfiled:
        text = _("其中 {count} 个没有备案：导入时表里的每个群都算备案，不该备案的行请先删去")
        click.echo(text.format(count=unfiled), err=True)


def to_csv(rows: list[dict[str, Any]]) -> str:
    """Return the table, in the columns the register reader knows, without what Excel would take for a formula."""
    from steward.intake.register import COLUMNS

    said = {
        "chat_id": lambda row: row["chat_id"],
        "name": lambda row: row["name"],
        "kind": lambda row: _KINDS[row["kind"]],
        "policy": lambda row: _POLICIES[row["policy"]],
        "department": lambda row: row["department"] or row["department_id"] or "",
        "liaison": lambda row: row["liaison_userid"] or "",
        "owner": lambda row: row["owner_userid"] or "",
        "audience": lambda row: _AUDIENCES[_audience(row)],
        "filed_on": lambda row: row["filed_on"] or "",
    }
    labels = {column.key: column.label for column in COLUMNS}
    keys = [key for key in said if key in labels]
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([labels[key] for key in keys])
    for row in rows:
        table.writerow([_plain(str(said[key](row))) for key in keys])
    return text.getvalue()


def _audience(row: dict[str, Any]) -> str:
    """Return whom the group is for; where nobody has said it yet, what its members suggest, for HR to correct.

    One or two outsiders got into a group of employees; a group of which a quarter are outsiders was made for them.
    """
    if row["filed_on"] is None and row["external_count"] * 4 >= max(row["member_count"] or 0, 1):
        return "customers"
    return str(row["audience"])


def _plain(text: str) -> str:
    # Group names are written by people, and Excel runs what looks like a formula, also in a CSV.
    return f"'{text}" if text.startswith(_FORMULA) else text
