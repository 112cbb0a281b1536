"""Departments and employees: the last good directory, and who joined, moved or left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from steward.model.directory import Company, Department, DirectorySnapshot, Employee
from steward.store.remembered import load_fact, save_fact
from steward.store.schema import departments, employee_changes, employees
from steward.store.upsert import chunked, upsert

_COMPLETE = "directory.complete"
_SEEN_AT = "directory.seen_at"


def apply_directory(connection: Connection, snapshot: DirectorySnapshot) -> dict[str, int]:
    """Make the snapshot the directory in force, whole, in the caller's transaction.

    Only a complete snapshot can make somebody a leaver. What a snapshot does not show of a person (a name, a
    department, a superior) is kept from before.

    Returns:
        How many employees there are, joined, left and changed department.
    """
    now = snapshot.seen_at
    known = {row.userid: row for row in connection.execute(select(employees)).all()}
    _upsert_departments(connection, snapshot)
    changes = list(_changes(known, snapshot))
    first_directory = load_fact(connection, _SEEN_AT) is None
    upsert(connection, employees, (_row(e, known, now) for e in snapshot.employees), keep=("first_seen_at",))
    if snapshot.complete:
        _mark_left(connection, set(known) - {e.userid for e in snapshot.employees}, now)
    if changes and not first_directory:
        connection.execute(insert(employee_changes), [{**change, "at": now} for change in changes])
    _remember(connection, snapshot)
    counts = {"employees": len(snapshot.employees), "departments": len(snapshot.departments)}
    for kind in ("joined", "left", "returned", "department_changed"):
        counts[kind] = 0 if first_directory else sum(change["kind"] == kind for change in changes)
    return counts


def _remember(connection: Connection, snapshot: DirectorySnapshot) -> None:
    seen_at = snapshot.seen_at.isoformat()
    save_fact(connection, _SEEN_AT, seen_at)
    if snapshot.complete:
        save_fact(connection, _COMPLETE, {"at": seen_at, "source": snapshot.source})


def _upsert_departments(connection: Connection, snapshot: DirectorySnapshot) -> None:
    rows = [
        {
            "id": d.id,
            "name": d.name,
            "parent_id": d.parent_id,
            "sort_order": d.order,
            "leader_userids": d.leader_userids,
            "last_seen_at": snapshot.seen_at,
            "gone_at": None,
        }
        for d in snapshot.departments
    ]
    # A directory of ids only must not wipe out names that an earlier, fuller one showed.
    named = [row for row in rows if row["name"] is not None]
    upsert(connection, departments, named)
    upsert(
        connection,
        departments,
        [row for row in rows if row["name"] is None],
        keep=("name", "leader_userids"),
    )
    if snapshot.complete and rows:
        seen = {row["id"] for row in rows}
        gone = set(
            connection.execute(select(departments.c.id).where(departments.c.gone_at.is_(None))).scalars()
        )
        for chunk in chunked(sorted(gone - seen), 500):
            connection.execute(
                update(departments).where(departments.c.id.in_(chunk)).values(gone_at=snapshot.seen_at)
            )


def _row(employee: Employee, known: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    before = known.get(employee.userid)
    left_at = employee.left_at or (now if employee.status == "left" else None)
    row = {
        "userid": employee.userid,
        "name": employee.name,
        "alias": employee.alias,
        "position": employee.position,
        "department_ids": list(employee.department_ids),
        "main_department_id": employee.main_department_id,
        "direct_leader_userids": employee.direct_leader_userids,
        "status": employee.status,
        "first_seen_at": now,
        "last_seen_at": now,
        "left_at": (before.left_at if before and before.left_at else left_at) if left_at else None,
    }
    return _kept(row, before, employee) if before else row


def _kept(row: dict[str, Any], before: Any, employee: Employee) -> dict[str, Any]:
    """Return the row with what this snapshot does not show of the person taken from before."""
    unseen = ["name"] if employee.name else ["name", "alias", "position", "direct_leader_userids"]
    if not employee.department_ids:
        unseen.append("department_ids")
    if not employee.department_ids or set(employee.department_ids) == set(before.department_ids):
        unseen.append("main_department_id")
    return {**row, **{name: row[name] or getattr(before, name) for name in unseen}}


def _changes(known: Mapping[str, Any], snapshot: DirectorySnapshot) -> Iterable[dict[str, Any]]:
    seen = set()
    for employee in snapshot.employees:
        seen.add(employee.userid)
        before = known.get(employee.userid)
        if before is None:
            yield _change(employee.userid, "joined", departments=list(employee.department_ids))
        elif before.left_at is None and (employee.left_at is not None or employee.status == "left"):
            yield _change(employee.userid, "left")
        elif before.left_at is not None and employee.left_at is None and employee.status != "left":
            yield _change(employee.userid, "returned")
        elif employee.department_ids and set(before.department_ids) != set(employee.department_ids):
            yield _change(
                employee.userid,
                "department_changed",
                before=list(before.department_ids),
                after=list(employee.department_ids),
            )
    if snapshot.complete:
        for userid, before in known.items():
            if userid not in seen and before.left_at is None:
                yield _change(userid, "left")


def _change(userid: str, kind: str, **detail: Any) -> dict[str, Any]:
    return {"userid": userid, "kind": kind, "detail": detail}


def _mark_left(connection: Connection, userids: set[str], now: datetime) -> None:
    for chunk in chunked(sorted(userids), 500):
        connection.execute(
            update(employees)
            .where(employees.c.userid.in_(chunk), employees.c.left_at.is_(None))
            .values(left_at=now, status="left")
        )


def load_company(
    connection: Connection,
    *,
    now: datetime,
    zone: ZoneInfo,
    trusted_for: Mapping[str, timedelta],
    moved_since: timedelta,
) -> Company:
    """Return the directory in force, leavers included.

    Args:
        trusted_for: the directory's source ("wecom", "wecom_ids", "file") -> how old a complete one may be before
            an absent person is "unknown" again.
        moved_since: how far back department changes are looked for.
    """
    people = connection.execute(select(*(employees.c[name] for name in Employee.__dataclass_fields__)))
    seen_at = load_fact(connection, _SEEN_AT)
    return Company(
        employees={row["userid"]: Employee(**row) for row in people.mappings()},
        departments={d.id: d for d in load_departments(connection)},
        complete=_is_complete(load_fact(connection, _COMPLETE), now, trusted_for),
        seen_at=datetime.fromisoformat(seen_at) if seen_at else None,
        department_changes=_moves(connection, now - moved_since, zone),
    )


def _is_complete(last: Any, now: datetime, trusted_for: Mapping[str, timedelta]) -> bool:
    return last is not None and now - datetime.fromisoformat(last["at"]) <= trusted_for[last["source"]]


def load_departments(connection: Connection) -> list[Department]:
    """Return the departments that exist, in the company's own order."""
    rows = connection.execute(
        select(departments)
        .where(departments.c.gone_at.is_(None))
        .order_by(departments.c.sort_order.desc(), departments.c.id)
    )
    return [
        Department(
            id=row.id,
            name=row.name,
            parent_id=row.parent_id,
            order=row.sort_order,
            leader_userids=row.leader_userids,
        )
        for row in rows
    ]


def _moves(connection: Connection, since: datetime, zone: ZoneInfo) -> dict[str, date]:
    rows = connection.execute(
        select(employee_changes.c.userid, employee_changes.c.at)
        .where(employee_changes.c.kind == "department_changed", employee_changes.c.at >= since)
        .order_by(employee_changes.c.at)
    )
    return {row.userid: row.at.astimezone(zone).date() for row in rows}


def load_active_userids(connection: Connection) -> list[str]:
    """Return the userids of everybody who has not left, sorted."""
    query = select(employees.c.userid).where(employees.c.left_at.is_(None)).order_by(employees.c.userid)
    return list(connection.execute(query).scalars())


def delete_changes_before(connection: Connection, at: datetime) -> int:
    """Forget changes older than that; returns how many."""
    return connection.execute(delete(employee_changes).where(employee_changes.c.at < at)).rowcount
