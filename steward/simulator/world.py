"""The company as it stands: people, departments, groups, and the few ways in which they change."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from steward.simulator.names import NameMaker
from steward.simulator.records import ROOT_DEPARTMENT, Bot, Department, Group, Membership, Outsider, Person


class World:
    """State without a lock of its own: whoever uses it from several threads holds the simulator's.

    Plain dicts stand in for ordered sets everywhere: the iteration order of a set of strings depends on the
    hash seed, and the same seed must give the same company in every process.
    """

    def __init__(self, ids: random.Random) -> None:
        self.ids = ids
        self.names = NameMaker()
        self.people: dict[str, Person] = {}
        self.former: dict[str, Person] = {}
        self.departments: dict[int, Department] = {}
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        self.staff_of: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self.heads: dict[int, str] = {}
        self.groups: dict[str, Group] = {}
        self.groups_of: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.outsiders: dict[str, Outsider] = {}
        self.customer_contacts: dict[str, None] = {}
        self.foreign_rooms: list[str] = []
        self.bots: dict[str, Bot] = {}
        self.directory_version = 0
        self._last_number = 0

    def add_department(self, department: Department) -> None:
        """Put a department into the tree; its parent is there already."""
        self.departments[department.id] = department
        self.children[department.parent_id].append(department.id)
        self.directory_version += 1

    def hire(self, rng: random.Random, department_ids: tuple[int, ...], position: str) -> Person:
        """Add a new employee under a name and a userid of their own."""
        name, userid = self.names.employee(rng)
        self._last_number += 1
        person = Person(
            number=self._last_number,
            userid=userid,
            name=name,
            department_ids=department_ids,
            position=position,
        )
        self._enter(person)
        return person

    def _enter(self, person: Person) -> None:
        self.people[person.userid] = person
        for department_id in person.department_ids:
            self.staff_of[department_id][person.userid] = None
        self.directory_version += 1

    def dismiss(self, userid: str) -> Person:
        """Take somebody out of the directory. Their place in groups is left as it is."""
        person = self.people.pop(userid)
        for department_id in person.department_ids:
            del self.staff_of[department_id][userid]
        self.former[userid] = person
        self.customer_contacts.pop(userid, None)
        self.directory_version += 1
        for department_id in [key for key, head in self.heads.items() if head == userid]:
            self._appoint_successor(department_id)
        return person

    def _appoint_successor(self, department_id: int) -> None:
        staff = [self.people[userid] for userid in self.staff_of[department_id]]
        del self.heads[department_id]
        if staff:
            senior = min(staff, key=lambda person: person.number)
            self.heads[department_id] = senior.userid

    def transfer_to(self, userid: str, department_ids: tuple[int, ...]) -> Person:
        """Let somebody belong to these departments and to no other; the first is the main one."""
        person = self.people[userid]
        for old_id in person.department_ids:
            del self.staff_of[old_id][userid]
        moved = replace(person, department_ids=department_ids)
        self._enter(moved)
        return moved

    def chain(self, department_id: int) -> Iterator[Department]:
        """Yield a department and those above it, the root left out."""
        while department_id != ROOT_DEPARTMENT:
            department = self.departments[department_id]
            yield department
            department_id = department.parent_id

    def subtree(self, department_id: int) -> list[int]:
        """Return the ids of a department and all below it, parents first."""
        found = [department_id]
        for parent_id in found:
            found.extend(self.children.get(parent_id, ()))
        return found

    def top_department(self, person: Person) -> Department:
        """Return the branch somebody works in; for the general manager the root."""
        chain = list(self.chain(person.department_ids[0]))
        return chain[-1] if chain else self.departments[ROOT_DEPARTMENT]

    def leader_of(self, person: Person) -> str | None:
        """Return the direct leader: the nearest head upwards who is not the person. None for the top."""
        department_id = person.department_ids[0]
        while department_id:
            head = self.heads.get(department_id)
            if head and head != person.userid:
                return head
            department_id = self.departments[department_id].parent_id
        return None

    def add_group(self, group: Group) -> Group:
        """Register a group with the members it already has."""
        self.groups[group.chat_id] = group
        for member_id in group.members:
            self.groups_of[member_id][group.chat_id] = None
        return group

    def join(self, group: Group, membership: Membership) -> None:
        """Put somebody into a group, or change how they are in it."""
        group.members[membership.member_id] = membership
        self.groups_of[membership.member_id][group.chat_id] = None
        group.version += 1

    def leave(self, group: Group, member_id: str) -> None:
        """Take somebody out of a group; their being an admin of it ends with that."""
        del group.members[member_id]
        self.groups_of[member_id].pop(group.chat_id, None)
        if member_id in group.admins:
            group.admins.remove(member_id)
        group.version += 1

    def rename_member(self, group: Group, member_id: str, nickname: str) -> None:
        """Change the nickname a member carries in one group."""
        self.join(group, replace(group.members[member_id], nickname=nickname))

    def live_groups(self) -> Iterator[Group]:
        """Yield the groups that still exist, oldest registration first."""
        return (group for group in self.groups.values() if not group.is_dismissed)

    def new_id(self, prefix: str, length: int = 32) -> str:
        """Return an id in WeCom's shape: prefix and letters and digits, `length` characters in all."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return prefix + "".join(self.ids.choices(letters, k=length - len(prefix)))
