"""Messages to be sent: queued once, looked up. What moves them from state to state is in `outbox_states`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from steward.model.delivery import Channel, Delivery, DeliveryStatus
from steward.store.schema import attempts, outbox
from steward.store.upsert import insert_new

FINAL: tuple[DeliveryStatus, ...] = ("sent", "dead", "expired", "cancelled", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One message with what became of it."""

    id: int
    idempotency_key: str
    channel: Channel
    recipient: str
    topic: str
    body: Mapping[str, Any]
    priority: int
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None
    errcode: int | None
    detail: str | None
    remedy: str | None
    message_id: str | None
    urgent: bool
    about: Mapping[str, Any] | None
    merged_into: int | None
    follows: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to bring a message. `outcome` is None where the worker never came back.

    Args:
        lane: by which way it went out; None for attempts older than lanes.
        by: the process.
    """

    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    errcode: int | None
    detail: str | None
    lane: str | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFilter:
    """Which messages are wanted; what is None does not matter.

    Args:
        recipient: the whole recipient, or one of the userids of an app message.
        since: queued at that moment or later.
    """

    statuses: Collection[DeliveryStatus] | None = None
    channel: Channel | None = None
    recipient: str | None = None
    topic: str | None = None
    since: datetime | None = None


ROW_COLUMNS = tuple(outbox.c[name] for name in OutboxRow.__dataclass_fields__)


def to_row(row: Any) -> OutboxRow:
    """Return a message of a row that has every column of `ROW_COLUMNS`, or more."""
    return OutboxRow(**{name: getattr(row, name) for name in OutboxRow.__dataclass_fields__})


def insert_delivery(
    connection: Connection, delivery: Delivery, *, now: datetime, follows: int | None = None
) -> int | None:
    """Queue a message in the caller's transaction; None when its key was queued before.

    Args:
        follows: the id of the message that must go before this one: a text in parts stays in order.
    """
    row = {
        "idempotency_key": delivery.idempotency_key,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "topic": delivery.topic,
        "body": dict(delivery.body),
        "priority": delivery.priority,
        "status": "held" if delivery.held else "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": max(now, delivery.not_before_at or now),
        "expires_at": delivery.expires_at,
        "urgent": delivery.urgent,
        "about": dict(delivery.about) if delivery.about is not None else None,
        "follows": follows,
    }
    return insert_new(connection, outbox, row, key=("idempotency_key",))


def replace_waiting_body(
    connection: Connection, idempotency_key: str, body: Mapping[str, Any], *, expires_at: datetime | None
) -> bool:
    """Say something newer in a message nobody has tried to send yet; False when it is too late for that."""
    changed = connection.execute(
        update(outbox)
        .where(
            outbox.c.idempotency_key == idempotency_key,
            outbox.c.status == "pending",
            outbox.c.attempts == 0,
        )
        .values(body=dict(body), expires_at=expires_at)
    )
    return changed.rowcount == 1


def lapse_all(connection: Connection, *, now: datetime) -> int:
    """End every lease: at the start of the only process there is, nobody can be sending.

    Only with SQLite there is but one. Others may be sending by way of PostgreSQL; their leases end by themselves.
    """
    from steward.store.lanes import free_all_lanes

    if connection.dialect.name != "sqlite":
        return 0
    free_all_lanes(connection)
    return connection.execute(
        update(outbox).where(outbox.c.status == "sending").values(lease_until=now)
    ).rowcount


def next_due_at(connection: Connection) -> datetime | None:
    """Return when there is next something to do: a message falls due, or a lease ends; None: nothing waits."""
    waiting = select(func.min(outbox.c.next_attempt_at)).where(outbox.c.status == "pending")
    leased = select(func.min(outbox.c.lease_until)).where(outbox.c.status == "sending")
    moments = [connection.execute(query).scalar() for query in (waiting, leased)]
    return min((moment for moment in moments if moment is not None), default=None)


def next_due_after(connection: Connection, now: datetime) -> datetime | None:
    """Return when the next message falls due that is not due yet, or the next lease ends; None: nothing is ahead."""
    waiting = select(func.min(outbox.c.next_attempt_at)).where(
        outbox.c.status == "pending", outbox.c.next_attempt_at > now
    )
    leased = select(func.min(outbox.c.lease_until)).where(
        outbox.c.status == "sending", outbox.c.lease_until > now
    )
    moments = [connection.execute(query).scalar() for query in (waiting, leased)]
    return min((moment for moment in moments if moment is not None), default=None)


def load_outbox(
    connection: Connection,
    *,
    statuses: Collection[DeliveryStatus] | None = None,
    wanted: OutboxFilter | None = None,
    limit: int = 100,
) -> list[OutboxRow]:
    """Return messages, newest first.

    Args:
        statuses: short for a filter of states only.
    """
    wanted = wanted or OutboxFilter(statuses=statuses)
    query = select(*ROW_COLUMNS).where(*_conditions(wanted)).order_by(outbox.c.id.desc()).limit(limit)
    return [to_row(row) for row in connection.execute(query)]


def load_ids(connection: Connection, wanted: OutboxFilter) -> list[int]:
    """Return the ids of all such messages, oldest first."""
    query = select(outbox.c.id).where(*_conditions(wanted)).order_by(outbox.c.id)
    return list(connection.execute(query).scalars())


def _conditions(wanted: OutboxFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses is not None:
        conditions.append(outbox.c.status.in_(wanted.statuses))
    if wanted.channel is not None:
        conditions.append(outbox.c.channel == wanted.channel)
    if wanted.topic is not None:
        conditions.append(outbox.c.topic == wanted.topic)
    if wanted.since is not None:
        conditions.append(outbox.c.created_at >= wanted.since)
    if wanted.recipient is not None:
        one_of_many = "|" + outbox.c.recipient + "|"
        conditions.append(
            or_(
                outbox.c.recipient == wanted.recipient,
                (outbox.c.channel == "app") & one_of_many.contains(f"|{wanted.recipient}|", autoescape=True),
            )
        )
    return conditions


def load_delivery(connection: Connection, row_id: int) -> OutboxRow | None:
    """Return one message; None if there is none of that id."""
    row = connection.execute(select(*ROW_COLUMNS).where(outbox.c.id == row_id)).one_or_none()
    return to_row(row) if row else None


def load_attempts(connection: Connection, row_id: int) -> list[Attempt]:
    """Return every try to bring a message, in order; empty when it never left."""
    columns = [attempts.c[name] for name in Attempt.__dataclass_fields__]
    query = select(*columns).where(attempts.c.outbox_id == row_id).order_by(attempts.c.id)
    return [Attempt(**row._mapping) for row in connection.execute(query)]


def load_undelivered_since(connection: Connection, at: datetime) -> list[OutboxRow]:
    """Return messages that died, expired or may not have arrived, since then or still waiting for a person."""
    query = (
        select(*ROW_COLUMNS)
        .where(
            or_(
                outbox.c.status == "unknown",
                outbox.c.status.in_(("dead", "expired")) & (outbox.c.settled_at > at),
            )
        )
        .order_by(outbox.c.id)
    )
    return [to_row(row) for row in connection.execute(query)]


def count_troubles(
    connection: Connection,
    *,
    status: DeliveryStatus,
    channel: Channel,
    recipient: str | None,
    errcode: int | None,
    since: datetime,
) -> int:
    """Return how many messages came to such an end since then. `recipient` None: whoever it was for."""
    query = (
        select(func.count())
        .select_from(outbox)
        .where(
            outbox.c.status == status,
            outbox.c.channel == channel,
            outbox.c.errcode.is_not_distinct_from(errcode),
            outbox.c.settled_at >= since,
        )
    )
    if recipient is not None:
        query = query.where(outbox.c.recipient == recipient)
    found: int = connection.execute(query).scalar_one()
    return found


def count_by_status(connection: Connection) -> dict[str, int]:
    """Return how many messages are in each state; empty states are absent."""
    query = select(outbox.c.status, func.count()).group_by(outbox.c.status)
    return {status: count for status, count in connection.execute(query)}


def count_waiting_by_channel(connection: Connection) -> dict[str, int]:
    """Return how many messages wait to be sent by each channel; channels with none are absent."""
    query = (
        select(outbox.c.channel, func.count())
        .where(outbox.c.status.in_(("pending", "sending")))
        .group_by(outbox.c.channel)
    )
    return {channel: count for channel, count in connection.execute(query)}


def oldest_due_at(connection: Connection, now: datetime) -> datetime | None:
    """Return since when the message that waits longest could have been sent; None: none is due."""
    query = select(func.min(outbox.c.next_attempt_at)).where(
        outbox.c.status == "pending", outbox.c.next_attempt_at <= now
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def delete_settled_before(connection: Connection, at: datetime) -> int:
    """Forget messages settled before that, with their attempts; returns how many."""
    return connection.execute(
        delete(outbox).where(outbox.c.status.in_(FINAL), outbox.c.settled_at < at)
    ).rowcount
