"""Take somebody out of a group [C6]. A job only proposes it; a person does it, and it is written down who.

WeCom removes members by API from app chats alone (document path 98913); everywhere else only a person in the
client can.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.model.group import Group
from steward.store.audit import AuditEntry, insert_audit
from steward.store.database import Database
from steward.store.groups import load_group
from steward.store.memberships import apply_rosters, approve_leave, load_members
from steward.wecom.app_chats import get_app_chat, update_app_chat
from steward.wecom.client import WeComClient
from steward.wecom.errors import WeComError

ACTION: Final = "remove_member"
_GRACE: Final = timedelta(days=7)


class Refusal(Exception):
    """Why it was not done, in a sentence for the person who asked."""


def remove_member(
    database: Database,
    client: WeComClient,
    *,
    chat_id: str,
    userid: str,
    by: str,
    now: datetime,
    zone: ZoneInfo,
) -> Group:
    """Take a member out of an app chat, read the chat again, and write down who did it.

    Doing it twice is harmless: who is no longer there is refused with that word.

    Returns:
        The group as it was before.

    Raises:
        Refusal: the group is unknown or no app chat, the member is its owner or not in it, or WeCom said no.
    """
    with database.read() as connection:
        group = _removable_from(connection, chat_id, userid)
    try:
        update_app_chat(client, chat_id, remove_userids=[userid])
        roster = get_app_chat(client, chat_id, now)
    except WeComError as error:
        with database.begin() as connection:
            insert_audit(connection, _entry(chat_id, userid, by, now, "refused", error.detail))
        raise Refusal(f"企业微信没有移出：{error}") from error
    today = now.astimezone(zone).date()
    with database.begin() as connection:
        # Who was taken out did not leave without authorisation.
        approve_leave(
            connection,
            chat_id=chat_id,
            userid=userid,
            approved_by=by,
            reason=ACTION,
            from_on=today - _GRACE,
            until_on=today,
        )
        apply_rosters(connection, [roster])
        insert_audit(connection, _entry(chat_id, userid, by, now, "done", None))
    return group


def _removable_from(connection: Connection, chat_id: str, userid: str) -> Group:
    group = load_group(connection, chat_id)
    if group is None:
        raise Refusal(f"没有见过群 {chat_id}：用 main.py groups list --kind app 核对群 ID")
    if group.kind != "app":
        raise Refusal(f"「{group.name}」不是本应用创建的群，企业微信没有移出成员的接口：请群主在群里移出")
    if userid not in {member.member_id for member in load_members(connection, chat_id)}:
        raise Refusal(f"{userid} 不在「{group.name}」里（按最近一次读到的名单）")
    if userid == group.owner_userid:
        raise Refusal(f"{userid} 是「{group.name}」的群主：请先在企业微信里换群主")
    return group


def _entry(chat_id: str, userid: str, by: str, now: datetime, outcome: str, detail: str | None) -> AuditEntry:
    return AuditEntry(
        at=now,
        by=by,
        action=ACTION,
        subject=f"{chat_id}/{userid}",
        outcome="done" if outcome == "done" else "refused",
        detail={"detail": detail} if detail else {},
    )
