"""Customer groups (客户群): who may own one, which there are, who is in one (document paths 92120, 92122)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from steward.model.group import GroupListing, Member, Roster
from steward.wecom.answers import (
    is_external,
    need_list,
    need_object,
    objects,
    to_moment,
    to_name,
    to_unix_s,
    to_userid,
    to_userids,
)
from steward.wecom.client import WeComClient
from steward.wecom.errors import BadAnswer, Refused, WeComError
from steward.wecom.paging import read_pages

OWNERS_PER_CALL = 100  # document path 92120
GROUPS_PER_PAGE = 1000
_LIST = "externalcontact/groupchat/list"
_GET = "externalcontact/groupchat/get"
_OWNERS = "externalcontact/get_follow_user_list"
_TOO_MANY = 81017
_NAMES_REFUSED = frozenset({40031, 40032, 40035, 40058, 40063, 45029})
_OWNER_LEFT = 1
_EXTERNAL = 2


def list_group_owners(client: WeComClient) -> list[str]:
    """Return the userids of everybody who may own customer groups (who has 客户联系)."""
    return list(to_userids(need_list(client.call(_OWNERS), "follow_user", _OWNERS)))


def list_customer_groups(
    client: WeComClient, owner_userids: Sequence[str], problems: list[str] | None = None
) -> list[GroupListing]:
    """Return every customer group of these owners, each once.

    A group whose owner left the company is listed only if that owner is named: hand in leavers too.

    Args:
        owner_userids: empty asks without naming owners, which WeCom allows up to 1000 people in range (81017).
        problems: gets a line for rows skipped and for paging that was broken off; with a line in it the list may
            be short, and a group that is absent is not gone.
    """
    batches = [
        owner_userids[at : at + OWNERS_PER_CALL] for at in range(0, len(owner_userids), OWNERS_PER_CALL)
    ] or [()]
    found: dict[str, GroupListing] = {}
    with closing(
        client.map_parallel(lambda owners: _list_batch(client, owners, problems), batches)
    ) as results:
        for _, result in results:
            if isinstance(result, WeComError):
                raise result
            found.update((listing.chat_id, listing) for listing in result)
    return list(found.values())


def _list_batch(client: WeComClient, owners: Sequence[str], problems: list[str] | None) -> list[GroupListing]:
    try:
        return list(_list_owners(client, owners, problems))
    except Refused as error:
        if error.errcode != _TOO_MANY or len(owners) < 2:
            raise
    half = len(owners) // 2
    return [
        *_list_batch(client, owners[:half], problems),
        *_list_batch(client, owners[half:], problems),
    ]


def _list_owners(
    client: WeComClient, owners: Sequence[str], problems: list[str] | None
) -> Iterator[GroupListing]:
    owner_filter = {"owner_filter": {"userid_list": list(owners)}} if owners else {}

    def fetch(cursor: str) -> dict[str, Any]:
        body = {"status_filter": 0, **owner_filter, "cursor": cursor, "limit": GROUPS_PER_PAGE}
        return client.call(_LIST, body=body)

    for rows in read_pages(fetch, "group_chat_list", _LIST, problems):
        for row in objects(rows, problems, _LIST):
            chat_id = row.get("chat_id")
            if isinstance(chat_id, str) and chat_id:
                owner_left = row.get("status") == _OWNER_LEFT
                yield GroupListing(chat_id=chat_id, kind="customer", owner_left=owner_left)
            elif problems is not None:
                problems.append(f"{_LIST}: 跳过一行，缺 chat_id")


def get_customer_group(
    client: WeComClient, chat_id: str, now: datetime, problems: list[str] | None = None
) -> Roster:
    """Return one customer group with everybody in it, their names and their nicknames there.

    The id asked for is kept, whatever id the answer carries.

    Args:
        problems: gets a line where member rows had to be skipped.

    Raises:
        Refused: 49008, 40050: dismissed; 90501: not a customer group; 92002: another corp's; 60011: out of range.
        BadAnswer: no `group_chat`, no `member_list`, or not one readable row in it.
    """
    chat = need_object(_ask(client, chat_id), "group_chat", _GET)
    members, skipped = _to_members(need_list(chat, "member_list", _GET), chat_id, problems)
    owner, version = chat.get("owner"), chat.get("member_version")
    return Roster(
        chat_id=chat_id,
        kind="customer",
        name=to_name(chat.get("name")) or "",
        owner_userid=to_userid(owner) if isinstance(owner, str) and owner else None,
        members=members,
        skipped_count=skipped,
        created_at=to_moment(chat.get("create_time")),
        member_version=version if isinstance(version, str) and version else None,
        seen_at=now,
    )


def _ask(client: WeComClient, chat_id: str) -> dict[str, Any]:
    try:
        return client.call(_GET, body={"chat_id": chat_id, "need_name": 1})
    except Refused as error:
        if error.errcode not in _NAMES_REFUSED:
            raise
    return client.call(_GET, body={"chat_id": chat_id})


def _to_members(rows: list[Any], chat_id: str, problems: list[str] | None) -> tuple[tuple[Member, ...], int]:
    found: dict[str, Member] = {}
    skipped = 0
    for row in rows:
        member = _to_member(row)
        if member is None:
            skipped += 1
        else:
            found[member.member_id] = member
    if rows and not found:
        raise BadAnswer("没有一行成员可读", _GET, field="userid")
    if skipped and problems is not None:
        problems.append(f"{_GET} {chat_id}: 跳过 {skipped} 行无法识别的成员")
    return tuple(found.values()), skipped


def _to_member(row: Any) -> Member | None:
    member_id = row.get("userid") if isinstance(row, Mapping) else None
    if not isinstance(member_id, str) or not member_id:
        return None
    kind = row.get("type")
    # Any other type than 1 and 2 is left to the id, whose prefix tells external people.
    external = kind == _EXTERNAL or (kind != 1 and is_external(member_id))
    invitor = row.get("invitor")
    inviter = invitor.get("userid") if isinstance(invitor, Mapping) else None
    return Member(
        member_id if external else to_userid(member_id),
        "external" if external else "staff",
        to_name(row.get("group_nickname")),
        to_name(row.get("name")),
        to_unix_s(row.get("join_time")),
        to_userid(inviter) if isinstance(inviter, str) and inviter else None,
    )
