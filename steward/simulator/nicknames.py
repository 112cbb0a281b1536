"""Nicknames in groups: department and real name, and the ways people get it wrong."""

import random

from steward.simulator.names import ENGLISH_NAMES
from steward.simulator.records import Group, Membership, Person
from steward.simulator.world import World

_SIGNS = ("🌸", "😎", "🍀", "✨")


def right_nicknames(world: World, person: Person) -> list[str]:
    """Return every nickname that names the person rightly, the own department first, the branch last."""
    departments = {d.id: d for own in person.department_ids for d in world.chain(own)}
    return [department.name + person.name for department in departments.values()]


def proper_nickname(world: World, person: Person, rng: random.Random) -> str:
    """Return the nickname a careful member uses: mostly the branch, 财务部张三, at times the own part of it."""
    chain = list(world.chain(person.department_ids[0]))
    named = [department for department in chain if department.parent_id in (1, chain[-1].id)]
    department = named[-1] if rng.random() < 0.85 else named[0]
    return department.name + person.name


def careless_nickname(world: World, person: Person, rng: random.Random) -> str:
    """Return a nickname against the rule: unset, bare, reversed, shortened, decorated or English."""
    department = world.top_department(person).name
    return rng.choice(
        (
            "",
            person.name,
            person.name + department,
            f"{person.name}-{department}",
            department.removesuffix("部") + person.name,
            department + person.name + rng.choice(_SIGNS),
            rng.choice(ENGLISH_NAMES),
        )
    )


def has_bad_nickname(world: World, group: Group, member: Membership) -> bool:
    """True when WeCom shows this employee's nickname and it does not name them rightly.

    Only customer groups show nicknames (document path 92122; the archive's list has none, 92951).
    """
    if group.kind != "customer" or member.is_outsider:
        return False
    person = world.people.get(member.member_id)
    return person is not None and member.nickname not in right_nicknames(world, person)
