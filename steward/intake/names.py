"""From the names on a handed-in roster to employees. Where a name fits two people, it stays a name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from steward.intake.cells import folded
from steward.intake.roster import NAME_ID_PREFIX
from steward.model.directory import Department, Employee
from steward.model.group import Member

_MARKS = "@-_·.|/—–~:：,，()（）[]【】"
_TAIL = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]$")
_LONGEST_NICKNAME = 64
_SUFFIXES = ("外包", "实习生", "实习", "顾问")
# What a department's name ends in, for companies whose department names are not known.
_DEPARTMENT_ENDS = ("部", "组", "中心", "室", "科", "处", "公司", "团队", "办", "所", "厂", "店", "院", "队")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """A member whose name was not matched: `candidates` are several userids, or none at all."""

    member: Member
    candidates: tuple[str, ...]


def resolve_names(
    members: Sequence[Member],
    employees: Iterable[Employee],
    *,
    departments: Mapping[int, Department] | None = None,
    aliases: Mapping[str, Sequence[str]] | None = None,
    suffixes: Sequence[str] = _SUFFIXES,
) -> tuple[tuple[Member, ...], tuple[Unresolved, ...]]:
    """Return the members with the names that fit exactly one employee replaced by that employee's userid.

    A name fits when it is an employee's real name or alias, or that name with their department before or behind
    it: 财务部张三, 张三-财务部, 研发部陈晓(外包). The rest of the nickname must be a department (a known one's
    name, else anything that ends like one): 研发部李王芳 is not 王芳. Several employees of one name are told apart
    by the department.

    Args:
        members: of one roster; members with an id and people from outside stay as they are, but for 张三@研发部
            where 研发部 is a known department of 张三.
        employees: leavers (`left_at` set) are matched only where nobody present has the name.
        departments: for telling namesakes apart; may be None.
        aliases: department name -> its accepted short forms, as in settings.

    Returns:
        (all members in their order, those that could not be matched).
    """
    finder = _Finder(employees, departments or {}, aliases or {}, tuple(suffixes))
    taken = {member.member_id for member in members}
    resolved: list[Member] = []
    unresolved: list[Unresolved] = []
    for member in members:
        found = finder.find(member) if member.member_id.startswith(NAME_ID_PREFIX) else []
        if len(found) == 1 and found[0].userid not in taken:
            taken.add(found[0].userid)
            resolved.append(_as_employee(member, found[0]))
            continue
        resolved.append(member)
        if found or (member.member_id.startswith(NAME_ID_PREFIX) and member.kind == "staff"):
            unresolved.append(Unresolved(member=member, candidates=tuple(e.userid for e in found)))
    return tuple(resolved), tuple(unresolved)


def _as_employee(member: Member, employee: Employee) -> Member:
    # Of 张三@研发部 only 张三 was taken as the nickname, for it looked like somebody from outside.
    nickname = member.nickname if member.kind == "staff" else member.member_id.removeprefix(NAME_ID_PREFIX)
    return member._replace(member_id=employee.userid, kind="staff", nickname=nickname, name=employee.name)


class _Finder:
    def __init__(
        self,
        employees: Iterable[Employee],
        departments: Mapping[int, Department],
        aliases: Mapping[str, Sequence[str]],
        suffixes: tuple[str, ...],
    ) -> None:
        self._departments = departments
        self._aliases = {folded(name): {_bare(a) for a in short} for name, short in aliases.items()}
        self._suffixes = tuple(folded(suffix) for suffix in suffixes)
        self._by_name: dict[str, list[Employee]] = defaultdict(list)
        self._department_words = cache(self._words_of)
        for employee in employees:
            for name in {folded(n) for n in (employee.name, employee.alias) if n}:
                self._by_name[name].append(employee)

    def find(self, member: Member) -> list[Employee]:
        """Return who may be meant: nobody, one, or several who cannot be told apart."""
        if member.kind != "staff":
            return self._find_marked(member)
        found: list[Employee] = []
        for written in (member.name, member.nickname):
            if written and len(found) != 1:
                found = self._whole(folded(written)) or self._with_department(folded(written)) or found
        return found

    def _find_marked(self, member: Member) -> list[Employee]:
        """Return who is meant by 张三@研发部: WeCom marks people from outside like that, some companies their own."""
        written = member.member_id.removeprefix(NAME_ID_PREFIX)
        if not self._departments or "@" not in folded(written):
            return []
        return self._with_department(folded(written))

    def _whole(self, written: str) -> list[Employee]:
        return _present(self._by_name.get(written, []))

    def _with_department(self, written: str) -> list[Employee]:
        written = self._without_suffix(written)
        found: dict[str, Employee] = {}
        if written in self._by_name:
            found = {e.userid: e for e in self._by_name[written]}
        for cut in range(1, min(len(written), _LONGEST_NICKNAME)):
            for name, rest in ((written[cut:], written[:cut]), (written[:cut], written[cut:])):
                for employee in self._by_name.get(name.strip(_MARKS), []) if name else []:
                    if self._is_department(rest, employee):
                        found[employee.userid] = employee
        return _present(list(found.values()))

    def _without_suffix(self, written: str) -> str:
        written = _TAIL.sub("", written).rstrip(_MARKS)
        for suffix in self._suffixes:
            if suffix and written.endswith(suffix) and len(written) > len(suffix):
                return written[: -len(suffix)].rstrip(_MARKS)
        return written

    def _is_department(self, rest: str, employee: Employee) -> bool:
        word = rest.strip(_MARKS)
        if not word:
            return False
        if self._departments:
            return word in self._department_words(employee.department_ids)
        return word.endswith(_DEPARTMENT_ENDS)

    def _words_of(self, department_ids: tuple[int, ...]) -> frozenset[str]:
        """Return every name that stands for one of these departments or one above them."""
        words: set[str] = set()
        for department_id in department_ids:
            at: int | None = department_id
            for _ in range(50):  # a circle of parents must not hold us
                department = self._departments.get(at) if at is not None else None
                if department is None:
                    break
                name = folded(department.name or "")
                words |= {_bare(name)} | self._aliases.get(name, set())
                at = department.parent_id
        return frozenset(words - {""})


def _bare(word: str) -> str:
    return folded(word).strip(_MARKS)


def _present(employees: Sequence[Employee]) -> list[Employee]:
    """Return those still with the company, or else the leavers; each once."""
    unique = list({e.userid: e for e in employees}.values())
    return [e for e in unique if e.left_at is None] or unique
