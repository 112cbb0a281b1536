"""Departments from paths such as 公司/研发部/前端组, with ids that stay the same from file to file."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steward.intake.cells import clean
from steward.model.directory import Department

DepartmentPath = tuple[str, ...]
_ID_SPACE = 2**31 - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Departments:
    """The departments of one file: path -> id. Parents that only occur inside a longer path are there too."""

    ids: Mapping[DepartmentPath, int]
    _tails: Mapping[str, tuple[DepartmentPath, ...]]

    @classmethod
    def of(cls, cells: Iterable[str]) -> Departments:
        """Return the departments that the cells of a column name."""
        written = {path for cell in cells for path in to_paths(cell)}
        long_tails: dict[str, set[DepartmentPath]] = defaultdict(set)
        whole = {path[:length] for path in written for length in range(1, len(path) + 1)}
        for path in whole:
            if len(path) > 1:
                long_tails[path[-1]].add(path)
        tails = {name: tuple(sorted(paths)) for name, paths in long_tails.items()}
        roots_only = {p for p in whole if not _is_short_for(p, tails, whole)}
        return cls(ids=_number(sorted(roots_only)), _tails=tails)

    def ids_of(self, cell: str) -> tuple[int, ...]:
        """Return the ids of the departments one cell names, the main one first."""
        paths = (self._full(path) for path in to_paths(cell))
        return tuple(dict.fromkeys(self.ids[path] for path in paths))

    def _full(self, path: DepartmentPath) -> DepartmentPath:
        return path if path in self.ids else self._tails[path[-1]][0]

    def records(self, heads: Mapping[int, Sequence[str]]) -> tuple[Department, ...]:
        """Return the departments, parents first; `heads` maps an id to its leaders' userids."""
        return tuple(
            Department(
                id=number,
                name=path[-1],
                parent_id=self.ids.get(path[:-1]),
                order=order,
                leader_userids=tuple(heads.get(number, ())),
            )
            for order, (path, number) in enumerate(
                sorted(self.ids.items(), key=lambda item: (len(item[0]), item[0]))
            )
        )


def to_paths(cell: str) -> tuple[DepartmentPath, ...]:
    """Return the paths one cell names: 公司/研发部;公司/测试部 -> two paths of two."""
    paths = []
    for written in re.split(r"[;；|\n]", cell):
        parts = tuple(part for part in (clean(p) for p in re.split(r"[/／\\>＞]", written)) if part)
        if parts:
            paths.append(parts)
    return tuple(dict.fromkeys(paths))


def _is_short_for(
    path: DepartmentPath, tails: Mapping[str, Sequence[DepartmentPath]], whole: set[DepartmentPath]
) -> bool:
    """Tell whether a bare name stands for exactly one department that other rows give with its whole path."""
    is_parent = any(len(p) > 1 and p[0] == path[0] for p in whole)
    return len(path) == 1 and len(tails.get(path[0], ())) == 1 and not is_parent


def _number(paths: Sequence[DepartmentPath]) -> dict[DepartmentPath, int]:
    """Return path -> id: negative, so that no id of WeCom's (all positive) is met, and within 32 bits.

    The id is made of the path alone, so the next file gives the same department the same id. Should two paths meet, the
    second in order of the alphabet is hashed again.
    """
    ids: dict[DepartmentPath, int] = {}
    taken: set[int] = set()
    for path in paths:
        salt = 0
        while (number := _hashed(path, salt)) in taken:
            salt += 1
        taken.add(number)
        ids[path] = number
    return ids


def _hashed(path: DepartmentPath, salt: int) -> int:
    text = "\x1f".join(path) + ("" if salt == 0 else f"\x1e{salt}")
    return -1 - int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % _ID_SPACE
