"""Group chats our app created: appchat/get, create, update, send (document paths 98914, 90245, 98913, 90248)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from steward.model.delivery import Outcome
from steward.model.group import Member, Roster
from steward.wecom.answers import need_list, need_object, need_str, to_name, to_userid
from steward.wecom.client import WeComClient
from steward.wecom.errors import BadAnswer
from steward.wecom.outcomes import send_and_judge

_GET = "appchat/get"


def get_app_chat(
    client: WeComClient, chat_id: str, now: datetime, problems: list[str] | None = None
) -> Roster:
    """Return one app chat with its members: staff only, without join times and nicknames, which WeCom hides.

    Raises:
        Refused: 40050, 86003: gone; 86008, 48002: another app made it.
    """
    chat = need_object(client.call(_GET, query={"chatid": chat_id}), "chat_info", _GET)
    owner = chat.get("owner")
    members, skipped = _to_members(need_list(chat, "userlist", _GET), chat_id, problems)
    return Roster(
        chat_id=chat_id,
        kind="app",
        name=to_name(chat.get("name")) or "",
        owner_userid=to_userid(owner) if isinstance(owner, str) and owner else None,
        members=members,
        skipped_count=skipped,
        seen_at=now,
    )


def create_app_chat(
    client: WeComClient,
    *,
    name: str,
    owner_userid: str,
    userids: Sequence[str],
    chat_id: str | None = None,
) -> str:
    """Create a chat and return its id. It stays invisible until the first message is sent to it.

    Args:
        userids: 2 to 2000.
        chat_id: at most 32 letters and digits. Give one: then a repetition is refused (86215), not doubled.
    """
    body: dict[str, Any] = {"name": name, "owner": owner_userid, "userlist": list(userids)}
    if chat_id is not None:
        body["chatid"] = chat_id
    return need_str(client.call("appchat/create", body=body, read=False), "chatid", "appchat/create")


def update_app_chat(
    client: WeComClient,
    chat_id: str,
    *,
    name: str | None = None,
    owner_userid: str | None = None,
    add_userids: Sequence[str] = (),
    remove_userids: Sequence[str] = (),
) -> None:
    """Rename a chat, hand it over, add or remove members. A new owner is needed where the owner is removed."""
    changes: dict[str, Any] = {
        "name": name,
        "owner": owner_userid,
        "add_user_list": list(add_userids),
        "del_user_list": list(remove_userids),
    }
    body = {"chatid": chat_id, **{key: value for key, value in changes.items() if value}}
    client.call("appchat/update", body=body, read=False)


def send_to_app_chat(client: WeComClient, chat_id: str, body: Mapping[str, Any]) -> Outcome:
    """Post one message to an app chat. There is no duplicate check: an unknown end stays unknown."""
    return send_and_judge(lambda: client.call("appchat/send", body={**body, "chatid": chat_id}, read=False))


def _to_members(rows: list[Any], chat_id: str, problems: list[str] | None) -> tuple[tuple[Member, ...], int]:
    found = {to_userid(row): None for row in rows if isinstance(row, str) and row}
    if rows and not found:
        raise BadAnswer("没有一个成员可读", _GET, field="userlist")
    skipped = sum(not isinstance(row, str) or not row for row in rows)
    if skipped and problems is not None:
        problems.append(f"{_GET} {chat_id}: 跳过 {skipped} 个无法识别的成员")
    return tuple(Member(userid, "staff") for userid in found), skipped
