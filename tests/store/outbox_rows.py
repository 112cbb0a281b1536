"""Messages put in the outbox and taken out of it, in as few words as a test needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

from steward.model.delivery import Channel, DeliveryStatus, Openings
from steward.store.database import Database
from steward.store.outbox import OutboxRow, insert_delivery, load_outbox
from steward.store.outbox_claim import claim, load_candidates
from steward.store.outbox_states import Ending, finish_attempts, settle
from tests.factories import NOW, make_delivery

EVERYTHING = Openings(channels=frozenset(get_args(Channel)))
LEASE = timedelta(minutes=2)
Held = tuple[OutboxRow, int]


def queue(
    database: Database, *keys: str, now: datetime = NOW, follows: int | None = None, **over: Any
) -> list[int | None]:
    with database.begin() as connection:
        return [
            insert_delivery(connection, make_delivery(key, **over), now=now, follows=follows) for key in keys
        ]


def claim_one(
    database: Database, now: datetime = NOW, *, worker: str = "w1", openings: Openings = EVERYTHING
) -> Held:
    """Claim the message that goes first; a test that asks for one has one."""
    with database.begin() as connection:
        first = load_candidates(connection, now=now, openings=openings)[0]
        [taken] = claim(
            connection, {first.id: first.channel}, worker=worker, now=now, lease_until=now + LEASE
        )
    return taken


def ending_of(held: Held, status: DeliveryStatus, **over: Any) -> Ending:
    row, attempt_id = held
    defaults: dict[str, Any] = {"at": NOW, "outcome": "accepted", "said": None}
    return Ending(row=row, attempt_id=attempt_id, status=status, **{**defaults, **over})


def end(database: Database, held: Held, status: DeliveryStatus, *, worker: str = "w1", **over: Any) -> bool:
    ending = ending_of(held, status, **over)
    with database.begin() as connection:
        finish_attempts(connection, [ending])
        return settle(connection, [ending], worker=worker)


def row_of(database: Database, key: str) -> OutboxRow:
    with database.read() as connection:
        return next(one for one in load_outbox(connection) if one.idempotency_key == key)
