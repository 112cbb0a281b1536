"""Which messages are due, and who takes one: a look for candidates, then a conditional update for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from steward.model.delivery import Channel, DeliveryStatus, Openings
from steward.store.outbox import ROW_COLUMNS, OutboxRow, to_row
from steward.store.schema import attempts, outbox

PAGE: Final = 500
"""How many candidates are looked up at once: often enough for what is urgent, seldom enough to cost nothing."""
PER_RECIPIENT: Final = 50
"""Of one recipient, who is written to one after the other; so the messages of one hide nobody else's."""
_NOT_YET: Final[tuple[DeliveryStatus, ...]] = ("held", "pending", "sending")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that is due."""

    id: int
    channel: Channel
    recipient: str


def _names(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


_INSTANT = outbox.c.next_attempt_at.type
_NOW = bindparam("now", type_=_INSTANT)
_IS_DUE = (
    outbox.c.status == "pending",
    outbox.c.next_attempt_at <= _NOW,
    or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > _NOW),
)
_FORMER = outbox.alias("former")
_IS_PRECEDED = exists().where(_FORMER.c.id == outbox.c.follows, _FORMER.c.status.in_(_NOT_YET))
_DUE = (
    select(
        outbox.c.id,
        outbox.c.channel,
        outbox.c.recipient,
        outbox.c.priority,
        func.row_number()
        .over(partition_by=(outbox.c.channel, outbox.c.recipient), order_by=(outbox.c.priority, outbox.c.id))
        .label("place"),
    )
    .where(
        *_IS_DUE,
        or_(outbox.c.follows.is_(None), not_(_IS_PRECEDED)),
        or_(
            outbox.c.channel.in_(_names("open")),
            and_(outbox.c.urgent, outbox.c.channel.in_(_names("urgent"))),
        ),
        *(
            not_(and_(outbox.c.channel == channel, outbox.c.recipient.in_(_names(f"closed_{channel}"))))
            for channel in get_args(Channel)
        ),
    )
    .subquery()
)
_CANDIDATES = (
    select(_DUE.c.id, _DUE.c.channel, _DUE.c.recipient)
    .where(_DUE.c.place <= PER_RECIPIENT)
    .order_by(_DUE.c.priority, _DUE.c.place, _DUE.c.id)
    .limit(PAGE)
)


def load_candidates(
    connection: Connection, *, now: datetime, openings: Openings, closed: Collection[tuple[Channel, str]] = ()
) -> list[Candidate]:
    """Return messages that are due, at most `PAGE`: most urgent first; among equals the recipients take turns, and
    of one recipient the oldest goes first. A part of a text is offered when the part before it is gone, whatever
    became of that.

    Args:
        openings: by which channels may be sent now.
        closed: (channel, recipient) that nothing may be sent to now. However many messages wait for them, those
            of others are found.
    """
    names = {
        f"closed_{channel}": [to for via, to in closed if via == channel] for channel in get_args(Channel)
    }
    values = {"now": now, "open": list(openings.channels), "urgent": list(openings.urgent_channels), **names}
    return [Candidate(row.id, row.channel, row.recipient) for row in connection.execute(_CANDIDATES, values)]


_UNDER_WAY = select(outbox.c.channel, outbox.c.recipient).where(outbox.c.status == "sending")


def load_under_way(connection: Connection) -> list[tuple[Channel, str]]:
    """Return to whom something is on the way, whoever sends it."""
    return [(channel, recipient) for channel, recipient in connection.execute(_UNDER_WAY)]


_CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(_names("ids")), *_IS_DUE)
    .values(
        status="sending",
        claimed_by=bindparam("worker"),
        lease_until=bindparam("until", type_=_INSTANT),
        attempts=outbox.c.attempts + 1,
    )
    .returning(*ROW_COLUMNS)
)
_INSERT_ATTEMPTS = insert(attempts).returning(attempts.c.outbox_id, attempts.c.id)


def claim(
    connection: Connection,
    lane_of: Mapping[int, str],
    *,
    worker: str,
    now: datetime,
    lease_until: datetime,
) -> list[tuple[OutboxRow, int]]:
    """Take messages that are due, and note an attempt for each.

    Both are one transaction, committed before anything is sent: a process that dies in the middle leaves rows that say
    "may have been sent".

    Args:
        lane_of: message id -> the lane it goes by.

    Returns:
        (row, attempt's id) in the order asked; what somebody else took, or is not due any more, is absent.
    """
    if not lane_of:
        return []
    values = {"ids": list(lane_of), "worker": worker, "until": lease_until, "now": now}
    rows = {row.id: to_row(row) for row in connection.execute(_CLAIM, values)}
    taken = [rows[row_id] for row_id in lane_of if row_id in rows]
    if not taken:
        return []
    tries = [
        {
            "outbox_id": row.id,
            "channel": row.channel,
            "recipient": row.recipient,
            "started_at": now,
            "lane": lane_of[row.id],
            "by": worker,
        }
        for row in taken
    ]
    attempt_ids = {row.outbox_id: row.id for row in connection.execute(_INSERT_ATTEMPTS, tries)}
    return [(row, attempt_ids[row.id]) for row in taken]


_DEFER = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), outbox.c.status == "pending")
    .values(next_attempt_at=bindparam("at", type_=_INSTANT))
)


def defer(connection: Connection, row_id: int, *, until: datetime) -> bool:
    """Let a message wait for its budget. That is no attempt. False when somebody else took it meanwhile."""
    return connection.execute(_DEFER, {"row_id": row_id, "at": until}).rowcount == 1
