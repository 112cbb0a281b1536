"""What is wrong in the company right now, read off its state: the truth that reports are held against."""

from collections.abc import Iterator

from steward.simulator.nicknames import has_bad_nickname
from steward.simulator.records import Group, Membership
from steward.simulator.world import World

Pairs = list[tuple[str, str]]

RISKY = frozenset("*`<>[]_=@\u202e🚀💰مؤ")
"""Characters that Markdown, HTML, a spreadsheet or the writing direction may trip over."""


def _memberships(world: World) -> Iterator[tuple[Group, Membership]]:
    return ((group, member) for group in world.live_groups() for member in group.members.values())


def outsiders(world: World) -> Pairs:
    """Return (chat_id, external_userid) of everybody foreign in a group meant for staff."""
    return [
        (group.chat_id, member.member_id)
        for group, member in _memberships(world)
        if member.is_outsider and group.audience == "staff"
    ]


def former_employees(world: World) -> Pairs:
    """Return (chat_id, userid) of members who are no longer in the directory."""
    return [
        (group.chat_id, member.member_id)
        for group, member in _memberships(world)
        if not member.is_outsider and member.member_id not in world.people
    ]


def bad_nicknames(world: World) -> Pairs:
    """Return (chat_id, userid) of employees whose shown nickname does not name department and person."""
    return [
        (group.chat_id, member.member_id)
        for group, member in _memberships(world)
        if has_bad_nickname(world, group, member)
    ]


def ownerless_groups(world: World) -> Pairs:
    """Return (chat_id, former owner's userid) of groups whose owner has left the company."""
    return [(group.chat_id, group.owner) for group in world.live_groups() if group.owner not in world.people]


def odd_names(world: World) -> Pairs:
    """Return (chat_id, external_userid or "") where a group's or outsider's name may break a template."""
    groups = [(group.chat_id, "") for group in world.live_groups() if RISKY & set(group.name)]
    people = [
        (group.chat_id, member.member_id)
        for group, member in _memberships(world)
        if member.is_outsider and RISKY & set(world.outsiders[member.member_id].name)
    ]
    return groups + people
