"""Customer groups (document paths 92120, 92122) and who may own one."""

import hashlib
from typing import Any

from steward.simulator.cursors import next_cursor
from steward.simulator.errors import Refused
from steward.simulator.records import Group, Membership
from steward.simulator.registry import Answer, Call, Fields, endpoint
from steward.simulator.site import Site

_MOST_OWNERS = 100


@endpoint("externalcontact/get_follow_user_list", right="customer_contact", empty={"follow_user": []})
def list_follow_users(call: Call) -> Fields:
    """Return who may deal with customers, and so own a customer group."""
    site = call.site
    return {"follow_user": [userid for userid in site.world.customer_contacts if site.visible_person(userid)]}


@endpoint(
    "externalcontact/groupchat/list",
    right="customer_contact",
    method="POST",
    empty={"group_chat_list": [], "next_cursor": ""},
)
def list_group_chats(call: Call) -> Fields:
    """Return ids of customer groups whose owner is in range; those of leavers only when the leaver is named."""
    offset, size = call.page(call.body.get("limit"), 1000)
    owners = _owner_filter(call)
    status = call.body.get("status_filter") or 0
    found = [
        group
        for group in call.site.world.live_groups()
        if group.kind == "customer" and _is_listed(call.site, group, owners) and status in (0, group.status)
    ]
    return {
        "group_chat_list": [
            {"chat_id": group.chat_id, "status": group.status} for group in found[offset : offset + size]
        ],
        "next_cursor": next_cursor(call.path, offset, size, len(found)),
    }


def _owner_filter(call: Call) -> frozenset[str] | None:
    """Return the owners asked for, None for all in range.

    Raises:
        Refused: 81017 more than 1000 people in range and no filter, 40058 more than 100 owners.
    """
    owner_filter = call.body.get("owner_filter") or {}
    chosen = owner_filter.get("userid_list") or [] if isinstance(owner_filter, dict) else None
    if not isinstance(chosen, list):
        raise Refused(40058, "owner_filter.userid_list invalid Request Parameter")
    if len(chosen) > _MOST_OWNERS:
        raise Refused(40058, f"owner_filter.userid_list must be at most {_MOST_OWNERS}")
    if chosen:
        return frozenset(str(userid).lower() for userid in chosen)
    if len(call.site.visible_people()) > call.site.limits.people_without_owner_filter:
        raise Refused(81017)
    return None


def _is_listed(site: Site, group: Group, owners: frozenset[str] | None) -> bool:
    if owners is not None and group.owner not in owners:
        return False
    return group.owner in site.world.former if owners and group.status == 1 else _in_range(site, group)


def _in_range(site: Site, group: Group) -> bool:
    return site.visible_person(group.owner) is not None


@endpoint("externalcontact/groupchat/get", right="customer_contact", method="POST", empty={"group_chat": {}})
def get_group_chat(call: Call) -> Answer:
    """Return one customer group with its members; names only with need_name=1."""
    site, chat_id = call.site, call.body.get("chat_id")
    if chat_id in site.world.foreign_rooms:
        raise Refused(92002)
    group = site.world.groups.get(chat_id) if isinstance(chat_id, str) else None
    if group is None:
        raise Refused(40050)
    if group.is_dismissed:
        raise Refused(49008)
    if group.kind != "customer":
        raise Refused(90501)
    if group.owner in site.world.people and not _in_range(site, group):
        raise Refused(60011)
    need_name = call.body.get("need_name") == 1
    return Answer(
        site.cached(
            (call.path, chat_id, need_name),
            group.version,
            lambda: {"group_chat": _group_object(site, group, need_name)},
        )
    )


def _group_object(site: Site, group: Group, need_name: bool) -> dict[str, Any]:
    version = hashlib.md5(f"{group.chat_id}:{group.version}".encode(), usedforsecurity=False).hexdigest()
    return {
        "chat_id": group.chat_id,
        "name": group.name,
        "owner": group.owner,
        "create_time": group.created_at,
        "notice": "",
        "member_list": [_member_object(site, member, need_name) for member in group.members.values()],
        "admin_list": [{"userid": userid} for userid in group.admins],
        "member_version": version,
    }


def _member_object(site: Site, member: Membership, need_name: bool) -> dict[str, Any]:
    world = site.world
    outsider = world.outsiders[member.member_id] if member.is_outsider else None
    shown: dict[str, Any] = {"userid": member.member_id, "type": 2 if outsider else 1}
    if outsider and outsider.unionid:
        shown["unionid"] = outsider.unionid
    shown |= {"join_time": member.joined_at, "join_scene": member.join_scene}
    if member.invited_by:
        shown["invitor"] = {"userid": member.invited_by}
    shown["group_nickname"] = member.nickname
    if need_name:
        person = outsider or world.people.get(member.member_id)
        shown["name"] = person.name if person else ""
    return shown


@endpoint("externalcontact/get", right="customer_contact", empty={"external_contact": {}, "follow_user": []})
def get_external_contact(call: Call) -> Fields:
    """Return an outsider and the colleague who brought them in (document path 92114).

    Raises:
        Refused: 84061, nobody visible has a relation to them; joining a group alone makes none.
    """
    site, external_userid = call.site, call.query.get("external_userid", "")
    outsider = site.world.outsiders.get(external_userid)
    groups = [site.world.groups[key] for key in site.world.groups_of.get(external_userid, ())]
    inviters = [group.members[external_userid].invited_by for group in groups]
    followers = [userid for userid in dict.fromkeys(inviters) if userid and site.visible_person(userid)]
    if outsider is None or not followers:
        raise Refused(84061)
    contact = {
        "external_userid": outsider.external_userid,
        "name": outsider.name,
        "type": 2 if outsider.corp_name else 1,
        "avatar": "",
        "gender": 0,
    }
    if outsider.corp_name:
        contact |= {"corp_name": outsider.corp_name, "corp_full_name": outsider.corp_name}
    return {
        "external_contact": contact,
        "follow_user": [
            {"userid": userid, "remark": "", "description": "", "tags": []} for userid in followers
        ],
        "next_cursor": "",
    }
