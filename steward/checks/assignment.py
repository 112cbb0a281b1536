"""Which policy, department, liaison and audience a group has: settings and register, decided once for each group.

Each value is taken from the first of these that gives it: a rule of the settings by id, the register by id, the
register by name, a rule of the settings by name pattern, the owner's own department, the settings' defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property

from steward.model.directory import Company
from steward.model.group import Assignment, Audience, Group, PolicyName, RegistryEntry
from steward.model.settings.groups import GroupRule, Groups

_Said = GroupRule | RegistryEntry


class Assigner:
    """Decides what governs each group."""

    def __init__(self, settings: Groups, registry: Iterable[RegistryEntry], company: Company) -> None:
        self._settings = settings
        self._company = company
        self._rules_by_id = {rule.chat_id: rule for rule in settings.rules if rule.chat_id}
        self._rules_by_name = tuple(rule for rule in settings.rules if rule.name)
        entries = tuple(registry)
        self._entries_by_id = {entry.chat_id: entry for entry in entries if entry.chat_id}
        self._entries_by_name = {entry.name: entry for entry in entries if entry.name and not entry.chat_id}

    def assign(self, group: Group) -> Assignment:
        """Return what governs the group."""
        said = self._said_of(group)
        return Assignment(
            policy=_policy(said) or self._settings.default_policy,
            audience=_audience(said) or self._settings.default_audience,
            department_id=self._department(said, group),
            liaison_userid=next(filter(None, map(_liaison, said)), None),
            filed_on=_filed_on(said),
        )

    def _said_of(self, group: Group) -> Sequence[_Said]:
        candidates = (
            self._rules_by_id.get(group.chat_id),
            self._entries_by_id.get(group.chat_id),
            self._entries_by_name.get(group.name),
            *(rule for rule in self._rules_by_name if fnmatchcase(group.name, rule.name or "")),
        )
        return [said for said in candidates if said is not None]

    def _department(self, said: Sequence[_Said], group: Group) -> int | None:
        for one in said:
            found = self._department_id(one.department)
            if found is not None:
                return found
        owner = self._company.employees.get(group.owner_userid or "")
        return owner.main_department_id if owner else None

    def _department_id(self, said: str | int | None) -> int | None:
        if isinstance(said, int):
            return said
        if said is None:
            return None
        if said.isdecimal() and int(said) in self._company.departments:
            return int(said)
        return self._ids_by_name.get(said)

    @cached_property
    def _ids_by_name(self) -> Mapping[str, int]:
        # Two departments of one name cannot be told apart: neither is taken.
        ids: dict[str, int] = {}
        twice: set[str] = set()
        for department in self._company.departments.values():
            if department.name in ids:
                twice.add(department.name)
            elif department.name:
                ids[department.name] = department.id
        return {name: department_id for name, department_id in ids.items() if name not in twice}


def _policy(said: Sequence[_Said]) -> PolicyName | None:
    return next((one.policy for one in said if one.policy), None)


def _audience(said: Sequence[_Said]) -> Audience | None:
    return next((one.audience for one in said if one.audience), None)


def _liaison(said: _Said) -> str | None:
    return said.liaison if isinstance(said, GroupRule) else said.liaison_userid


def _filed_on(said: Sequence[_Said]) -> date | None:
    return next((one.filed_on for one in said if one.filed_on), None)
