"""What governs a group, and from where: settings or register, value by value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import NamedTuple

from steward.cli.words import _
from steward.model.directory import Company
from steward.model.group import Assignment, Group, RegistryEntry
from steward.model.settings import Settings
from steward.model.settings.groups import GroupRule, Groups

_Said = GroupRule | RegistryEntry


class Origin(NamedTuple):
    """One place that says something about a group: where it is, for people, and what it says."""

    where: str
    said: _Said


def origins(group: Group, settings: Groups, registry: Sequence[RegistryEntry]) -> list[Origin]:
    """Return every place that speaks of the group, in the order in which `checks.assignment` listens to them."""
    return [
        *_rules(settings, lambda rule: rule.chat_id == group.chat_id),
        *(Origin(_("台账（按群ID）"), e) for e in registry if e.chat_id == group.chat_id),
        *(Origin(_("台账（按群名称）"), e) for e in registry if not e.chat_id and e.name == group.name),
        *_rules(settings, lambda rule: rule.name is not None and fnmatchcase(group.name, rule.name)),
    ]


def _rules(settings: Groups, fits: Callable[[GroupRule], bool]) -> Iterator[Origin]:
    for number, rule in enumerate(settings.rules, start=1):
        if fits(rule):
            yield Origin(_("settings.toml 第 {number} 条规则").format(number=number), rule)


def where_from(
    group: Group,
    assignment: Assignment,
    company: Company,
    settings: Groups,
    registry: Sequence[RegistryEntry],
) -> dict[str, str]:
    """Return for each value of the assignment where it comes from; values nobody gave are absent."""
    places = origins(group, settings, registry)
    default = _("settings.toml 的默认值")
    owner = company.employees.get(group.owner_userid or "")
    found = {
        "policy": _first(places, "policy") or default,
        "audience": _first(places, "audience") or default,
        "department": _department(places, assignment.department_id, company),
        "liaison": _first(places, "liaison", "liaison_userid"),
        "filed_on": _first(places, "filed_on"),
    }
    if found["department"] is None and owner and owner.main_department_id == assignment.department_id:
        found["department"] = _("群主所在部门")
    given = {
        "department": assignment.department_id,
        "liaison": assignment.liaison_userid,
        "filed_on": assignment.filed_on,
    }
    return {name: where for name, where in found.items() if where and given.get(name, name) is not None}


def _first(places: Sequence[Origin], *names: str) -> str | None:
    for where, said in places:
        if any(getattr(said, name, None) for name in names):
            return where
    return None


def _department(places: Sequence[Origin], department_id: int | None, company: Company) -> str | None:
    name = company.department_name(department_id)
    for where, said in places:
        if said.department is not None and str(said.department) in (str(department_id), name):
            return where
    return None


def is_stale(group: Group, assignment: Assignment, settings: Settings, now: datetime) -> bool:
    """Return whether the group's roster is older than its policy allows, or was never read at all."""
    if group.members_as_of is None:
        return True
    policy = settings.policies.named(assignment.policy)
    by_hand = timedelta(days=policy.handed_in_stale_after_days)
    limit = by_hand if group.kind == "handed_in" else policy.roster_stale_after
    return now - group.members_as_of > limit
