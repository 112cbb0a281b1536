"""Builds the groups of the first day, and any group that is opened later."""

import random
from collections.abc import Sequence

from steward.simulator.departments import CUSTOMER_FACING
from steward.simulator.group_names import GroupNamer
from steward.simulator.names import ODD_OUTSIDER_NAMES, customer_company, outsider_name
from steward.simulator.nicknames import careless_nickname, proper_nickname
from steward.simulator.records import (
    ROOT_DEPARTMENT,
    Audience,
    Department,
    Group,
    GroupKind,
    Membership,
    Outsider,
    Person,
)
from steward.simulator.world import World

BAD_NICKNAME_SHARE = 0.04
ODD_NAME_SHARE = 0.02
_YEAR_S = 365 * 86400


class Gatherer:
    """Opens groups: picks the department, the owner, the members and the name."""

    def __init__(self, world: World, members: int | None = None) -> None:
        self.world = world
        self.members = members
        self.namer = GroupNamer()
        self._branches = world.children[ROOT_DEPARTMENT]
        self._people_of: dict[int, tuple[int, list[str]]] = {}

    def open_group(
        self, rng: random.Random, kind: GroupKind, audience: Audience, now: int, age_s: int = _YEAR_S
    ) -> Group:
        """Open one group, created up to `age_s` seconds before `now` (Unix seconds), and register it."""
        branch = self._pick_branch(rng, audience)
        colleagues = self._pick_colleagues(rng, branch, audience)
        owner = self._pick_owner(rng, branch, colleagues)
        company = customer_company(rng)
        created_at = now - rng.randrange(age_s // 10, age_s)
        group = Group(
            chat_id=self.world.new_id("wr"),
            kind=kind,
            audience=audience,
            name=self._name(rng, kind, audience, branch, company),
            owner=owner,
            department_id=branch.id,
            created_at=created_at,
        )
        self._seat(rng, group, [owner, *(c for c in colleagues if c != owner)], now)
        if audience == "customers":
            for _ in range(rng.randint(1, max(2, len(group.members)))):
                self.invite_outsider(rng, group, company, rng.randrange(created_at, now))
        return self.world.add_group(group)

    def _pick_branch(self, rng: random.Random, audience: Audience) -> Department:
        branches = [self.world.departments[key] for key in self._branches]
        if audience == "customers":
            branches = [b for b in branches if b.family in CUSTOMER_FACING]
        return rng.choices(branches, weights=[1 + len(self.people_of(b.id)) ** 0.5 for b in branches])[0]

    def people_of(self, department_id: int) -> list[str]:
        """Return everybody in a department and below it, remembered until the directory changes."""
        version, people = self._people_of.get(department_id, (-1, []))
        if version != self.world.directory_version:
            people = [u for key in self.world.subtree(department_id) for u in self.world.staff_of[key]]
            self._people_of[department_id] = (self.world.directory_version, people)
        return people

    def _pick_colleagues(self, rng: random.Random, branch: Department, audience: Audience) -> list[str]:
        if self.members is not None:
            everybody = [userid for key in self._branches for userid in self.people_of(key)]
            return rng.sample(everybody, min(self.members, len(everybody)))
        pool = self.people_of(branch.id)
        most = 14 if audience == "customers" else 48
        wanted = 4 + int((most - 4) * rng.random() ** 2)
        own = rng.sample(pool, min(wanted, len(pool)))
        guests = [rng.choice(self.people_of(rng.choice(self._branches))) for _ in range(1 + wanted // 5)]
        return list(dict.fromkeys(own + guests))

    def _pick_owner(self, rng: random.Random, branch: Department, colleagues: Sequence[str]) -> str:
        head = self.world.heads.get(branch.id)
        return head if head and rng.random() < 0.3 else colleagues[0]

    def _name(
        self, rng: random.Random, kind: GroupKind, audience: Audience, branch: Department, company: str
    ) -> str:
        if rng.random() < ODD_NAME_SHARE:
            return self.namer.odd(rng, branch)
        if audience == "customers":
            return self.namer.with_customers(rng, company)
        return self.namer.by_app(rng, branch) if kind == "app" else self.namer.internal(rng, branch)

    def _seat(self, rng: random.Random, group: Group, userids: Sequence[str], now: int) -> None:
        for userid in userids:
            is_owner = userid == group.owner
            joined_at = group.created_at if is_owner else rng.randrange(group.created_at, now)
            member = self.membership(rng, group, self.world.people[userid], joined_at)
            group.members[userid] = member
        if group.kind == "customer":
            self.world.customer_contacts[group.owner] = None
            group.admins = [u for u in userids[1:3] if rng.random() < 0.4]

    def membership(
        self,
        rng: random.Random,
        group: Group,
        person: Person,
        joined_at: int,
        bad_share: float = BAD_NICKNAME_SHARE,
    ) -> Membership:
        """Return an employee's place in a group; nicknames only where WeCom shows them."""
        nickname = ""
        if group.kind == "customer":
            make = careless_nickname if rng.random() < bad_share else proper_nickname
            nickname = make(self.world, person, rng)
        is_owner = person.userid == group.owner
        scene = 1 if is_owner else rng.choice((1, 1, 1, 2, 3))
        return Membership(
            member_id=person.userid,
            is_outsider=False,
            joined_at=joined_at,
            join_scene=scene,
            invited_by=group.owner if scene == 1 and not is_owner else None,
            nickname=nickname,
        )

    def invite_outsider(self, rng: random.Random, group: Group, company: str, joined_at: int) -> Outsider:
        """Bring somebody of another company into a group; about one in eight uses WeCom there."""
        uses_wechat = rng.random() < 0.88
        is_odd = rng.random() < ODD_NAME_SHARE
        outsider = Outsider(
            external_userid=self.world.new_id("wm" if uses_wechat else "wo"),
            name=rng.choice(ODD_OUTSIDER_NAMES) if is_odd else outsider_name(rng, company),
            corp_name="" if uses_wechat else company,
            unionid=self.world.new_id("o", 28) if uses_wechat else None,
        )
        self.world.outsiders[outsider.external_userid] = outsider
        scene = rng.choice((1, 2, 3))
        inviters = [m.member_id for m in group.members.values() if not m.is_outsider]
        self.world.join(
            group,
            Membership(
                member_id=outsider.external_userid,
                is_outsider=True,
                joined_at=joined_at,
                join_scene=scene,
                invited_by=rng.choice(inviters) if scene == 1 and inviters else None,
            ),
        )
        return outsider
