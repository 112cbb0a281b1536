"""`groups`: which groups there are, what governs each, and what people hand in about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.groups_approve import approve_leave
from steward.cli.groups_export import export
from steward.cli.groups_import import import_register
from steward.cli.groups_overview import overview
from steward.cli.groups_remove import remove
from steward.cli.groups_roster import roster
from steward.cli.groups_show import show
from steward.cli.show import minute, show_list
from steward.cli.start import json_option, open_house, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House

KINDS = ("customer", "archived", "app", "handed_in")


@click.group(help=_("群：列表、导入台账、提交名单、批准退群、移出成员"))
def groups() -> None:
    """Hold the commands."""


for command in (show, import_register, export, roster, approve_leave, remove):
    groups.add_command(command)


@groups.command("list", help=_("列出已知的群：制度、部门、备案、成员名单的日期"))
@click.option("--kind", type=click.Choice(KINDS), help=_("只看这一类"))
@click.option("--unfiled", is_flag=True, help=_("只看没有备案的 [C1]"))
@click.option("--stale", is_flag=True, help=_("只看成员名单过旧或从未读到的 [C6]"))
@json_option
@settings_option
def list_groups(kind: str | None, unfiled: bool, stale: bool, as_json: bool, settings_path: Path) -> None:
    from steward.cli.terms import GROUP_STATES, KINDS, POLICIES

    with open_house(settings_path) as house:
        rows = [
            row
            for row in overview(house)
            if (kind is None or row["kind"] == kind)
            and (not unfiled or row["filed_on"] is None)
            and (not stale or row["stale"])
        ]
        columns = [
            (_("群ID"), lambda row: row["chat_id"]),
            (_("群名称"), lambda row: row["name"] or _("（没有名称）")),
            (_("来源"), lambda row: KINDS[row["kind"]]),
            (_("制度"), lambda row: POLICIES[row["policy"]]),
            (_("部门"), lambda row: row["department"] or ""),
            (_("群主"), lambda row: row["owner_userid"] or ""),
            (_("文字编辑"), lambda row: row["liaison_userid"] or ""),
            (_("备案"), lambda row: row["filed_on"].isoformat() if row["filed_on"] else _("未备案")),
            (_("人数"), lambda row: "" if row["member_count"] is None else str(row["member_count"])),
            (_("名单日期"), lambda row: _roster_words(row, house)),
            (_("状态"), lambda row: GROUP_STATES[row["status"]]),
        ]
        empty = _("没有这样的群") if kind or unfiled or stale else _("还没有群；先运行 run sync_groups")
        spare = [_("来源"), _("状态"), _("文字编辑"), _("群主"), _("制度"), _("人数"), _("部门"), _("备案")]
        show_list(rows, columns, as_json=as_json, empty=empty, spare=spare)


def _roster_words(row: dict[str, Any], house: House) -> str:
    if row["members_as_of"] is None:
        return _("从未读到")
    return minute(row["members_as_of"], house.zone) + (_("（过旧）") if row["stale"] else "")
