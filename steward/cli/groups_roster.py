"""`groups roster`: the members of a group that no API shows, as its owner hands them in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.handing_in import exit_for, filename_of, problems_to_json, read_input, say_problems
from steward.cli.show import echo_json
from steward.cli.start import USAGE, complain, json_option, open_house, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from steward.cli.house import House
    from steward.intake.names import Unresolved
    from steward.intake.roster import RosterIntake
    from steward.model.directory import Company
    from steward.model.group import Group, GroupKind, Roster
    from steward.model.settings.groups import Groups


@click.command("roster", help=_("提交一个群的成员名单（Excel、CSV 或粘贴的名字；文件写 - 从标准输入读）"))
@click.argument("chat_id")
@click.argument("file")
@click.option("--name", help=_("群名称；新群请写上"))
@click.option("--owner", help=_("群主的账号；不写就按名单里标的群主"))
@json_option
@settings_option
def roster(
    chat_id: str, file: str, name: str | None, owner: str | None, as_json: bool, settings_path: Path
) -> None:
    from steward.intake.cells import to_userid
    from steward.intake.errors import IntakeError
    from steward.intake.roster import read_roster

    owner_userid = to_userid(owner) if owner else None
    if owner and owner_userid is None:
        complain(_("--owner 不是企业微信账号：{owner}").format(owner=owner), USAGE)
    with open_house(settings_path) as house:
        group = _known(house, chat_id)
        now = house.now()
        try:
            intake = read_roster(
                read_input(file), filename=filename_of(file), chat_id=chat_id, now=now, name=name or ""
            )
        except IntakeError as error:
            complain(error.text(LANGUAGE))
        counts: dict[str, int] = {}
        unresolved: Sequence[Unresolved] = ()
        if intake.roster is not None:
            company = house.company(now)
            handed_in, unresolved = resolve(intake, intake.roster, company, house)
            handed_in = _completed(house, handed_in, group, owner_userid)
            counts = _save(house, handed_in, now)
            _say(handed_in, counts, unresolved, company, as_json)
    if as_json:
        doubtful = [
            {"name": u.member.nickname or u.member.name, "candidates": u.candidates} for u in unresolved
        ]
        told = problems_to_json(intake.problems)
        echo_json({"chat_id": chat_id, **counts, "unresolved": doubtful, "problems": told})
    say_problems(() if as_json else intake.problems, intake.notes)
    exit_for(intake.problems, read_count=counts.get("members", 0))


def _known(house: House, chat_id: str) -> Group | None:
    from steward.store.groups import load_group
    from steward.store.registry import load_registry

    with house.database.read() as connection:
        group = load_group(connection, chat_id)
        kinds = {entry.chat_id: entry.kind for entry in load_registry(connection)}
    refusal = refusal_of(chat_id, group, house.settings.groups, kinds.get(chat_id))
    if refusal:
        complain(refusal)
    return group


def refusal_of(
    chat_id: str, group: Group | None, settings: Groups, registered: GroupKind | None = None
) -> str | None:
    """Return why a handed-in roster is not taken for this group; None where it is.

    What WeCom itself shows is never overwritten by what somebody typed.

    Args:
        registered: how the register says WeCom shows the group.
    """
    from steward.cli.terms import KINDS

    if chat_id in settings.exclude:
        return _("{chat_id} 写在 settings.toml 的 groups.exclude 里：先从那里删去").format(chat_id=chat_id)
    for key, kind in (("app_chats", KINDS["app"]), ("archived_rooms", KINDS["archived"])):
        if chat_id in getattr(settings, key):
            text = _(
                "{chat_id} 是{kind}，成员由企业微信接口读取；若接口读不到，先从 settings.toml 的 groups.{key} 删去"
            )
            return text.format(chat_id=chat_id, kind=kind, key=key)
    if registered not in (None, "handed_in"):
        text = _(
            "台账把 {chat_id} 登记为{kind}，成员由企业微信接口读取；若接口读不到，先把台账的来源改为手工名单"
        )
        return text.format(chat_id=chat_id, kind=KINDS[registered])
    if group is None or group.kind == "handed_in" or group.status == "gone":
        return None
    if group.kind == "customer" or group.members_as_of is not None:
        text = _("{chat_id} 的成员由企业微信接口读取，每天更新，不接受名单；请运行 run sync_groups")
        return text.format(chat_id=chat_id)
    return None


def resolve(
    intake: RosterIntake, handed_in: Roster, company: Company, house: House
) -> tuple[Roster, tuple[Unresolved, ...]]:
    """Return the roster with names turned into employees where they fit exactly one, and those that do not."""
    from steward.intake.names import resolve_names

    nickname = house.settings.nickname
    members, unresolved = resolve_names(
        handed_in.members,
        company.employees.values(),
        departments=company.departments,
        aliases=nickname.department_aliases,
        suffixes=nickname.suffixes,
    )
    ids = {
        before.member_id: after.member_id for before, after in zip(handed_in.members, members, strict=True)
    }
    owner = ids.get(intake.owner_member_id or "")
    named = owner if owner in company.employees else handed_in.owner_userid
    return replace(handed_in, members=members, owner_userid=named), unresolved


def _completed(house: House, handed_in: Roster, group: Group | None, owner_userid: str | None) -> Roster:
    """Return the roster with name and owner: as said now, else as known before, else as the register says."""
    from steward.store.registry import load_registry

    with house.database.read() as connection:
        entry = next((e for e in load_registry(connection) if e.chat_id == handed_in.chat_id), None)
    known_name = group.name if group else ""
    known_owner = group.owner_userid if group else None
    return replace(
        handed_in,
        name=handed_in.name or known_name or (entry.name if entry else None) or "",
        owner_userid=owner_userid
        or handed_in.owner_userid
        or known_owner
        or (entry.owner_userid if entry else None),
        created_at=group.created_at if group else None,
    )


def _save(house: House, handed_in: Roster, now: datetime) -> dict[str, int]:
    from steward.model.source import SourceState
    from steward.store.memberships import apply_rosters
    from steward.store.sources import save_sources

    source = SourceState(name=f"roster:{handed_in.chat_id}", good_at=now, tried_at=now)
    with house.database.begin() as connection:
        counts = apply_rosters(connection, [handed_in])
        save_sources(connection, [source])
    return counts


def _say(
    handed_in: Roster,
    counts: dict[str, Any],
    unresolved: Sequence[Unresolved],
    company: Company,
    as_json: bool,
) -> None:
    if not as_json:
        text = _("{name}：收下 {members} 人（新来 {joined}，离开 {gone}）")
        click.echo(text.format(name=handed_in.name or handed_in.chat_id, **counts))
    if not handed_in.name:
        click.echo(_("还不知道这个群叫什么：请用 --name 写上"), err=True)
    if handed_in.owner_userid is None:
        click.echo(_("还不知道群主是谁：请用 --owner 写上账号，提醒才有人收"), err=True)
    if not company.employees:
        click.echo(
            _("通讯录还是空的，名字都没有对上员工：先运行 run sync_directory 或 people import，再交一次"),
            err=True,
        )
    elif unresolved:
        click.echo(_("{count} 个名字没有对上员工：").format(count=len(unresolved)), err=True)
        for one in unresolved:
            click.echo("  " + _doubt(one), err=True)


def _doubt(one: Unresolved) -> str:
    name = one.member.nickname or one.member.name or one.member.member_id
    if len(one.candidates) > 1:
        text = _("{name}：有 {count} 个同名的人（{who}），请加上账号列")
        return text.format(name=name, count=len(one.candidates), who="、".join(one.candidates))
    if one.candidates:
        return _("{name}：与名单里另一行是同一个人（{who}）").format(name=name, who=one.candidates[0])
    return _("{name}：通讯录里没有这个名字").format(name=name)
