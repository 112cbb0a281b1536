"""The company: its departments and the people in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

EmployeeStatus = Literal["active", "disabled", "not_activated", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """One department. `parent_id` is None for the root (WeCom's root has id 1, parent 0).

    `name` is None where WeCom gave the id only (department/simplelist, document path 95350).
    """

    id: int
    name: str | None
    parent_id: int | None
    order: int = 0
    leader_userids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One employee as the directory shows them.

    `userid` is lower-cased at the edge: WeCom treats userids without regard to case (document path 90196).
    `name` is None where only the id may be seen (user/list_id). `left_at` is set when a complete directory no
    longer shows the person, or shows status 5.
    """

    userid: str
    name: str | None = None
    alias: str | None = None
    position: str | None = None
    department_ids: tuple[int, ...] = ()
    main_department_id: int | None = None
    direct_leader_userids: tuple[str, ...] = ()
    status: EmployeeStatus = "active"
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySnapshot:
    """The directory as one pull saw it.

    `complete` says that everybody in the company was visible: only then does an absent person mean a leaver.
    `source` is "wecom", "wecom_ids" (ids without names) or "file".
    """

    departments: tuple[Department, ...]
    employees: tuple[Employee, ...]
    source: Literal["wecom", "wecom_ids", "file"]
    complete: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Everything the checks need of the directory, held once for all groups of a round.

    `employees` holds leavers too (with `left_at`). `complete` as in `DirectorySnapshot`; `seen_at` is None when
    no directory was ever read. `department_changes` maps a userid to the last day a department change was seen.
    """

    employees: Mapping[str, Employee]
    departments: Mapping[int, Department]
    complete: bool
    seen_at: datetime | None
    department_changes: Mapping[str, date]

    def department_name(self, department_id: int | None) -> str | None:
        """Return the department's name; None where id or name is unknown."""
        department = self.departments.get(department_id) if department_id is not None else None
        return department.name if department else None
