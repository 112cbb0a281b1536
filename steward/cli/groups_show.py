"""`groups show`: one group, with everything that is known of it and how."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from steward.cli.show import align, echo_json, minute, show_fields, to_cell
from steward.cli.start import complain, json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from steward.cli.house import House
    from steward.model.directory import Company
    from steward.model.group import Group, Member


@click.command("show", help=_("查看一个群：受什么制度管理、依据在哪里、成员、看不到什么、数据多旧"))
@click.argument("chat_id")
@json_option
@settings_option
def show(chat_id: str, as_json: bool, settings_path: Path) -> None:
    from steward.store.groups import load_group
    from steward.store.memberships import load_members

    with open_house(settings_path) as house:
        company = house.company(house.now())
        with house.database.read() as connection:
            group = load_group(connection, chat_id)
            if group is None:
                no_such_group(connection, chat_id)
            members = load_members(connection, chat_id) if group.members_as_of else None
            governed = _governed(house, connection, group, company)
            seen = _seen(house, connection, group, members, company)
        rows = [_member(member, company) for member in members or ()]
        if as_json:
            echo_json({**asdict(group), "governed": governed, "seen": seen, "members": rows})
            return
        _show_group(house, group, governed)
        _show_members(group, rows, seen)


def no_such_group(connection: Connection, chat_id: str) -> NoReturn:
    """Say that there is no such group, and which was probably meant."""
    from steward.store.groups import load_groups

    known = {name: group.chat_id for group in load_groups(connection) for name in (group.chat_id, group.name)}
    close = [known[name] for name in get_close_matches(chat_id, [n for n in known if n], n=1)]
    hint = _("；是不是 {chat_id}？").format(chat_id=close[0]) if close else _("；用 groups list 查看有哪些")
    complain(_("没有这个群：{chat_id}").format(chat_id=chat_id) + hint)


def _governed(house: House, connection: Connection, group: Group, company: Company) -> dict[str, Any]:
    from steward.checks.assignment import Assigner
    from steward.cli.governed import is_stale, where_from
    from steward.store.registry import load_registry

    registry = load_registry(connection)
    settings = house.settings.groups
    assignment = Assigner(settings, registry, company).assign(group)
    values = {
        "policy": assignment.policy,
        "audience": assignment.audience,
        "department": company.department_name(assignment.department_id) or assignment.department_id,
        "liaison": assignment.liaison_userid,
        "filed_on": assignment.filed_on,
    }
    places = where_from(group, assignment, company, settings, registry)
    told: dict[str, Any] = {
        name: {"value": value, "from": places.get(name)} for name, value in values.items()
    }
    return {**told, "stale": is_stale(group, assignment, house.settings, house.now())}


def _seen(
    house: House, connection: Connection, group: Group, members: list[Member] | None, company: Company
) -> dict[str, int]:
    from steward.checks.assignment import Assigner
    from steward.checks.observable import observe
    from steward.checks.params import build_params
    from steward.model.group import GroupFacts
    from steward.store.registry import load_registry

    assignment = Assigner(house.settings.groups, load_registry(connection), company).assign(group)
    facts = GroupFacts(group=group, assignment=assignment, members=members)
    params = build_params(house.settings, (), house.now())[assignment.policy]
    return asdict(observe(facts, company, params))


def _member(member: Member, company: Company) -> dict[str, Any]:
    employee = company.employees.get(member.member_id)
    name = member.name or (employee.name if employee else None)
    return {**member._asdict(), "name": name, "left": bool(employee and employee.left_at)}


def _show_group(house: House, group: Group, governed: dict[str, Any]) -> None:
    from steward.cli.terms import AUDIENCES, GROUP_STATES, KINDS, POLICIES

    words = {
        "policy": (_("制度"), POLICIES),
        "audience": (_("人群"), AUDIENCES),
        "department": (_("部门"), {}),
        "liaison": (_("文字编辑"), {}),
        "filed_on": (_("备案日期"), {}),
    }
    state = GROUP_STATES[group.status] + (f"：{group.unreadable_reason}" if group.unreadable_reason else "")
    fields = [
        (_("群ID"), group.chat_id),
        (_("群名称"), group.name or _("（没有名称）")),
        (_("来源"), KINDS[group.kind]),
        (_("状态"), state),
        (_("群主"), (group.owner_userid or _("未知")) + (_("（已离职）") if group.owner_left else "")),
    ]
    for name, (label, said) in words.items():
        value, where = governed[name]["value"], governed[name]["from"]
        shown = _("没有") if value is None else said.get(value, str(value))
        fields.append((label, f"{shown}  ← {where}" if where else shown))
    fields.append((_("名单"), _age(house, group, governed["stale"])))
    show_fields(fields)


def _age(house: House, group: Group, stale: bool) -> str:
    from steward.clock.wording import duration_words

    if group.members_as_of is None:
        return _("从未读到成员名单")
    words = _("{at} 读到，距今 {age}").format(
        at=minute(group.members_as_of, house.zone),
        age=duration_words(house.now() - group.members_as_of, LANGUAGE),
    )
    return words + (_("，过旧 [C6]") if stale else "")


def _show_members(group: Group, rows: list[dict[str, Any]], seen: dict[str, int]) -> None:
    from steward.cli.terms import MEMBER_KINDS

    if group.members_as_of is None:
        return
    click.echo("\n" + _("成员 {count} 人").format(count=len(rows)))
    for name, sentence in (
        ("nickname_not_observable", _("{count} 人的群昵称企业微信不提供，无法检查 [C4]")),
        ("nickname_not_judged", _("{count} 人的姓名或部门未知，群昵称无法判断 [C4]")),
        ("unknown_staff", _("{count} 人不在看得到的通讯录里，是不是员工无法判断 [C3]")),
        ("unresolved_names", _("{count} 个名字没有对上员工")),
    ):
        if seen[name]:
            click.echo("  " + _("看不到：") + sentence.format(count=seen[name]))
    lines = [(_("账号"), _("姓名"), _("群昵称"), _("身份"))]
    for row in rows:
        nickname = _("（不可见）") if row["nickname"] is None else row["nickname"] or _("（未设置）")
        kind = MEMBER_KINDS[row["kind"]] + (_("，已离职") if row["left"] else "")
        lines.append((row["member_id"], to_cell(row["name"] or ""), to_cell(nickname), kind))
    for line in align(lines):
        click.echo(f"  {line}")
