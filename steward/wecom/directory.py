"""The whole directory in the best way WeCom permits: details, else names, else ids, and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from steward.model.directory import Department, DirectorySnapshot, Employee
from steward.model.source import SourceState
from steward.wecom.client import WeComClient
from steward.wecom.departments import get_department, list_department_ids, list_departments
from steward.wecom.errors import Refused, TokenExpired, WeComError
from steward.wecom.users import list_employee_ids, list_employee_names, list_employees

_T = TypeVar("_T")
_ROOT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPull:
    """What one pull saw. `snapshot` is None where an essential part gave no answer: the last one stays in force."""

    snapshot: DirectorySnapshot | None
    sources: tuple[SourceState, ...]
    problems: tuple[str, ...] = ()


class _Pull:
    """One pull under way: which sources were good, which refused, which rows skipped."""

    def __init__(self, client: WeComClient, now: datetime) -> None:
        self.client = client
        self.now = now
        self.sources: dict[str, SourceState] = {}
        self.problems: list[str] = []

    def good(self, name: str) -> None:
        self.sources.setdefault(name, SourceState(name=name, good_at=self.now, tried_at=self.now))

    def failed(self, name: str, error: WeComError) -> None:
        # The first refusal is the one to mend: the ways tried after it are only what is left.
        told = SourceState(
            name=name,
            good_at=None,
            tried_at=self.now,
            errcode=error.errcode,
            detail=error.detail,
            remedy=error.remedy,
        )
        self.sources.setdefault(name, told)

    def attempt(self, name: str, read: Callable[[], _T]) -> _T | None:
        """Return what `read` gives; None where it was refused. Any other failure is told and raised."""
        try:
            return read()
        except WeComError as error:
            self.failed(name, error)
            if not isinstance(error, Refused | TokenExpired):
                raise
        return None

    def result(self, snapshot: DirectorySnapshot | None) -> DirectoryPull:
        sources, problems = tuple(self.sources.values()), tuple(self.problems)
        return DirectoryPull(snapshot=snapshot, sources=sources, problems=problems)


def pull_directory(client: WeComClient, now: datetime) -> DirectoryPull:
    """Return the directory as far as the rights go. Nothing is raised: what failed is told in `sources`.

    The snapshot is complete only if the root department was visible and every department's people were read
    without a row skipped, or if contact sync listed every id. No answer, or an unreadable one, to an essential
    question gives no snapshot: half a directory would make leavers of the other half.
    """
    pull = _Pull(client, now)
    try:
        departments = _departments(pull)
        employees, complete = _employees(pull, departments)
        if not complete:
            employees, complete = _with_ids(pull, employees)
    except WeComError:
        return pull.result(None)  # told where it was met, in `attempt`
    if not departments and not employees:
        return pull.result(None)
    return pull.result(_to_snapshot(departments, employees, complete, now))


def _to_snapshot(
    departments: list[Department], employees: list[Employee], complete: bool, now: datetime
) -> DirectorySnapshot:
    return DirectorySnapshot(
        departments=tuple(departments),
        employees=tuple(employees),
        source="wecom" if any(one.name for one in employees) else "wecom_ids",
        complete=complete,
        seen_at=now,
    )


def _departments(pull: _Pull) -> list[Department]:
    """Return the departments, best way first; empty where every way was refused."""
    client, problems = pull.client, pull.problems
    found = pull.attempt("departments", lambda: list_departments(client, problems))
    if found is None:
        ids = pull.attempt("departments", lambda: list_department_ids(client, "app", problems))
        if ids is None and client.has("contacts"):
            ids = pull.attempt("departments", lambda: list_department_ids(client, "contacts", problems))
        return _named(pull, ids or [])
    pull.good("departments")
    return found


def _named(pull: _Pull, departments: list[Department]) -> list[Department]:
    """Return the departments with the names department/get still tells; the others keep None."""
    if not departments:
        return []
    # One first: where it is refused, it is refused for all, and they need not be asked.
    first = pull.attempt("departments", lambda: get_department(pull.client, departments[0].id))
    if first is None:
        return departments
    rest = pull.client.map_parallel(lambda one: get_department(pull.client, one.id), departments[1:])
    return [first, *(one if isinstance(got, WeComError) else got for one, got in rest)]


def _employees(pull: _Pull, departments: list[Department]) -> tuple[list[Employee], bool]:
    """Return the employees with details, else with names, and whether that is everybody."""
    ids = [one.id for one in departments]
    for read in (list_employees, list_employee_names):
        refused: list[WeComError] = []
        found = pull.attempt(
            "users", partial(read, pull.client, ids, refused=refused, problems=pull.problems)
        )
        for error in refused[:1]:
            pull.failed("users", error)
        if found is not None and ids and not refused:
            pull.good("users")
        if found:
            # A row that was skipped may be a person, or a department full of them.
            whole = not refused and not pull.problems
            return found, whole and any(one.id == _ROOT or one.parent_id is None for one in departments)
    return [], False


def _with_ids(pull: _Pull, employees: list[Employee]) -> tuple[list[Employee], bool]:
    """Return the employees and everybody else contact sync knows by id, and whether that is everybody."""
    if not pull.client.has("contacts"):
        return employees, False
    notes: list[str] = []
    try:
        everybody = pull.attempt("user_ids", lambda: list_employee_ids(pull.client, notes))
    except WeComError:
        everybody = None  # told in `attempt`; the ids are not essential while there are names
        if not employees:
            raise
    pull.problems.extend(notes)
    if everybody is None:
        return employees, False
    pull.good("user_ids")
    known = {one.userid: one for one in employees}
    merged = [known.pop(one.userid, one) for one in everybody]
    return [*merged, *known.values()], not notes
