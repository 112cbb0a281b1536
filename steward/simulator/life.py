"""A working day in the company: who comes, who goes, what goes wrong and what is put right."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date

from steward.simulator import trouble
from steward.simulator.founding import position_in
from steward.simulator.gathering import Gatherer
from steward.simulator.names import customer_company
from steward.simulator.nicknames import careless_nickname, proper_nickname
from steward.simulator.records import ROOT_DEPARTMENT, Audience, Group, GroupKind, Membership

Diary = defaultdict[str, list[list[str]]]

_DAY_S = 86400
_DRAWS = 20
_OPENING_S, _CLOSING_S = 9 * 3600, 18 * 3600

# Events a working day per person or per group. Yearly that is about 25 % hires and leavers.
_HIRES_PER_PERSON = 0.0011
_LEAVERS_PER_PERSON = 0.001
_MOVES_PER_PERSON = 0.0006
_WALKOUTS_PER_GROUP = 0.012
_OUTSIDERS_PER_GROUP = 0.012
_NEW_GROUPS_PER_GROUP = 0.005
_SLIPS_PER_NICKNAME = 0.004
# Even a small company has its days.
_AT_LEAST = 0.12

# Chance that the person in charge acts on an open matter on a given working day.
_NICKNAME_FIXED = 0.12
_OUTSIDER_REMOVED = 0.45
_FORMER_REMOVED = 0.35
_OWNER_FOUND = 0.4


class WorkingDay:
    """One working day. Its random numbers come from the seed and the date alone."""

    def __init__(self, gatherer: Gatherer, seed: int, day: date, midnight: int) -> None:
        """Prepare the day.

        Args:
            midnight: Unix seconds at which the day begins where the company is.
        """
        self.gatherer = gatherer
        self.world = gatherer.world
        self.rng = random.Random(f"{seed}:{day.isoformat()}")
        self.midnight = midnight
        self.diary: Diary = defaultdict(list)
        self.groups = list(self.world.live_groups())
        self.people = list(self.world.people)

    def live(self) -> Diary:
        """Let the day happen and return what happened, by kind of event."""
        self._put_right()
        people = len(self.world.people)
        self._repeat(_LEAVERS_PER_PERSON * people, self._leave_company)
        self._repeat(_HIRES_PER_PERSON * people, self._hire)
        self._repeat(_MOVES_PER_PERSON * people, self._move)
        self._repeat(_WALKOUTS_PER_GROUP * len(self.groups), self._walk_out)
        self._repeat(_OUTSIDERS_PER_GROUP * len(self.groups), self._invite)
        self._slip()
        self._repeat(_NEW_GROUPS_PER_GROUP * len(self.groups), self._open_group)
        return self.diary

    def _repeat(self, expected: float, event: Callable[[], None]) -> None:
        expected += _AT_LEAST
        times = int(expected) + (self.rng.random() < expected % 1)
        for _ in range(times):
            event()

    def _moment(self) -> int:
        return self.midnight + self.rng.randrange(_OPENING_S, _CLOSING_S)

    def _note(self, event: str, *ids: str) -> None:
        self.diary[event].append(list(ids))

    def _put_right(self) -> None:
        for chat_id, userid in trouble.bad_nicknames(self.world):
            if self.rng.random() < _NICKNAME_FIXED:
                self._fix_nickname(self.world.groups[chat_id], userid)
        self._remove(trouble.outsiders(self.world), _OUTSIDER_REMOVED, "outsiders_removed")
        self._remove(trouble.former_employees(self.world), _FORMER_REMOVED, "former_employees_removed")
        for chat_id, _ in trouble.ownerless_groups(self.world):
            if self.rng.random() < _OWNER_FOUND:
                self._hand_over(self.world.groups[chat_id])

    def _fix_nickname(self, group: Group, userid: str) -> None:
        nickname = proper_nickname(self.world, self.world.people[userid], self.rng)
        self.world.rename_member(group, userid, nickname)
        self._note("nicknames_fixed", group.chat_id, userid)

    def _remove(self, found: list[tuple[str, str]], chance: float, event: str) -> None:
        for chat_id, member_id in found:
            group = self.world.groups[chat_id]
            # Whoever came in yesterday evening is seldom noticed the same night.
            is_known = self.midnight - group.members[member_id].joined_at > _DAY_S // 2
            if is_known and group.owner in self.world.people and self.rng.random() < chance:
                self.world.leave(group, member_id)
                self._note(event, chat_id, member_id)

    def _hand_over(self, group: Group) -> None:
        staff = [u for u in group.members if u in self.world.people]
        if not staff:
            return
        group.owner = self.rng.choice(staff)
        group.version += 1
        if group.kind == "customer":
            group.status = 3
            self.world.customer_contacts[group.owner] = None
        self._note("owners_found", group.chat_id, group.owner)

    def _leave_company(self) -> None:
        userid = self._pick_person({self.world.heads[ROOT_DEPARTMENT]})
        if not userid:
            return
        self.world.dismiss(userid)
        self._note("left_company", userid)
        for chat_id in list(self.world.groups_of[userid]):
            self._part_with(self.world.groups[chat_id], userid)

    def _part_with(self, group: Group, userid: str) -> None:
        """WeCom clears customer groups of leavers by itself; elsewhere it depends on the owner's care."""
        if group.kind == "customer":
            self.world.leave(group, userid)
            if group.owner == userid:
                group.status = 1
        elif group.owner != userid and self.rng.random() < 0.3:
            self.world.leave(group, userid)

    def _hire(self) -> None:
        departments = [d for d in self.world.departments.values() if d.id != ROOT_DEPARTMENT]
        sizes = [1 + len(self.world.staff_of[d.id]) for d in departments]
        department = self.rng.choices(departments, weights=sizes)[0]
        person = self.world.hire(self.rng, (department.id,), position_in(department, self.rng))
        self.world.heads.setdefault(department.id, person.userid)
        branch_id = self.world.top_department(person).id
        near = [g for g in self.groups if g.department_id == branch_id]
        for group in self.rng.sample(near, min(len(near), self.rng.choice((1, 2)))):
            self._add_to(group, person.userid)
        self._note("hired", person.userid)

    def _add_to(self, group: Group, userid: str) -> None:
        person = self.world.people[userid]
        self.world.join(
            group, self.gatherer.membership(self.rng, group, person, self._moment(), bad_share=0.3)
        )

    def _move(self) -> None:
        userid = self._pick_person(set(self.world.heads.values()))
        if not userid:
            return
        own = self.world.people[userid].department_ids
        others = [key for key in self.world.departments if key != ROOT_DEPARTMENT and key not in own]
        department_id = self.rng.choice(others)
        self.world.transfer_to(userid, (department_id,))
        self.world.heads.setdefault(department_id, userid)
        self._note("moved_department", userid, str(department_id))

    def _walk_out(self) -> None:
        group = self._pick(lambda g: g.audience == "staff" and len(g.members) > 4)
        staff = [u for u in group.members if u in self.world.people and u != group.owner] if group else []
        if group and staff:
            userid = self.rng.choice(staff)
            self.world.leave(group, userid)
            self._note("left_group", group.chat_id, userid)

    def _invite(self) -> None:
        group = self._pick(lambda g: g.audience == "staff" and g.kind == "customer")
        if group:
            outsider = self.gatherer.invite_outsider(
                self.rng, group, customer_company(self.rng), self._moment()
            )
            self._note("outsiders_invited", group.chat_id, outsider.external_userid)

    def _slip(self) -> None:
        shown = [
            (group, member)
            for group in self.groups
            if group.kind == "customer"
            for member in group.members.values()
            if member.member_id in self.world.people
        ]
        self._repeat(_SLIPS_PER_NICKNAME * len(shown), lambda: self._spoil_nickname(shown))

    def _spoil_nickname(self, shown: list[tuple[Group, Membership]]) -> None:
        if not shown:
            return
        group, member = self.rng.choice(shown)
        nickname = careless_nickname(self.world, self.world.people[member.member_id], self.rng)
        if member.member_id in group.members:
            self.world.rename_member(group, member.member_id, nickname)
            self._note("nicknames_changed", group.chat_id, member.member_id)

    def _open_group(self) -> None:
        kinds: tuple[GroupKind, ...] = ("customer", "archived", "archived")
        kind = self.rng.choice(kinds)
        audience: Audience = "customers" if kind == "customer" and self.rng.random() < 0.5 else "staff"
        group = self.gatherer.open_group(self.rng, kind, audience, self._moment(), age_s=_DAY_S // 8)
        self._note("new_groups", group.chat_id, group.owner)

    def _pick_person(self, but_not: set[str]) -> str | None:
        """Draw from the morning's people again rather than list 100,000 for every event."""
        for _ in range(_DRAWS):
            userid = self.rng.choice(self.people)
            if userid in self.world.people and userid not in but_not:
                return userid
        return None

    def _pick(self, fits: Callable[[Group], bool]) -> Group | None:
        fitting = [group for group in self.groups if not group.is_dismissed and fits(group)]
        return self.rng.choice(fitting) if fitting else None
