"""How a message goes from state to state: one table of what may follow what, each step one conditional update.

The number of rows an update changed decides who did it: of two that want the same step one gets 1 and goes on,
the other gets 0 and leaves the message alone. Nobody reads a state and writes it afterwards.

A claim is told from a later one of the same message by its number: `attempts` counts up with every claim and never
down, so a worker that wakes after its lease settles nothing once the message went on without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    DateTime,
    Integer,
    Text,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from steward.model.delivery import DeliveryStatus
from steward.store.outbox import ROW_COLUMNS, OutboxRow, to_row
from steward.store.schema import attempts, outbox

ALLOWED: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    "held": frozenset({"pending", "cancelled", "expired"}),
    "pending": frozenset({"sending", "cancelled", "expired", "merged", "unknown"}),
    "sending": frozenset({"sent", "pending", "dead", "unknown"}),
    "unknown": frozenset({"pending", "cancelled"}),
    "dead": frozenset({"pending"}),
    "expired": frozenset({"pending"}),
    "cancelled": frozenset({"pending"}),
    "sent": frozenset(),
    "merged": frozenset(),
}
"""state -> what may follow. Out of unknown, dead, expired and cancelled only a person leads."""


_SENDING: Final[tuple[DeliveryStatus, ...]] = ("sending",)
_PENDING: Final[tuple[DeliveryStatus, ...]] = ("pending",)


def require_allowed(before: Collection[DeliveryStatus], after: DeliveryStatus) -> None:
    """Raise ValueError where one of those states may not be followed by `after`."""
    for state in before:
        if after not in ALLOWED[state]:
            raise ValueError(f"a message that is {state} never becomes {after}")


def move(
    connection: Connection,
    row_id: int,
    before: Collection[DeliveryStatus],
    after: DeliveryStatus,
    **values: Any,
) -> bool:
    """Take a message from one of those states to another; False when it is in none of them any more.

    Raises:
        ValueError: no message goes that way (see `ALLOWED`).
    """
    require_allowed(before, after)
    moved = connection.execute(
        update(outbox)
        .where(outbox.c.id == row_id, outbox.c.status.in_(before))
        .values(status=after, lease_until=None, claimed_by=None, **values)
    )
    return moved.rowcount == 1


def expire(connection: Connection, *, now: datetime) -> list[OutboxRow]:
    """Give up messages that came too late to be of use, held ones too; returns them, each with its reason."""
    require_allowed(("pending", "held"), "expired")
    last = func.coalesce(literal("；最后一次：") + outbox.c.detail, "")
    expired = connection.execute(
        update(outbox)
        .where(outbox.c.status.in_(("pending", "held")), outbox.c.expires_at <= now)
        .values(status="expired", settled_at=now, detail=literal("过了有效期仍未发出") + last)
        .returning(*ROW_COLUMNS)
    )
    return sorted((to_row(row) for row in expired), key=lambda row: row.id)


def ask_about_forgotten(
    connection: Connection, *, tried_before: datetime, now: datetime, detail: str
) -> list[OutboxRow]:
    """Leave to a person what waits to be repeated, may have arrived, and would not be known as a repetition any more.

    Args:
        tried_before: of an app message whose first such try is older, WeCom's duplicate check has forgotten it. Tries
            before a person had it sent again do not count.

    Returns:
        Those messages, "unknown" now: the service was down, or the way was closed, for longer than WeCom remembers.
    """
    require_allowed(_PENDING, "unknown")
    may_have_arrived = select(attempts.c.id).where(
        attempts.c.outbox_id == outbox.c.id,
        or_(attempts.c.outcome.is_(None), attempts.c.outcome == "unknown"),
        or_(outbox.c.settled_at.is_(None), attempts.c.started_at >= outbox.c.settled_at),
        attempts.c.started_at <= tried_before,
    )
    asked = connection.execute(
        update(outbox)
        .where(
            outbox.c.status == "pending",
            outbox.c.channel == "app",
            outbox.c.attempts > 0,
            may_have_arrived.exists(),
        )
        .values(status="unknown", settled_at=now, detail=detail)
        .returning(*ROW_COLUMNS)
    )
    return sorted((to_row(row) for row in asked), key=lambda row: row.id)


# Built once: a worker runs these for every message, and building them costs more than running them.
_SETTLE = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("row_id"),
        outbox.c.status == "sending",
        outbox.c.claimed_by == bindparam("worker"),
        outbox.c.attempts == bindparam("claim"),
    )
    .values(
        status=bindparam("status"),
        lease_until=None,
        claimed_by=None,
        errcode=bindparam("errcode"),
        detail=bindparam("detail"),
        remedy=bindparam("remedy"),
        message_id=bindparam("message_id"),
        settled_at=func.coalesce(
            bindparam("settled_at", type_=outbox.c.settled_at.type), outbox.c.settled_at
        ),
        next_attempt_at=func.coalesce(
            bindparam("next_at", type_=outbox.c.next_attempt_at.type), outbox.c.next_attempt_at
        ),
    )
)
_COLUMNS: Final[Mapping[str, TypeEngine[Any]]] = {
    "row_id": BigInteger(),
    "claim": Integer(),
    "status": Text(),
    "errcode": Integer(),
    "detail": Text(),
    "remedy": Text(),
    "message_id": Text(),
    "settled_at": DateTime(timezone=True),
    "next_at": DateTime(timezone=True),
}
_ENDED: Final = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _COLUMNS.items()))
    .table_valued(*(column(name, kind) for name, kind in _COLUMNS.items()), name="ended")
    .render_derived()
)
# PostgreSQL takes all rows at once: one round trip and one plan, where a row each costs as much as the sending.
_SETTLE_AT_ONCE = (
    update(outbox)
    .where(
        outbox.c.id == _ENDED.c.row_id,
        outbox.c.status == "sending",
        outbox.c.claimed_by == bindparam("worker"),
        outbox.c.attempts == _ENDED.c.claim,
    )
    .values(
        status=_ENDED.c.status,
        lease_until=None,
        claimed_by=None,
        errcode=_ENDED.c.errcode,
        detail=_ENDED.c.detail,
        remedy=_ENDED.c.remedy,
        message_id=_ENDED.c.message_id,
        settled_at=func.coalesce(_ENDED.c.settled_at, outbox.c.settled_at),
        next_attempt_at=func.coalesce(_ENDED.c.next_at, outbox.c.next_attempt_at),
    )
)
_FINISH = (
    update(attempts)
    .where(attempts.c.id.in_(bindparam("attempt_ids", expanding=True)))
    .values(
        finished_at=bindparam("now", type_=attempts.c.finished_at.type),
        outcome=bindparam("word"),
        errcode=bindparam("code"),
        detail=bindparam("said"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an attempt came to, and where its message goes from "sending".

    Args:
        row: as it was claimed.
        outcome: the attempt's own: accepted, refused, not_sent or unknown. `said`: what was answered.
        next_attempt_at: of a message that becomes "pending" again.
    """

    row: OutboxRow
    attempt_id: int
    at: datetime
    outcome: str
    said: str | None
    status: DeliveryStatus
    errcode: int | None = None
    detail: str | None = None
    remedy: str | None = None
    message_id: str | None = None
    next_attempt_at: datetime | None = None


