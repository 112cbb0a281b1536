"""Lanes, the ways out of the house, and the log of what went out by them.

A lane is what WeCom counts, limits and closes by itself: "app", "appchat", "bot:NAME#1" (each key of a bot that has
several is a lane of its own), "email", "webhook:NAME". A bot's lane is held by one worker while a message of its is on
the way; a lane that is closed is closed for every process.

`spent` is a sliding log: a row for each attempt and each budget it used up. `at` is the latest moment at which WeCom
can have counted it: the end of the lease while it is on the way, the moment of the answer once there is one. So a
window that holds at most n here holds at most n at WeCom, whatever the way there took (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text, update

from steward.store.schema import employees, groups, lanes, spent
from steward.store.upsert import insert_for

KEEP_SPENT = timedelta(days=2)
"""Longer than the longest window, a natural day."""
_CLAIMS = 0x57E3A4D
"""The number of our advisory lock; any number nobody else uses."""
# A process that was stopped in the middle of a claim (a frozen virtual machine) must not keep every other one waiting:
# PostgreSQL ends its session. Local to the transaction.
_LOCK = text(
    "SELECT set_config('idle_in_transaction_session_timeout', '20s', true), pg_advisory_xact_lock(:number)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """One lane. `paused_until` in the past: it is open."""

    name: str
    held_by: str | None
    held_until: datetime | None
    paused_until: datetime | None
    why: str | None


def lock_claims(connection: Connection) -> None:
    """Let one process at a time claim, count budgets and settle, until the end of the transaction.

    Take it first in a transaction that changes several messages, so that no two wait for each other. SQLite has one
    writer anyway.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK, {"number": _CLAIMS})


@dataclass(frozen=True, slots=True)
class Blocked:
    """By which lanes nothing may go out now: closed ones with the moment they open, and those another holds."""

    paused: dict[str, datetime]
    held: frozenset[str]


_NOW = bindparam("now", type_=lanes.c.held_until.type)
_BLOCKED = select(lanes.c.name, lanes.c.paused_until, lanes.c.held_until).where(
    or_(lanes.c.paused_until > _NOW, lanes.c.held_until > _NOW)
)


def load_blocked(connection: Connection, *, now: datetime) -> Blocked:
    """Return by which lanes nothing may go out now."""
    rows = connection.execute(_BLOCKED, {"now": now}).all()
    return Blocked(
        paused={row.name: row.paused_until for row in rows if row.paused_until and row.paused_until > now},
        held=frozenset(row.name for row in rows if row.held_until and row.held_until > now),
    )


_TAKE = (
    update(lanes)
    .where(
        lanes.c.name == bindparam("lane"),
        or_(lanes.c.held_by.is_(None), lanes.c.held_until <= bindparam("now", type_=lanes.c.held_until.type)),
        or_(
            lanes.c.paused_until.is_(None),
            lanes.c.paused_until <= bindparam("now", type_=lanes.c.paused_until.type),
        ),
    )
    .values(held_by=bindparam("worker"), held_until=bindparam("until", type_=lanes.c.held_until.type))
)


def take_lane(connection: Connection, name: str, *, worker: str, now: datetime, until: datetime) -> bool:
    """Hold a lane until its message is settled; False when another holds it, or it is closed."""
    values = {"lane": name, "worker": worker, "now": now, "until": until}
    if connection.execute(_TAKE, values).rowcount == 1:
        return True
    fresh = insert_for(connection, lanes).values(name=name).on_conflict_do_nothing(index_elements=["name"])
    connection.execute(fresh)
    return connection.execute(_TAKE, values).rowcount == 1


_FREE = (
    update(lanes)
    .where(
        lanes.c.name == bindparam("lane"),
        lanes.c.held_by == bindparam("worker"),
        lanes.c.held_until == bindparam("until", type_=lanes.c.held_until.type),
    )
    .values(held_by=None, held_until=None)
)


def free_lane(connection: Connection, name: str, *, worker: str, until: datetime) -> None:
    """Let go of a lane, if it is still held by that very claim: by this worker, until that moment."""
    connection.execute(_FREE, {"lane": name, "worker": worker, "until": until})


def free_all_lanes(connection: Connection) -> None:
    """Let go of every lane: the only process there is has just begun."""
    connection.execute(
        update(lanes).where(lanes.c.held_by.is_not(None)).values(held_by=None, held_until=None)
    )


