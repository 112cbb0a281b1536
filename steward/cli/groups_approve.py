"""`groups approve-leave`: somebody may leave a group [C5]."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from steward.cli.start import USAGE, complain, open_house, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House

GOOD_FOR: Final = timedelta(days=7)


@click.command("approve-leave", help=_("批准某人退群：在这段日子里退群不算擅自 [C5]"))
@click.argument("chat_id")
@click.argument("userid")
@click.option("--by", required=True, help=_("谁批准的（账号）"))
@click.option("--reason", help=_("原因"))
@click.option("--from", "start", help=_("从哪天起，默认今天；已经退了的写退群那天"))
@click.option("--until", "end", help=_("到哪天为止，默认 7 天后"))
@settings_option
def approve_leave(
    chat_id: str,
    userid: str,
    by: str,
    reason: str | None,
    start: str | None,
    end: str | None,
    settings_path: Path,
) -> None:
    from steward.store import memberships

    userid, by = userid.strip().lower(), by.strip().lower()
    with open_house(settings_path) as house:
        from_on = _to_day(start) if start else house.now().astimezone(house.zone).date()
        until_on = _to_day(end) if end else from_on + GOOD_FOR
        if until_on < from_on:
            complain(_("--until 不能早于 --from"), USAGE)
        _refuse_unknown(house, chat_id, userid, by)
        with house.database.begin() as connection:
            memberships.approve_leave(
                connection,
                chat_id=chat_id,
                userid=userid,
                approved_by=by,
                reason=reason,
                from_on=from_on,
                until_on=until_on,
            )
    text = _("已记下：{by} 批准 {userid} 在 {start} 至 {end} 退出群 {chat_id}")
    click.echo(text.format(by=by, userid=userid, start=from_on, end=until_on, chat_id=chat_id))


def _to_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        complain(_("日期请写成 2026-11-20，收到的是 {seen}").format(seen=text), USAGE)


def _refuse_unknown(house: House, chat_id: str, userid: str, by: str) -> None:
    """Refuse ids nobody has: an approval with a slip in it would be worth nothing when it counts."""
    from steward.cli.groups_show import no_such_group
    from steward.store.groups import load_group
    from steward.store.memberships import load_members

    employees = house.company(house.now()).employees
    with house.database.read() as connection:
        if load_group(connection, chat_id) is None:
            no_such_group(connection, chat_id)
        members = {member.member_id for member in load_members(connection, chat_id)}
    if userid not in employees and userid not in members:
        complain(_("通讯录和这个群里都没有 {userid}：请核对账号").format(userid=userid))
    if by not in employees:
        click.echo(_("注意：通讯录里没有批准人 {by}").format(by=by), err=True)
