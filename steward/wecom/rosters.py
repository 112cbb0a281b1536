"""Reading the members of many groups of any kind, each as far as it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

from steward.model.group import GroupKind, GroupListing, Roster
from steward.wecom.app_chats import get_app_chat
from steward.wecom.archived_rooms import get_archived_room
from steward.wecom.client import SecretName, WeComClient
from steward.wecom.customer_groups import get_customer_group
from steward.wecom.errcodes import classify
from steward.wecom.errors import WeComError
from steward.wecom.reach import GONE, concerns_everything, is_passing

_SILENT_GROUPS = 10
_SECRETS: Mapping[GroupKind, SecretName] = {"customer": "app", "app": "app", "archived": "archive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableGroup:
    """A group whose members could not be read this time.

    Args:
        reason: one Chinese sentence with errcode and remedy.
        gone: it was dismissed; otherwise it may be readable again, and its last roster stays in force.
    """

    chat_id: str
    kind: GroupKind
    reason: str
    errcode: int | None
    gone: bool


def read_rosters(
    client: WeComClient,
    listings: Sequence[GroupListing],
    now: datetime,
    problems: list[str] | None = None,
) -> Iterator[Roster | UnreadableGroup]:
    """Yield every group with its members, or why it cannot be read.

    What can be read with the one secret is yielded even if the other is refused; the refusal is raised at the end.

    Args:
        problems: gets a line for each group in which member rows had to be skipped.

    Raises:
        WeComError: an error that concerns every group alike (IP, secret, right, limit, ten groups in a row without
            a usable answer), once and not for each group. The groups it kept from being read are not yielded.
    """
    held: WeComError | None = None
    for secret in ("app", "archive", None):
        mine = [one for one in listings if _SECRETS.get(one.kind) == secret]
        try:
            yield from _read_alike(client, mine, now, problems)
        except WeComError as error:
            held = held or error
    if held is not None:
        raise held


def _read_alike(
    client: WeComClient, listings: Sequence[GroupListing], now: datetime, problems: list[str] | None
) -> Iterator[Roster | UnreadableGroup]:
    silent = 0
    results = client.map_parallel(lambda one: _read(client, one, now, problems), listings)
    with closing(results):
        for listing, result in results:
            if not isinstance(result, WeComError):
                silent = 0
                yield result
                continue
            silent = silent + 1 if is_passing(result) else 0
            if concerns_everything(result) or silent >= _SILENT_GROUPS:
                raise result
            yield _unreadable(listing, result)


def _read(
    client: WeComClient, listing: GroupListing, now: datetime, problems: list[str] | None
) -> Roster | UnreadableGroup:
    if listing.kind == "customer":
        roster = get_customer_group(client, listing.chat_id, now, problems)
        return replace(roster, owner_left=True) if listing.owner_left else roster
    if listing.kind == "app":
        return get_app_chat(client, listing.chat_id, now, problems)
    if listing.kind == "archived":
        return get_archived_room(client, listing.chat_id, now, problems)
    return UnreadableGroup(
        chat_id=listing.chat_id,
        kind=listing.kind,
        reason="企业微信没有接口可读此群成员；请群主交名单（main.py groups roster）",
        errcode=None,
        gone=False,
    )


def _unreadable(listing: GroupListing, error: WeComError) -> UnreadableGroup:
    gone = error.errcode in GONE
    if error.errcode is None:
        reason = f"读取失败：{error.errmsg}"
    else:
        reason = f"企业微信 {error.errcode}：{classify(error.errcode).meaning_zh}"
    if error.remedy:
        reason += f"；处理：{error.remedy}"
    return UnreadableGroup(
        chat_id=listing.chat_id, kind=listing.kind, reason=reason, errcode=error.errcode, gone=gone
    )
