"""Builds the company of the first day: departments, people, and whom customers deal with."""

import random

from steward.simulator.departments import BRANCH_BY_NAME, CUSTOMER_FACING, Seats, TreeBuilder
from steward.simulator.records import ROOT_DEPARTMENT, Bot, Department
from steward.simulator.world import World

_SECOND_DEPARTMENT_SHARE = 0.02
_FITTING_POSITION_SHARE = 0.85


def found_company(seed: int, people: int) -> World:
    """Return a company of exactly `people` employees, without groups.

    Raises:
        ValueError: fewer than 20 people; a tree with heads makes no sense below that.
    """
    if people < 20:
        raise ValueError(f"people={people}: a simulated company has at least 20")
    world = World(random.Random(f"{seed}:ids"))
    rng = random.Random(f"{seed}:people")
    for seats in TreeBuilder().build(people):
        _fill(world, seats, rng)
    _lend_some(world, rng)
    for userid, person in world.people.items():
        if world.departments[person.department_ids[0]].family in CUSTOMER_FACING:
            world.customer_contacts[userid] = None
    return world


def _fill(world: World, seats: Seats, rng: random.Random) -> None:
    department = seats.department
    world.add_department(department)
    for place in range(seats.people):
        position = head_position(department) if place == 0 else position_in(department, rng)
        person = world.hire(rng, (department.id,), position)
        if place == 0:
            world.heads[department.id] = person.userid


def head_position(department: Department) -> str:
    """Return the title of a department's head."""
    if department.id == ROOT_DEPARTMENT:
        return "总经理"
    if department.name == department.family:
        return BRANCH_BY_NAME[department.family].head
    for ending, title in (("办事处", "办事处主任"), ("车间", "车间主任"), ("班", "班长"), ("组", "组长")):
        if department.name.endswith(ending):
            return title
    return "主管"


def position_in(department: Department, rng: random.Random) -> str:
    """Return what an ordinary member of a department is called."""
    if department.id == ROOT_DEPARTMENT:
        return "总经理助理"
    positions = BRANCH_BY_NAME[department.family].positions
    fitting = [position for position in positions if position[:2] == department.name[:2]]
    return rng.choice(fitting if fitting and rng.random() < _FITTING_POSITION_SHARE else positions)


def _lend_some(world: World, rng: random.Random) -> None:
    """Give a few people a second department, as matrix projects do."""
    leaves = [key for key, staff in world.staff_of.items() if key != ROOT_DEPARTMENT and len(staff) > 2]
    heads = set(world.heads.values())
    for userid in [u for u in world.people if u not in heads and rng.random() < _SECOND_DEPARTMENT_SHARE]:
        own = world.people[userid].department_ids
        other = rng.choice(leaves)
        if other not in own:
            world.transfer_to(userid, (*own, other))


def add_bots(world: World, count: int) -> None:
    """Put webhook bots into existing internal groups, round and round if there are few."""
    chat_ids = [group.chat_id for group in world.groups.values() if group.kind != "customer"]
    for number in range(count):
        digits = f"{world.ids.getrandbits(128):032x}"
        key = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        chat_id = chat_ids[number % len(chat_ids)] if chat_ids else ""
        world.bots[key] = Bot(key=key, chat_id=chat_id)
