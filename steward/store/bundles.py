"""Messages that wait together: read in sets, changed only while they still wait as they were read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select, tuple_, update

from steward.model.delivery import Channel, Delivery, DeliveryStatus
from steward.store.outbox import ROW_COLUMNS, OutboxRow, insert_delivery, to_row
from steward.store.outbox_states import require_allowed
from steward.store.schema import attempts, outbox
from steward.store.upsert import chunked

PAGE: Final = 1000
"""Messages looked at in one go: few enough for a short transaction."""
_WAITING: Final[tuple[DeliveryStatus, ...]] = ("pending",)


def expire_unsent(connection: Connection, row_id: int, why: str, *, now: datetime) -> None:
    """Record a message that was queued too late to be of use."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.status.in_(("pending", "held")))
        .values(status="expired", settled_at=now, detail=why)
    )


def load_crowded(
    connection: Connection,
    channels: Collection[Channel],
    *,
    until: datetime,
    after: tuple[str, str] | None = None,
    at_most: int = PAGE,
) -> list[OutboxRow]:
    """Return messages never tried and due by `until`, of recipients that have several; by recipient, urgent first.

    One query, which finds nothing where everybody gets but one message. On PostgreSQL the rows are locked, and
    those another process is claiming are left out.

    Args:
        after: (channel, recipient): only those that come later in the order.
    """
    due = and_(
        outbox.c.status == "pending",
        outbox.c.next_attempt_at <= until,
        outbox.c.attempts == 0,
        outbox.c.channel.in_(channels),
    )
    to = (outbox.c.channel, outbox.c.recipient)
    if after is not None:
        due = and_(due, tuple_(*to) > tuple_(*after))
    crowded = select(*to).where(due).group_by(*to).having(func.count() > 1)
    query = (
        select(*ROW_COLUMNS)
        .where(due, tuple_(*to).in_(crowded))
        .order_by(*to, outbox.c.priority, outbox.c.next_attempt_at, outbox.c.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    return [to_row(row) for row in connection.execute(query)]


def merge(connection: Connection, bundle: Delivery, parts: Sequence[int], *, now: datetime) -> int | None:
    """Put one message in the place of several, all of it or nothing; None where one of them was gone already.

    Args:
        parts: the messages whose texts it carries.
    """
    savepoint = connection.begin_nested()
    new_id = insert_delivery(connection, bundle, now=now)
    if new_id is None or _mark_merged(connection, parts, new_id, now) != len(parts):
        savepoint.rollback()
        return None
    savepoint.commit()
    return new_id


def _mark_merged(connection: Connection, parts: Sequence[int], into: int, now: datetime) -> int:
    require_allowed(_WAITING, "merged")
    waiting = and_(outbox.c.id.in_(parts), outbox.c.status == "pending", outbox.c.attempts == 0)
    values = {"status": "merged", "merged_into": into, "settled_at": now}
    return connection.execute(update(outbox).where(waiting).values(values)).rowcount


def load_late(
    connection: Connection,
    *,
    queued_before: datetime,
    until: datetime,
    after_id: int = 0,
    at_most: int = PAGE,
) -> list[OutboxRow]:
    """Return messages due by `until` that tell of facts and were queued long ago, by id."""
    query = (
        select(*ROW_COLUMNS)
        .where(
            outbox.c.status == "pending",
            outbox.c.next_attempt_at <= until,
            outbox.c.created_at <= queued_before,
            outbox.c.about.is_not(None),
            outbox.c.id > after_id,
        )
        .order_by(outbox.c.id)
        .limit(at_most)
    )
    return [to_row(row) for row in connection.execute(query)]


def load_by_ids(connection: Connection, ids: Collection[int]) -> dict[int, OutboxRow]:
    """Return messages by id, whatever became of them; those that were deleted are absent."""
    found: dict[int, OutboxRow] = {}
    for chunk in chunked(ids, 500):
        rows = connection.execute(select(*ROW_COLUMNS).where(outbox.c.id.in_(chunk)))
        found.update((row.id, to_row(row)) for row in rows)
    return found


def may_have_arrived(connection: Connection, row_id: int) -> bool:
    """Return whether a try to bring a message had no answer: then its bytes must stay as they are."""
    open_ended = or_(attempts.c.outcome.is_(None), attempts.c.outcome == "unknown")
    query = select(attempts.c.id).where(attempts.c.outbox_id == row_id, open_ended).limit(1)
    return connection.execute(query).first() is not None


def lock_waiting(connection: Connection, ids: Collection[int]) -> set[int]:
    """Return those that still wait and that nobody else is changing; on PostgreSQL nobody else can until the end.

    Who never waits for a row cannot stand in a circle with one that claims them in another order.
    """
    query = (
        select(outbox.c.id)
        .where(outbox.c.id.in_(ids), outbox.c.status == "pending")
        .with_for_update(skip_locked=True)
    )
    return set(connection.execute(query).scalars())


def change_waiting(connection: Connection, seen: OutboxRow, **values: Any) -> bool:
    """Change a message unless somebody else has touched it since it was read; False then."""
    if "status" in values:
        require_allowed(_WAITING, values["status"])
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.id == seen.id, outbox.c.status == "pending", outbox.c.attempts == seen.attempts)
        .values(values)
    )
    return changed.rowcount == 1


def note_gone(connection: Connection, gone: Mapping[int, str]) -> None:
    """Write to messages that were merged why the one that carries them says them no more.

    Args:
        gone: id -> why.
    """
    for row_id, why in gone.items():
        connection.execute(
            update(outbox).where(outbox.c.id == row_id, outbox.c.status == "merged").values(detail=why)
        )
