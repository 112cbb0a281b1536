"""What could not be seen of a group: counted, so that silence is never taken for compliance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.group import GroupFacts

UNRESOLVED = "name:"
"""How the id of a handed-in name begins that fits no employee, or several: nobody knows who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Counts of one group, or of many added up; the names are those of the blind spots they become.

    Args:
        members: everybody in the roster, staff and others.
        nickname_not_observable: staff whose group nickname WeCom does not show.
        nickname_not_judged: staff with a nickname whose real name or department nobody knows.
        unknown_staff: staff an incomplete directory does not show: employees or not, nobody knows.
        unresolved_names: names on handed-in rosters that fit nobody, or more than one.
        roster_unknown: groups whose members were never read: 1 or 0 for one group.
    """

    members: int = 0
    nickname_not_observable: int = 0
    nickname_not_judged: int = 0
    unknown_staff: int = 0
    unresolved_names: int = 0
    roster_unknown: int = 0


def observe(facts: GroupFacts, company: Company, params: Params) -> Observation:
    """Return what of the group was seen and what was not; nothing at all for a group that is gone."""
    if facts.group.status == "gone":
        return Observation()
    if facts.members is None:
        return Observation(roster_unknown=1)
    people = params.people(company)
    nameable = people.nameable
    staff = [m for m in people.doubtful(facts) if m.kind == "staff"]
    hidden = [m for m in staff if m.nickname is None]
    unnamed = [m for m in staff if m.member_id not in nameable]
    absent = [m.member_id for m in unnamed if m.member_id not in company.employees]
    unresolved_count = sum(member_id.startswith(UNRESOLVED) for member_id in absent)
    return Observation(
        members=len(facts.members),
        nickname_not_observable=len(hidden),
        nickname_not_judged=sum(m.nickname is not None for m in unnamed),
        unknown_staff=0 if company.complete else len(absent) - unresolved_count,
        unresolved_names=unresolved_count,
    )


def add_up(observations: Iterable[Observation]) -> Observation:
    """Return the sums over many groups; all zero for none."""
    totals = dict.fromkeys((field.name for field in fields(Observation)), 0)
    for observation in observations:
        for name in totals:
            totals[name] += getattr(observation, name)
    return Observation(**totals)
