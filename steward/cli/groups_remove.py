"""`groups remove`: carry out a removal that the digest proposed [C6]."""

from __future__ import annotations

from pathlib import Path

import click

from steward.cli.start import complain, open_house, settings_option
from steward.cli.words import _


@click.command("remove", help=_("把某人移出本应用创建的群（其他群请群主移出）；记录是谁决定的 [C6]"))
@click.argument("chat_id")
@click.argument("userid")
@click.option("--by", required=True, help=_("谁决定的（账号）"))
@click.option("--yes", is_flag=True, help=_("不再询问"))
@settings_option
def remove(chat_id: str, userid: str, by: str, yes: bool, settings_path: Path) -> None:
    from steward.actions.remove_member import Refusal, remove_member

    userid, by = userid.strip().lower(), by.strip().lower()
    with open_house(settings_path) as house:
        if not yes:
            click.confirm(
                _("确定把 {userid} 移出群 {chat_id}？").format(userid=userid, chat_id=chat_id), abort=True
            )
        try:
            group = remove_member(
                house.database,
                house.client,
                chat_id=chat_id,
                userid=userid,
                by=by,
                now=house.now(),
                zone=house.zone,
            )
        except Refusal as refusal:
            complain(str(refusal))
    click.echo(_("已把 {userid} 移出「{name}」").format(userid=userid, name=group.name))
