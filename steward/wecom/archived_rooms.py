"""Internal groups known from the chat archive: msgaudit/groupchat/get (document path 92951)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from steward.model.group import Member, Roster
from steward.wecom.answers import is_external, need_list, to_moment, to_name, to_unix_s, to_userid
from steward.wecom.client import SecretName, WeComClient
from steward.wecom.errors import BadAnswer

_GET = "msgaudit/groupchat/get"
_CREDENTIAL: SecretName = "archive"


def get_archived_room(
    client: WeComClient, room_id: str, now: datetime, problems: list[str] | None = None
) -> Roster:
    """Return one internal group with its members and when they joined; nicknames are not shown.

    Raises:
        Refused: 301059: the group has outsiders, read it as a customer group; 301052, 301053: no archive.
    """
    answer = client.call(_GET, secret=_CREDENTIAL, body={"roomid": room_id})
    creator = answer.get("creator")
    members, skipped = _to_members(need_list(answer, "members", _GET), room_id, problems)
    return Roster(
        chat_id=room_id,
        kind="archived",
        name=to_name(answer.get("roomname")) or "",
        # The creator, not the owner: an archived room does not tell who owns it today.
        owner_userid=to_userid(creator) if isinstance(creator, str) and creator else None,
        members=members,
        skipped_count=skipped,
        created_at=to_moment(answer.get("room_create_time")),
        seen_at=now,
    )


def _to_members(rows: list[Any], room_id: str, problems: list[str] | None) -> tuple[tuple[Member, ...], int]:
    found: dict[str, Member] = {}
    skipped = 0
    for row in rows:
        member_id = row.get("memberid") if isinstance(row, dict) else None
        if not isinstance(member_id, str) or not member_id:
            skipped += 1
        elif is_external(member_id):
            found[member_id] = Member(member_id, "external", joined_unix_s=to_unix_s(row.get("jointime")))
        else:
            userid = to_userid(member_id)
            found[userid] = Member(userid, "staff", joined_unix_s=to_unix_s(row.get("jointime")))
    if rows and not found:
        raise BadAnswer("没有一行成员可读", _GET, field="memberid")
    if skipped and problems is not None:
        problems.append(f"{_GET} {room_id}: 跳过 {skipped} 行无法识别的成员")
    return tuple(found.values()), skipped
