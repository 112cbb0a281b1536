"""Chats the application itself opened (document paths 90245, 98913, 98914, 90248)."""

import re
from typing import Any

from steward.simulator.content import APP_CHAT, Checking, deliverable
from steward.simulator.errors import Refused
from steward.simulator.records import ROOT_DEPARTMENT, Group, Membership, Person
from steward.simulator.registry import Call, Fields, endpoint

_FEWEST, _MOST = 2, 2000
_NAME_CHARACTERS = 50
_CHATID = re.compile(r"[0-9A-Za-z]{1,32}")


def _require_root(call: Call) -> None:
    """The application's visible range must be the root department (90244)."""
    if ROOT_DEPARTMENT not in call.site.limits.visible_departments:
        raise Refused(60011)


def _chat(call: Call, chat_id: object) -> Group:
    """Return a chat of this application.

    Raises:
        Refused: 86001 no id, 86003 unknown, 86008 somebody else's group.
    """
    _require_root(call)
    if not isinstance(chat_id, str) or not chat_id:
        raise Refused(86001)
    group = call.site.world.groups.get(chat_id)
    if group is None or group.is_dismissed:
        raise Refused(86003)
    if group.kind != "app":
        raise Refused(86008)
    return group


def _people(call: Call, userids: object) -> list[Person]:
    """Return the people named, each once; 86216 if one is not in the directory."""
    if not isinstance(userids, list):
        raise Refused(86216)
    people = [call.site.visible_person(userid) for userid in userids]
    if None in people:
        raise Refused(86216)
    return list({person.userid: person for person in people if person}.values())


@endpoint("appchat/create", right="appchat", method="POST", empty={"chatid": ""})
def create_chat(call: Call) -> Fields:
    """Open a chat of 2..2000 employees."""
    _require_root(call)
    body, site = call.body, call.site
    people = _people(call, body.get("userlist") or _missing(86204))
    if not _FEWEST <= len(people) <= _MOST:
        raise Refused(86006)
    owner = _new_owner(call, body.get("owner") or people[0].userid, {p.userid for p in people})
    chat_id = _new_chat_id(call, body.get("chatid"))
    if not site.chats_created.admit(call.now, site.limits.chats_per_day):
        raise Refused(45009)
    group = Group(
        chat_id=chat_id,
        kind="app",
        audience="staff",
        name=str(body.get("name") or "")[:_NAME_CHARACTERS],
        owner=owner,
        department_id=site.world.top_department(site.world.people[owner]).id,
        created_at=int(call.now),
    )
    group.members = {p.userid: _membership(p.userid, owner, call.now) for p in people}
    site.world.add_group(group)
    return {"chatid": chat_id}


def _missing(errcode: int) -> Any:
    raise Refused(errcode)


def _new_owner(call: Call, owner: object, members: set[str]) -> str:
    person = call.site.visible_person(owner)
    if person is None:
        raise Refused(86005)
    if person.userid not in members:
        raise Refused(86207)
    return person.userid


def _new_chat_id(call: Call, chat_id: object) -> str:
    if not chat_id:
        return call.site.outgoing.new_chat_id()
    if not isinstance(chat_id, str) or not _CHATID.fullmatch(chat_id):
        raise Refused(86001)
    if chat_id in call.site.world.groups:
        raise Refused(86215)
    return chat_id


def _membership(userid: str, owner: str, now: float) -> Membership:
    invited_by = None if userid == owner else owner
    return Membership(member_id=userid, is_outsider=False, joined_at=int(now), invited_by=invited_by)


@endpoint("appchat/update", right="appchat", method="POST")
def update_chat(call: Call) -> Fields:
    """Change name, owner or members; the one place where the API removes people from a group."""
    body, world = call.body, call.site.world
    group = _chat(call, body.get("chatid"))
    added = _people(call, body.get("add_user_list") or [])
    removed = _to_remove(group, body.get("del_user_list") or [])
    staying = (set(group.members) | {p.userid for p in added}) - set(removed)
    owner = _new_owner(call, body["owner"], staying) if body.get("owner") else group.owner
    if owner in removed:
        raise Refused(86005)
    if not _FEWEST <= len(staying) <= _MOST:
        raise Refused(86006)
    if not call.site.chats_updated.admit(call.now, call.site.limits.chat_updates_per_hour):
        raise Refused(45009)
    group.name = str(body.get("name") or group.name)[:_NAME_CHARACTERS]
    group.owner = owner
    for person in added:
        if person.userid not in group.members:
            world.join(group, _membership(person.userid, owner, call.now))
    for userid in removed:
        world.leave(group, userid)
    return {}


def _to_remove(group: Group, userids: object) -> list[str]:
    """Return members to remove; 86216 for somebody who is not in the chat. Leavers can be removed too."""
    if not isinstance(userids, list):
        raise Refused(86216)
    names = list(dict.fromkeys(str(userid).lower() for userid in userids))
    if any(userid not in group.members for userid in names):
        raise Refused(86216)
    return names


@endpoint("appchat/get", right="appchat", empty={"chat_info": {}})
def get_chat(call: Call) -> Fields:
    """Return name, owner and members of a chat."""
    group = _chat(call, call.query.get("chatid"))
    return {
        "chat_info": {
            "chatid": group.chat_id,
            "name": group.name,
            "owner": group.owner,
            "userlist": list(group.members),
            "chat_type": 0,
        }
    }


@endpoint("appchat/send", right="appchat", method="POST", is_metered=False)
def send_to_chat(call: Call) -> Fields:
    """Post into a chat. Nothing identifies the message afterwards, and it cannot be recalled."""
    site = call.site
    group = _chat(call, call.body.get("chatid"))
    checking = Checking(
        channel=APP_CHAT, require_media=lambda media_id: site.media.usable(media_id, "app", call.now)
    )
    seen = deliverable(call.body, checking)
    members = [userid for userid in group.members if userid in site.world.people]
    missed = [userid for userid in members if not site.postbox.may_chat(userid, call.now)]
    if len(missed) < len(members):
        site.postbox.deliver(call.path, group.chat_id, seen)
    if missed or not members:
        why = f"over the limit of messages: {'|'.join(missed)}" if missed else "nobody in the chat"
        site.postbox.drop(call.path, group.chat_id, seen, why)
    return {}
