"""Messages to be sent: queued once, claimed once, settled once. Every transition is one conditional update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from steward.model.delivery import Channel, Delivery, DeliveryStatus
from steward.store.schema import attempts, outbox
from steward.store.upsert import insert_new

FINAL: tuple[DeliveryStatus, ...] = ("sent", "dead", "expired", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message with what became of it."""

    id: int
    idempotency_key: str
    channel: Channel
    recipient: str
    topic: str
    body: Mapping[str, Any]
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None
    errcode: int | None
    detail: str | None
    remedy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to bring a message. `outcome` is None where the worker never came back."""

    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    errcode: int | None
    detail: str | None


def insert_delivery(connection: Connection, delivery: Delivery, *, now: datetime) -> int | None:
    """Queue a message in the caller's transaction; None when its key was queued before."""
    row = {
        "idempotency_key": delivery.idempotency_key,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "topic": delivery.topic,
        "body": dict(delivery.body),
        "priority": delivery.priority,
        "status": "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": max(now, delivery.not_before_at or now),
        "expires_at": delivery.expires_at,
    }
    return insert_new(connection, outbox, row, key=("idempotency_key",))


def claim(
    connection: Connection,
    *,
    worker: str,
    now: datetime,
    lease_until: datetime,
    channels: Collection[Channel],
) -> tuple[OutboxRow, int] | None:
    """Claim the message that is due first: most urgent, then oldest.

    The claim and the attempt are one transaction, committed before anything is sent: a process that dies in
    the middle leaves a row that says "may have been sent".

    Args:
        channels: those that may be sent by now; what is due by another waits.

    Returns:
        The row and the attempt's id; None when nothing is due.
    """
    due = (
        select(outbox.c.id)
        .where(outbox.c.status == "pending", outbox.c.next_attempt_at <= now, outbox.c.channel.in_(channels))
        .order_by(outbox.c.priority, outbox.c.next_attempt_at, outbox.c.id)
        .limit(20)
    )
    for row_id in connection.execute(due).scalars().all():
        claimed = connection.execute(
            update(outbox)
            .where(outbox.c.id == row_id, outbox.c.status == "pending")
            .values(
                status="sending", claimed_by=worker, lease_until=lease_until, attempts=outbox.c.attempts + 1
            )
        )
        if claimed.rowcount == 1:
            row = _row(connection.execute(select(outbox).where(outbox.c.id == row_id)).one())
            return row, _insert_attempt(connection, row, now)
    return None


def _insert_attempt(connection: Connection, row: OutboxRow, now: datetime) -> int:
    values = {"outbox_id": row.id, "channel": row.channel, "recipient": row.recipient, "started_at": now}
    attempt_id: int = connection.execute(
        insert(attempts).values(values).returning(attempts.c.id)
    ).scalar_one()
    return attempt_id


def first_attempt_at(connection: Connection, row_id: int) -> datetime | None:
    """Return when a message was first tried; None if it never was."""
    found: datetime | None = connection.execute(
        select(attempts.c.started_at).where(attempts.c.outbox_id == row_id).order_by(attempts.c.id).limit(1)
    ).scalar()
    return found


def save_body(connection: Connection, row_id: int, body: Mapping[str, Any]) -> None:
    """Keep what the body became before it is sent (an uploaded file's media id), so a retry is the same bytes."""
    connection.execute(update(outbox).where(outbox.c.id == row_id).values(body=dict(body)))


def finish_attempt(
    connection: Connection,
    attempt_id: int,
    *,
    outcome: str,
    errcode: int | None,
    detail: str | None,
    now: datetime,
) -> None:
    """Write down what an attempt came to."""
    connection.execute(
        update(attempts)
        .where(attempts.c.id == attempt_id)
        .values(finished_at=now, outcome=outcome, errcode=errcode, detail=detail)
    )


def settle(
    connection: Connection, row_id: int, *, status: DeliveryStatus, now: datetime, worker: str, **values: Any
) -> bool:
    """Move a message out of "sending", once, by the worker that claimed it; False when it is no longer his."""
    if status != "pending":
        values["settled_at"] = now
    settled = connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.status == "sending", outbox.c.claimed_by == worker)
        .values(status=status, lease_until=None, claimed_by=None, **values)
    )
    return settled.rowcount == 1


