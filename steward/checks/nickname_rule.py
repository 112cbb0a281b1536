"""Is a group nickname department name + real name [C4]? Decided once a person and spelling, then looked up."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from steward.model.directory import Company, Employee
from steward.model.settings.groups import Nickname

_BRACKETS = (("(", ")"), ("[", "]"), ("【", "】"))
# What takes no room and moves nothing: zero-width space, joiners, left-to-right and right-to-left marks, word
# joiner, byte order mark, soft hyphen, variation selectors. Overrides of the direction of writing stay: they
# change what people see.
_INVISIBLE = dict.fromkeys([0x00AD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)])


def normalise(text: str) -> str:
    """Return the text as it is compared: full-width forms (NFKC), case, spaces and zero-width characters aside."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_INVISIBLE).casefold().split())


class _Wanted(NamedTuple):
    """What one person may put together. `certain` is False where a department's name is not known."""

    name: str
    departments: tuple[str, ...]
    certain: bool


class NicknameRule:
    """The rule of [nickname] for one company, held for one round.

    `usual` maps a userid to the spelling that was right last, as WeCom gave it: one look-up settles nearly every
    membership. It is filled as employees who have not left are met: leavers are never asked about.
    """

    def __init__(self, company: Company, rule: Nickname) -> None:
        self._company = company
        self._rule = rule
        self._between = rule.separators or ("",)
        self._separators = sorted(
            {normalise(separator) for separator in self._between}, key=len, reverse=True
        )
        self._endings = frozenset(_endings([normalise(suffix) for suffix in rule.suffixes], self._separators))
        self._aliases = {
            normalise(name): tuple(map(normalise, names)) for name, names in rule.department_aliases.items()
        }
        self._root_id = _root_id(company)
        self._wanted: dict[str, _Wanted | None] = {}
        self._answers: dict[str, dict[str, bool | None]] = {}
        self.usual: dict[str, str] = {}

    def accepts(self, userid: str, nickname: str) -> bool | None:
        """Return whether the nickname fits; None where the person's name or department is not known."""
        answers = self._answers.get(userid)
        if answers is None:
            expected = self.expected(userid)
            answers = self._answers[userid] = {expected: True} if expected else {}
        if nickname not in answers:
            answers[nickname] = self._decide(userid, nickname)
        if answers[nickname]:
            self.usual[userid] = nickname
        return answers[nickname]

    def expected(self, userid: str) -> str | None:
        """Return what the person should be called, as people write it; None where that is not known."""
        employee = self._company.employees.get(userid)
        department = self._own_department(employee) if employee else None
        if employee is None or not employee.name or not department:
            return None
        separator = "" if "" in self._between else self._between[0]
        pair = (department, employee.name)
        return separator.join(pair if self._rule.order == "department_name" else reversed(pair))

    def _own_department(self, employee: Employee) -> str | None:
        ids = (employee.main_department_id, *employee.department_ids)
        return next((name for name in map(self._company.department_name, ids) if name), None)

    def _decide(self, userid: str, nickname: str) -> bool | None:
        wanted = self._wanted_of(userid)
        if wanted is None:
            return None
        seen = normalise(nickname)
        if any(self._fits(seen, department, wanted.name) for department in wanted.departments):
            return True
        return False if wanted.certain else None

    def _fits(self, seen: str, department: str, name: str) -> bool:
        first, last = (department, name) if self._rule.order == "department_name" else (name, department)
        if not seen.startswith(first):
            return False
        rest = seen[len(first) :]
        return any(
            rest.startswith(separator + last) and rest[len(separator) + len(last) :] in self._endings
            for separator in self._separators
        )

    def _wanted_of(self, userid: str) -> _Wanted | None:
        if userid not in self._wanted:
            employee = self._company.employees.get(userid)
            self._wanted[userid] = self._to_wanted(employee) if employee else None
        return self._wanted[userid]

    def _to_wanted(self, employee: Employee) -> _Wanted | None:
        name = normalise(employee.name or "")
        if not name:
            return None
        names = [self._company.department_name(number) for number in self._accepted_ids(employee)]
        known = [normalise(department or "") for department in names]
        words = [word for department in known for word in (department, *self._aliases.get(department, ()))]
        return _Wanted(
            name=name,
            departments=tuple(dict.fromkeys(word for word in words if word)),
            certain=bool(known) and all(known),
        )

    def _accepted_ids(self, employee: Employee) -> list[int]:
        own = dict.fromkeys((*employee.department_ids, employee.main_department_id))
        ids = [number for number in own if number is not None]
        if self._rule.accept_parent_departments:
            for number in ids:
                # The list grows while it is walked: parents of parents, each once, so that a circle ends.
                department = self._company.departments.get(number)
                parent = department.parent_id if department else None
                if parent is not None and parent != self._root_id and parent not in ids:
                    ids.append(parent)
        return ids


def _root_id(company: Company) -> int | None:
    """Return the department that is the company itself: its name is nobody's department but its direct members'.

    WeCom's root has id 1 (document path 90208). A directory with several roots came from a file.
    """
    roots = [department.id for department in company.departments.values() if department.parent_id is None]
    return 1 if roots in ([], [1]) or 1 not in company.departments else None


def _endings(suffixes: list[str], separators: list[str]) -> Iterator[str]:
    yield ""
    for suffix in suffixes:
        yield from (f"{separator}{suffix}" for separator in ("", *separators))
        yield from (f"{opening}{suffix}{closing}" for opening, closing in _BRACKETS)
