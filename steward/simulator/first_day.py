"""The groups a company has on its first day, with the trouble already in them."""

import random
from dataclasses import replace

from steward.simulator import trouble
from steward.simulator.gathering import Gatherer
from steward.simulator.names import ODD_OUTSIDER_NAMES, customer_company
from steward.simulator.records import Audience, Group, GroupKind, Membership
from steward.simulator.world import World

_DAY_S = 86400
_SORTS: tuple[tuple[GroupKind, Audience], ...] = (
    ("customer", "customers"),
    ("customer", "staff"),
    ("app", "staff"),
    ("archived", "staff"),
)


def open_groups(gatherer: Gatherer, seed: int, count: int, now: int) -> None:
    """Open `count` groups: about 40 % customer groups, 40 % archived, 20 % app chats, then plant trouble.

    Args:
        now: Unix seconds; nothing is younger.
    """
    rng = random.Random(f"{seed}:groups")
    for (kind, audience), share in zip(_SORTS, _shares(count), strict=True):
        for _ in range(share):
            gatherer.open_group(rng, kind, audience, now)
    _let_outsiders_in(gatherer, rng, now)
    _keep_former_employees(gatherer.world, rng, now)
    _lose_an_owner(gatherer.world, rng)
    _have_odd_names(gatherer, rng)
    gatherer.world.foreign_rooms = [gatherer.world.new_id("wr") for _ in range(1 + count // 100)]


def _shares(count: int) -> tuple[int, int, int, int]:
    customer, app = round(count * 0.4), round(count * 0.2)
    with_customers = round(customer * 0.6)
    return with_customers, customer - with_customers, app, count - customer - app


def _let_outsiders_in(gatherer: Gatherer, rng: random.Random, now: int) -> None:
    """In about half of the internal groups WeCom counts as customer groups an outsider still sits."""
    groups = [g for g in gatherer.world.groups.values() if g.kind == "customer" and g.audience == "staff"]
    for group in groups[: (len(groups) + 1) // 2]:
        for _ in range(rng.choice((1, 1, 2))):
            joined_at = max(group.created_at, now - rng.randrange(_DAY_S, 40 * _DAY_S))
            gatherer.invite_outsider(rng, group, customer_company(rng), joined_at)


def _keep_former_employees(world: World, rng: random.Random, now: int) -> None:
    groups = [g for g in world.groups.values() if g.kind != "customer"]
    for _ in range(max(1, len(world.people) // 150) if groups else 0):
        userid = former_employee(world, rng)
        for group in rng.sample(groups, min(len(groups), rng.choice((1, 1, 2)))):
            joined_at = rng.randrange(group.created_at, now)
            world.join(
                group,
                Membership(member_id=userid, is_outsider=False, joined_at=joined_at, invited_by=group.owner),
            )


def _have_odd_names(gatherer: Gatherer, rng: random.Random) -> None:
    """See to it that even a small company has one group and one outsider with a name to stumble over."""
    world = gatherer.world
    odd = trouble.odd_names(world)
    if all(member_id for _, member_id in odd):
        group = rng.choice(
            [g for g in world.groups.values() if g.audience == "staff"] or list(world.groups.values())
        )
        group.name = gatherer.namer.odd(rng, world.departments[group.department_id])
    if world.outsiders and not any(member_id for _, member_id in odd):
        outsider = rng.choice(list(world.outsiders.values()))
        renamed = replace(outsider, name=rng.choice(ODD_OUTSIDER_NAMES))
        world.outsiders[outsider.external_userid] = renamed


def former_employee(world: World, rng: random.Random) -> str:
    """Return the userid of somebody who worked here until a while ago; headcount stays as it was."""
    department_id = rng.choice([key for key in world.departments if key != 1])
    person = world.hire(rng, (department_id,), "")
    world.dismiss(person.userid)
    return person.userid


def _lose_an_owner(world: World, rng: random.Random) -> None:
    archived: list[Group] = [g for g in world.groups.values() if g.kind == "archived"]
    if not archived:
        return
    group = rng.choice(archived)
    world.leave(group, group.owner)
    group.owner = former_employee(world, rng)
