"""What the message archive tells about internal groups (document paths 92951, 91614)."""

from steward.simulator.errors import Refused
from steward.simulator.registry import Call, Fields, endpoint

_ENTERPRISE_EDITION = 3


def _require_service(call: Call) -> None:
    if not call.site.limits.archive_is_enabled:
        raise Refused(301053)


@endpoint("msgaudit/groupchat/get", right="archive", method="POST", empty={"members": []})
def get_room(call: Call) -> Fields:
    """Return an internal group with members and the time each joined; there are no nicknames here.

    `creator` is who owns the group at present; WeCom's page does not say whether it follows a new owner.
    """
    _require_service(call)
    world, room_id = call.site.world, call.body.get("roomid")
    group = world.groups.get(room_id) if isinstance(room_id, str) else None
    if room_id in world.foreign_rooms or (group and group.kind == "customer"):
        raise Refused(301059)
    # A chat of the application has its own kind of id; nothing official maps it to an archive room.
    if group is None or group.kind == "app" or group.is_dismissed:
        raise Refused(40050)
    return {
        "roomname": group.name,
        "creator": group.owner,
        "room_create_time": group.created_at,
        "notice": "",
        "members": [
            {"memberid": member.member_id, "jointime": member.joined_at} for member in group.members.values()
        ],
    }


@endpoint("msgaudit/get_permit_user_list", right="archive", method="POST", empty={"ids": []})
def list_permitted_users(call: Call) -> Fields:
    """Return whose messages are archived: all, up to the number of seats that were bought."""
    _require_service(call)
    if call.body.get("type", _ENTERPRISE_EDITION) != _ENTERPRISE_EDITION:
        return {"ids": []}
    return {"ids": list(call.site.world.people)[: call.site.limits.archive_seats]}