def pause_lane(connection: Connection, name: str, *, until: datetime, why: str) -> None:
    """Close a lane for every process. One that is closed for longer stays so."""
    fresh = insert_for(connection, lanes).values(name=name, paused_until=until, why=why)
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=["name"],
            set_={"paused_until": until, "why": why},
            where=or_(lanes.c.paused_until.is_(None), lanes.c.paused_until < until),
        )
    )


def open_lanes(connection: Connection, names: Collection[str]) -> int:
    """Open closed lanes before their time: a person has mended what they were closed for. Returns how many."""
    return connection.execute(
        update(lanes)
        .where(lanes.c.name.in_(names), lanes.c.paused_until.is_not(None))
        .values(paused_until=None, why=None)
    ).rowcount


def load_lanes(connection: Connection) -> list[LaneState]:
    """Return every lane that was ever held or closed, by name."""
    columns = [lanes.c[name] for name in LaneState.__dataclass_fields__]
    query = select(*columns).order_by(lanes.c.name)
    return [LaneState(**row._mapping) for row in connection.execute(query)]


_SUM = (
    select(spent.c.budget, func.sum(spent.c.units))
    .where(
        spent.c.budget.in_(bindparam("names", expanding=True)),
        spent.c.at > bindparam("since", type_=spent.c.at.type),
    )
    .group_by(spent.c.budget)
)


def sum_spent(connection: Connection, names: Collection[str], *, since: datetime) -> dict[str, int]:
    """Return how much of each budget was used up after that moment; what was not touched is absent."""
    return {name: int(units) for name, units in connection.execute(_SUM, {"names": names, "since": since})}


def load_spent(connection: Connection, name: str, *, since: datetime) -> list[tuple[datetime, int]]:
    """Return what was taken from one budget after that moment, as (at, units), oldest first."""
    query = select(spent.c.at, spent.c.units).where(spent.c.budget == name, spent.c.at > since)
    return [(at, units) for at, units in connection.execute(query.order_by(spent.c.at))]


def sum_all_spent(connection: Connection, *, since: datetime) -> dict[str, int]:
    """Return how much of every budget was used up after that moment."""
    query = select(spent.c.budget, func.sum(spent.c.units)).where(spent.c.at > since).group_by(spent.c.budget)
    return {name: int(units) for name, units in connection.execute(query)}


_INSERT_SPENT = insert(spent)


def insert_spent(connection: Connection, amounts: Iterable[tuple[int, str, int]], *, at: datetime) -> None:
    """Note what attempts take from budgets, as (attempt's id, budget, units).

    Args:
        at: the latest moment they can arrive.
    """
    rows: Sequence[dict[str, Any]] = [
        {"budget": name, "at": at, "attempt_id": attempt_id, "units": units}
        for attempt_id, name, units in amounts
    ]
    if rows:
        connection.execute(_INSERT_SPENT, rows)


_SETTLE_SPENT = (
    update(spent)
    .where(spent.c.attempt_id == bindparam("attempt"))
    .values(at=bindparam("now", type_=spent.c.at.type))
)


def settle_spent(connection: Connection, arrivals: Sequence[tuple[int, datetime]]) -> None:
    """Now it is known that attempts arrived by those moments, as (attempt's id, at)."""
    if arrivals:
        connection.execute(_SETTLE_SPENT, [{"attempt": one, "now": at} for one, at in arrivals])


def refund_spent(connection: Connection, attempt_id: int) -> None:
    """Take back what an attempt used up: nothing left this machine."""
    connection.execute(delete(spent).where(spent.c.attempt_id == attempt_id))


def delete_spent_before(connection: Connection, at: datetime) -> int:
    """Forget what no window reaches back to; returns how many rows."""
    return connection.execute(delete(spent).where(spent.c.at < at)).rowcount


def count_accounts(connection: Connection) -> int:
    """Return how many employees are known; 0 before the directory was ever read."""
    query = select(func.count()).select_from(employees).where(employees.c.left_at.is_(None))
    found: int = connection.execute(query).scalar_one()
    return found


def load_chat_size(connection: Connection, chat_id: str) -> int | None:
    """Return how many people are in a group; None: it was never read."""
    found: int | None = connection.execute(
        select(groups.c.member_count).where(groups.c.chat_id == chat_id)
    ).scalar()
    return found