def finish_attempts(connection: Connection, endings: Sequence[Ending]) -> None:
    """Write down what attempts came to: those that came to the same in one statement, which is most of them."""
    alike: dict[tuple[str, int | None, str | None], list[Ending]] = {}
    for one in endings:
        alike.setdefault((one.outcome, one.errcode, one.said), []).append(one)
    for (word, code, said), group in alike.items():
        values = {
            "attempt_ids": [one.attempt_id for one in group],
            "now": max(one.at for one in group),
            "word": word,
            "code": code,
            "said": said,
        }
        connection.execute(_FINISH, values)


def settle(connection: Connection, endings: Sequence[Ending], *, worker: str) -> bool:
    """Move messages out of "sending", each once, by the claim that holds it.

    Returns:
        Whether all of them were still this worker's. Where not, nobody can say which were: of a single message that
        is no question, and of several the caller takes his transaction back and settles them one by one.
    """
    for one in endings:
        require_allowed(_SENDING, one.status)
    values = [
        {
            "row_id": one.row.id,
            "worker": worker,
            "claim": one.row.attempts,
            "status": one.status,
            "errcode": one.errcode,
            "detail": one.detail,
            "remedy": one.remedy,
            "message_id": one.message_id,
            "settled_at": None if one.status == "pending" else one.at,
            "next_at": one.next_attempt_at,
        }
        for one in endings
    ]
    if not values:
        return True
    if connection.dialect.name == "sqlite":
        done = connection.execute(_SETTLE, values if len(values) > 1 else values[0])
    else:
        columns = {name: [one[name] for one in values] for name in _COLUMNS}
        done = connection.execute(_SETTLE_AT_ONCE, {**columns, "worker": worker})
    return done.rowcount == len(values)


def save_body(connection: Connection, row: OutboxRow, body: Mapping[str, Any], *, worker: str) -> bool:
    """Keep what the body became before it is sent (an uploaded file's media id), so a retry is the same bytes.

    Returns:
        False when the claim is over: then nothing may be sent either.
    """
    saved = connection.execute(
        update(outbox)
        .where(
            outbox.c.id == row.id,
            outbox.c.status == "sending",
            outbox.c.claimed_by == worker,
            outbox.c.attempts == row.attempts,
        )
        .values(body=dict(body))
    )
    return saved.rowcount == 1


def load_tries(connection: Connection, row: OutboxRow) -> tuple[int, datetime | None]:
    """Return how often a message was tried and when first, since a person last had it sent again.

    None: it never was.
    """
    query = select(func.count(), func.min(attempts.c.started_at)).where(attempts.c.outbox_id == row.id)
    if row.settled_at is not None:
        query = query.where(attempts.c.started_at >= row.settled_at)
    count, first_at = connection.execute(query).one()
    return count, first_at


def load_lapsed(connection: Connection, *, now: datetime) -> list[OutboxRow]:
    """Return messages whose worker never came back."""
    query = select(*ROW_COLUMNS).where(outbox.c.status == "sending", outbox.c.lease_until <= now)
    return [to_row(row) for row in connection.execute(query.order_by(outbox.c.id))]


def release_lapsed(
    connection: Connection,
    row: OutboxRow,
    *,
    status: DeliveryStatus,
    now: datetime,
    next_attempt_at: datetime | None = None,
    detail: str | None = None,
) -> bool:
    """Take a message from a worker that never came back; False when the worker did come back.

    Its attempt keeps no outcome: nobody knows it.
    """
    require_allowed(_SENDING, status)
    released = connection.execute(
        update(outbox)
        .where(
            outbox.c.id == row.id,
            outbox.c.status == "sending",
            outbox.c.attempts == row.attempts,
            outbox.c.lease_until <= now,
        )
        .values(
            status=status,
            lease_until=None,
            claimed_by=None,
            detail=detail,
            next_attempt_at=next_attempt_at or outbox.c.next_attempt_at,
            settled_at=outbox.c.settled_at if status == "pending" else now,
        )
    )
    return released.rowcount == 1