def expire(connection: Connection, *, now: datetime) -> list[OutboxRow]:
    """Give up messages that came too late to be of use; returns them."""
    expired = connection.execute(
        update(outbox)
        .where(outbox.c.status == "pending", outbox.c.expires_at <= now)
        .values(status="expired", settled_at=now)
        .returning(outbox)
    )
    return [_row(row) for row in expired]


def load_lapsed(connection: Connection, *, now: datetime) -> list[OutboxRow]:
    """Return messages whose worker never came back."""
    query = select(outbox).where(outbox.c.status == "sending", outbox.c.lease_until <= now)
    return [_row(row) for row in connection.execute(query)]


def release_lapsed(
    connection: Connection, row_id: int, *, status: DeliveryStatus, now: datetime, **values: Any
) -> bool:
    """Take a message from a worker that never came back; False when the worker did come back."""
    released = connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.status == "sending", outbox.c.lease_until <= now)
        .values(status=status, lease_until=None, claimed_by=None, next_attempt_at=now, **values)
    )
    return released.rowcount == 1


def lapse_all(connection: Connection, *, now: datetime) -> int:
    """End every lease: at the start of the only process there is, nobody can be sending.

    Only with SQLite there is but one. Others may be sending by way of PostgreSQL; their leases end by themselves.
    """
    if connection.dialect.name != "sqlite":
        return 0
    return connection.execute(
        update(outbox).where(outbox.c.status == "sending").values(lease_until=now)
    ).rowcount


def next_due_at(connection: Connection) -> datetime | None:
    """Return when there is next something to do: a message falls due, or a lease ends; None: nothing waits."""
    waiting = select(func.min(outbox.c.next_attempt_at)).where(outbox.c.status == "pending")
    leased = select(func.min(outbox.c.lease_until)).where(outbox.c.status == "sending")
    moments = [connection.execute(query).scalar() for query in (waiting, leased)]
    return min((moment for moment in moments if moment is not None), default=None)


def load_outbox(
    connection: Connection, *, statuses: Collection[DeliveryStatus] | None = None, limit: int = 100
) -> list[OutboxRow]:
    """Return messages, newest first."""
    query = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
    if statuses is not None:
        query = query.where(outbox.c.status.in_(statuses))
    return [_row(row) for row in connection.execute(query)]


def load_delivery(connection: Connection, row_id: int) -> OutboxRow | None:
    """Return one message; None if there is none of that id."""
    row = connection.execute(select(outbox).where(outbox.c.id == row_id)).one_or_none()
    return _row(row) if row else None


def load_attempts(connection: Connection, row_id: int) -> list[Attempt]:
    """Return every try to bring a message, in order; empty when it never left."""
    columns = [attempts.c[name] for name in Attempt.__dataclass_fields__]
    query = select(*columns).where(attempts.c.outbox_id == row_id).order_by(attempts.c.id)
    return [Attempt(**row._mapping) for row in connection.execute(query)]


def load_undelivered_since(connection: Connection, at: datetime) -> list[OutboxRow]:
    """Return messages that died, expired or may not have arrived, since then or still waiting for a person."""
    query = (
        select(outbox)
        .where(
            or_(
                outbox.c.status == "unknown",
                outbox.c.status.in_(("dead", "expired")) & (outbox.c.settled_at > at),
            )
        )
        .order_by(outbox.c.id)
    )
    return [_row(row) for row in connection.execute(query)]


def count_by_status(connection: Connection) -> dict[str, int]:
    """Return how many messages are in each state; empty states are absent."""
    query = select(outbox.c.status, func.count()).group_by(outbox.c.status)
    return {status: count for status, count in connection.execute(query)}


def _row(row: Any) -> OutboxRow:
    return OutboxRow(**{name: getattr(row, name) for name in OutboxRow.__dataclass_fields__})


def delete_settled_before(connection: Connection, at: datetime) -> int:
    """Forget messages settled before that, with their attempts; returns how many."""
    return connection.execute(
        delete(outbox).where(outbox.c.status.in_(FINAL), outbox.c.settled_at < at)
    ).rowcount
