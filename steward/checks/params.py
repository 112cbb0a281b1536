"""What a check may know beside the facts: the policy's limits, the company's rules, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import get_args
from zoneinfo import ZoneInfo

from steward.checks import checks_of
from steward.checks.nickname_rule import NicknameRule
from steward.model.directory import Company
from steward.model.group import GroupFacts, GroupKind, Member, PolicyName
from steward.model.settings import Settings
from steward.model.settings.groups import Nickname
from steward.model.settings.policies import Policy
from steward.model.source import SourceState

SOURCE_OF_KIND: Mapping[GroupKind, str] = {
    "customer": "customer_groups",
    "archived": "archived_rooms",
    "app": "app_chats",
}
"""Which source a group's roster comes from; rosters that owners hand in have one each, "roster:<chat_id>"."""


class People:
    """What is worked out of one company once and asked for a million times."""

    def __init__(self, company: Company, nickname: Nickname) -> None:
        self.company = company
        self.nickname = nickname
        self.nickname_rule = NicknameRule(company, nickname)
        self._doubtful: tuple[GroupFacts | None, list[Member]] = (None, [])

    def doubtful(self, facts: GroupFacts) -> list[Member]:
        """Return the members of whom anything may be said at all; empty also where no roster was read.

        Somebody called as he was rightly called before is an employee in the directory, has not left and can be
        named: one look settles him for every check. So of a million memberships the checks see a few.
        """
        known, found = self._doubtful
        if known is not facts:
            usual = self.nickname_rule.usual.get
            # By position: 0 = member_id, 2 = nickname.
            found = [m for m in facts.members or () if m[2] is None or m[2] != usual(m[0])]
            self._doubtful = (facts, found)
        return found

    @cached_property
    def leavers(self) -> frozenset[str]:
        """The userids of everybody who has left the company."""
        employees = self.company.employees.items()
        return frozenset(userid for userid, person in employees if person.left_at or person.status == "left")

    @cached_property
    def nameable(self) -> frozenset[str]:
        """The userids of everybody whose name and department are known, so that a nickname can be judged."""
        expected = self.nickname_rule.expected
        return frozenset(userid for userid in self.company.employees if expected(userid) is not None)


_recent: list[People] = []
"""The last two: a round comes in many steps, each with params of its own, and two rounds may run side by side."""


def _people_of(company: Company, nickname: Nickname) -> People:
    for people in _recent:
        if people.company is company and people.nickname is nickname:
            return people
    people = People(company, nickname)
    _recent[:] = [people, *_recent[:1]]
    return people


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The same for all groups of one policy in one round.

    Args:
        checks: ids of the checks that run.
        source_stale_after: from when on a source of data counts as dead.
        stale_sources: names of the sources that are dead; what hangs on them is not found group by group.
        department_change_grace: who changed departments so lately may leave groups without being asked [C5].
    """

    policy: Policy
    checks: tuple[str, ...]
    nickname: Nickname
    now: datetime
    zone: ZoneInfo
    source_stale_after: timedelta
    stale_sources: frozenset[str] = frozenset()
    department_change_grace: timedelta = timedelta(days=7)

    def people(self, company: Company) -> People:
        """Return what is worked out of this company: the same for every step of a round, which shares one company."""
        return _people_of(company, self.nickname)


def is_stale(source: SourceState, now: datetime, limit: timedelta) -> bool:
    """Return whether the source never answered fully, or so long ago that it counts as dead."""
    return source.good_at is None or now - source.good_at > limit


def build_params(
    settings: Settings, sources: Iterable[SourceState], now: datetime
) -> dict[PolicyName, Params]:
    """Return the params of every policy for one round.

    A source feeds groups of all policies, so it is dead when the strictest of them says so.
    """
    names: Sequence[PolicyName] = get_args(PolicyName)
    limit = min(settings.policies.named(name).roster_stale_after for name in names)
    stale = frozenset(source.name for source in sources if is_stale(source, now, limit))
    return {
        name: Params(
            policy=settings.policies.named(name),
            checks=checks_of(name, settings.policies.named(name)),
            nickname=settings.nickname,
            now=now,
            zone=ZoneInfo(settings.company.timezone),
            source_stale_after=limit,
            stale_sources=stale,
        )
        for name in names
    }
