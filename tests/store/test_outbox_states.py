"""From state to state: only ways that are allowed, each gone once, by whoever is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from typing import get_args

import pytest
from sqlalchemy import update

from steward.model.delivery import DeliveryStatus
from steward.store import outbox_states
from steward.store.database import Database
from steward.store.outbox import load_attempts, load_outbox
from steward.store.outbox_states import ALLOWED, move
from steward.store.schema import outbox
from tests.factories import DAY, NOW
from tests.store.outbox_rows import LEASE, claim_one, end, ending_of, queue, row_of

STATES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)


def put(database: Database, state: DeliveryStatus) -> None:
    with database.begin() as connection:
        connection.execute(update(outbox).values(status=state))


def test_every_state_has_its_ways_and_only_two_have_none() -> None:
    assert set(ALLOWED) == set(STATES)
    assert {state for state in STATES if not ALLOWED[state]} == {"sent", "merged"}
    # What may have been sent is never sent again without somebody deciding it.
    assert {state for state in STATES if "sending" in ALLOWED[state]} == {"pending"}


def test_message_goes_from_state_to_state_only_where_the_table_allows_it(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None
    for before, after in product(STATES, STATES):
        put(database, before)
        with database.begin() as connection:
            if after in ALLOWED[before]:
                assert move(connection, row_id, [before], after), (before, after)
            else:
                with pytest.raises(ValueError, match=f"{before} never becomes {after}"):
                    move(connection, row_id, [before], after)
        assert row_of(database, "one").status == (after if after in ALLOWED[before] else before)


def test_message_stays_as_it_is_when_it_is_in_another_state_by_now(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None
    for state in set(STATES) - {"pending"}:
        put(database, state)
        with database.begin() as connection:
            assert not move(connection, row_id, ["pending"], "cancelled")
        assert row_of(database, "one").status == state


def test_one_of_four_that_want_the_same_step_gets_it(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None

    def step(_: int) -> bool:
        with database.begin() as connection:
            return move(connection, row_id, ["pending"], "cancelled", settled_at=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(step, range(8))) == 1


def test_claimed_message_is_settled_by_its_worker_once(database: Database) -> None:
    queue(database, "one")
    held = claim_one(database)
    assert not end(database, held, "sent", worker="another")
    assert end(database, held, "sent", message_id="m1")
    assert not end(database, held, "sent")
    settled = row_of(database, "one")
    assert (settled.status, settled.attempts, settled.settled_at, settled.message_id) == (
        "sent",
        1,
        NOW,
        "m1",
    )


def test_later_claim_of_the_same_worker_is_not_settled_by_the_earlier_one(database: Database) -> None:
    queue(database, "one")
    zombie = claim_one(database)
    with database.begin() as connection:
        outbox_states.release_lapsed(
            connection, zombie[0], status="pending", now=NOW + LEASE, next_attempt_at=NOW
        )
    held = claim_one(database, NOW + LEASE)
    assert not end(database, zombie, "dead")
    assert row_of(database, "one").status == "sending"
    assert end(database, held, "sent")


def test_body_is_kept_by_the_claim_that_holds_the_message_and_by_no_other(database: Database) -> None:
    queue(database, "one")
    row, _ = held = claim_one(database)
    body = {"msgtype": "file", "file": {"media_id": "m1"}}
    with database.begin() as connection:
        assert not outbox_states.save_body(connection, row, {}, worker="another")
        assert outbox_states.save_body(connection, row, body, worker="w1")
    assert row_of(database, "one").body == body
    end(database, held, "sent")
    with database.begin() as connection:
        assert not outbox_states.save_body(connection, row, {}, worker="w1")


def test_several_are_settled_together_or_the_caller_hears_that_one_was_not_his(database: Database) -> None:
    queue(database, "one", "two", "three")
    endings = [ending_of(claim_one(database), "sent") for _ in range(3)]
    with database.begin() as connection:
        assert outbox_states.settle(connection, endings[:2], worker="w1")
        assert not outbox_states.settle(connection, endings[1:], worker="w1")
        assert outbox_states.settle(connection, [], worker="w1")


def test_message_is_due_again_when_it_is_to_be_retried(database: Database) -> None:
    queue(database, "one")
    end(database, claim_one(database), "pending", next_attempt_at=NOW + DAY, detail="45009", errcode=45009)
    row, _ = claim_one(database, NOW + DAY)
    assert (row.attempts, row.detail, row.settled_at) == (2, "45009", None)
    with database.read() as connection:
        assert outbox_states.load_tries(connection, row) == (2, NOW)


def test_tries_are_counted_from_when_a_person_had_it_sent_again(database: Database) -> None:
    queue(database, "one")
    end(database, claim_one(database), "dead", at=NOW + timedelta(seconds=1))
    with database.begin() as connection:
        row = load_outbox(connection)[0]
        assert outbox_states.load_tries(connection, row) == (0, None)
        assert move(connection, row.id, ["dead"], "pending", next_attempt_at=NOW + DAY)
    row, _ = claim_one(database, NOW + DAY)
    with database.read() as connection:
        assert outbox_states.load_tries(connection, row) == (1, NOW + DAY)
        assert [one.started_at for one in load_attempts(connection, row.id)] == [NOW, NOW + DAY]


def test_lease_that_ended_can_be_taken_back_and_the_worker_comes_too_late(database: Database) -> None:
    queue(database, "one")
    row, _ = held = claim_one(database)
    with database.begin() as connection:
        assert outbox_states.load_lapsed(connection, now=NOW + LEASE - timedelta(seconds=1)) == []
        assert not outbox_states.release_lapsed(connection, row, status="unknown", now=NOW)
        assert [one.id for one in outbox_states.load_lapsed(connection, now=NOW + LEASE)] == [row.id]
        assert outbox_states.release_lapsed(connection, row, status="unknown", now=NOW + LEASE, detail="?")
    assert not end(database, held, "sent", at=NOW + LEASE)
    found = row_of(database, "one")
    assert (found.status, found.detail, found.settled_at) == ("unknown", "?", NOW + LEASE)
    with database.read() as connection:
        assert [one.lane for one in load_attempts(connection, row.id)] == ["app"]


def test_worker_that_comes_back_before_anybody_decided_settles_his_message(database: Database) -> None:
    queue(database, "one")
    row, _ = held = claim_one(database)
    assert end(database, held, "sent", at=NOW + 2 * LEASE)
    with database.begin() as connection:
        assert not outbox_states.release_lapsed(connection, row, status="unknown", now=NOW + 2 * LEASE)
    assert row_of(database, "one").status == "sent"


def test_message_that_came_too_late_is_given_up_even_if_it_is_held(database: Database) -> None:
    queue(database, "late", expires_at=NOW + DAY)
    queue(database, "held", expires_at=NOW + DAY, held=True)
    queue(database, "for ever")
    with database.begin() as connection:
        assert outbox_states.expire(connection, now=NOW) == []
        expired = outbox_states.expire(connection, now=NOW + DAY)
    assert [one.idempotency_key for one in expired] == ["late", "held"]
