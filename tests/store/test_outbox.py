"""Messages in the outbox: queued once, claimed once, settled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import func, select

from steward.model.delivery import Channel
from steward.store import outbox
from steward.store.database import Database
from steward.store.outbox import OutboxRow
from steward.store.schema import attempts
from tests.factories import DAY, NOW, make_delivery

EVERY_CHANNEL = get_args(Channel)
LEASE = timedelta(minutes=2)


def queue(database: Database, *keys: str, now: datetime = NOW, **over: Any) -> list[int | None]:
    with database.begin() as connection:
        return [outbox.insert_delivery(connection, make_delivery(key, **over), now=now) for key in keys]


def claim(
    database: Database, now: datetime = NOW, *, worker: str = "w1", channels: Any = EVERY_CHANNEL
) -> OutboxRow | None:
    with database.begin() as connection:
        found = outbox.claim(connection, worker=worker, now=now, lease_until=now + LEASE, channels=channels)
    return found[0] if found else None


def row_of(database: Database, key: str) -> OutboxRow:
    with database.read() as connection:
        return next(one for one in outbox.load_outbox(connection) if one.idempotency_key == key)


def test_message_is_queued_once_when_its_key_comes_twice(database: Database) -> None:
    assert queue(database, "one", "one", "two")[1] is None
    with database.read() as connection:
        assert outbox.count_by_status(connection) == {"pending": 2}


def test_message_is_queued_once_when_four_threads_queue_it(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: queue(database, "one")[0], range(12)))
    assert sum(one is not None for one in ids) == 1


def test_most_urgent_then_oldest_message_is_claimed_first(database: Database) -> None:
    queue(database, "digest", priority=50)
    queue(database, "late", priority=20, now=NOW + timedelta(seconds=1))
    queue(database, "early", priority=20)
    now = NOW + timedelta(minutes=1)
    claimed = [claim(database, now) for _ in range(4)]
    assert [one and one.idempotency_key for one in claimed] == ["early", "late", "digest", None]


def test_message_waits_for_its_time(database: Database) -> None:
    queue(database, "one", not_before_at=NOW + DAY)
    assert claim(database) is None
    assert claim(database, NOW + DAY) is not None


def test_message_waits_when_its_channel_is_closed(database: Database) -> None:
    queue(database, "bot", channel="bot", recipient="ops", priority=1)
    queue(database, "app")
    first = claim(database, channels=("app",))
    assert first is not None
    assert first.idempotency_key == "app"
    assert claim(database, channels=("app",)) is None
    assert claim(database) is not None


def test_each_message_is_claimed_by_one_of_four_threads(database: Database) -> None:
    queue(database, *(f"k{number}" for number in range(20)))

    def take(number: int) -> list[str]:
        taken = []
        while (row := claim(database, worker=f"w{number}")) is not None:
            taken.append(row.idempotency_key)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [key for keys in pool.map(take, range(4)) for key in keys]
    assert sorted(taken) == sorted(f"k{number}" for number in range(20))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(attempts)).scalar_one() == 20


def test_claimed_message_is_settled_by_its_worker_once(database: Database) -> None:
    queue(database, "one")
    row = claim(database)
    assert row is not None
    with database.begin() as connection:
        settle = {"status": "sent", "now": NOW}
        assert not outbox.settle(connection, row.id, worker="another", **settle)  # type: ignore[arg-type]
        assert outbox.settle(connection, row.id, worker="w1", message_id="m1", **settle)  # type: ignore[arg-type]
        assert not outbox.settle(connection, row.id, worker="w1", **settle)  # type: ignore[arg-type]
    settled = row_of(database, "one")
    assert (settled.status, settled.attempts, settled.settled_at) == ("sent", 1, NOW)


def test_message_is_due_again_when_it_is_to_be_retried(database: Database) -> None:
    queue(database, "one")
    row = claim(database)
    assert row is not None
    with database.begin() as connection:
        outbox.settle(
            connection,
            row.id,
            status="pending",
            now=NOW,
            worker="w1",
            next_attempt_at=NOW + DAY,
            detail="45009",
        )
    assert claim(database) is None
    again = claim(database, NOW + DAY)
    assert again is not None
    assert (again.attempts, again.detail, again.settled_at) == (2, "45009", None)
    with database.read() as connection:
        assert outbox.first_attempt_at(connection, row.id) == NOW


def test_first_attempt_is_unknown_when_there_was_none(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None
    with database.read() as connection:
        assert outbox.first_attempt_at(connection, row_id) is None


def test_lease_that_ended_can_be_taken_back_and_the_worker_comes_too_late(database: Database) -> None:
    queue(database, "one")
    row = claim(database)
    assert row is not None
    with database.begin() as connection:
        assert outbox.load_lapsed(connection, now=NOW + LEASE - timedelta(seconds=1)) == []
        assert not outbox.release_lapsed(connection, row.id, status="pending", now=NOW)
        assert [one.id for one in outbox.load_lapsed(connection, now=NOW + LEASE)] == [row.id]
        assert outbox.release_lapsed(connection, row.id, status="unknown", now=NOW + LEASE, detail="?")
        assert not outbox.settle(connection, row.id, status="sent", now=NOW + LEASE, worker="w1")
    assert row_of(database, "one").status == "unknown"


def test_every_lease_ends_at_the_start_of_the_only_process(database: Database) -> None:
    queue(database, "one")
    claim(database)
    with database.begin() as connection:
        lapsed = outbox.lapse_all(connection, now=NOW + timedelta(seconds=1))
    # With PostgreSQL others may be sending this very moment.
    assert lapsed == (1 if database.is_sqlite else 0)


def test_something_is_due_when_a_lease_ends_even_if_no_message_waits(database: Database) -> None:
    with database.read() as connection:
        assert outbox.next_due_at(connection) is None
    queue(database, "one", not_before_at=NOW + timedelta(minutes=1))
    with database.read() as connection:
        assert outbox.next_due_at(connection) == NOW + timedelta(minutes=1)
    claim(database, NOW + timedelta(minutes=1))
    queue(database, "two", not_before_at=NOW + DAY)
    with database.read() as connection:
        assert outbox.next_due_at(connection) == NOW + timedelta(minutes=1) + LEASE


def test_message_that_came_too_late_is_given_up_and_told(database: Database) -> None:
    queue(database, "late", expires_at=NOW + DAY)
    queue(database, "for ever")
    with database.begin() as connection:
        assert outbox.expire(connection, now=NOW) == []
        assert [one.idempotency_key for one in outbox.expire(connection, now=NOW + DAY)] == ["late"]
        assert [one.idempotency_key for one in outbox.load_undelivered_since(connection, NOW)] == ["late"]
        assert outbox.load_undelivered_since(connection, NOW + DAY) == []


def test_unknown_message_stays_in_sight_until_a_person_decided(database: Database) -> None:
    queue(database, "one")
    row = claim(database)
    assert row is not None
    with database.begin() as connection:
        outbox.settle(connection, row.id, status="unknown", now=NOW, worker="w1")
        assert len(outbox.load_undelivered_since(connection, NOW + 30 * DAY)) == 1
        assert outbox.delete_settled_before(connection, NOW + 30 * DAY) == 0


def test_settled_messages_are_forgotten_with_their_attempts(database: Database) -> None:
    queue(database, "one", "two")
    row = claim(database)
    assert row is not None
    with database.begin() as connection:
        outbox.settle(connection, row.id, status="sent", now=NOW, worker="w1")
        assert outbox.delete_settled_before(connection, NOW + DAY) == 1
        assert connection.execute(select(attempts)).all() == []
        assert outbox.count_by_status(connection) == {"pending": 1}


def test_body_is_kept_as_it_became_and_listed_by_status(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None
    body = {"msgtype": "file", "file": {"media_id": "m1"}}
    with database.begin() as connection:
        outbox.save_body(connection, row_id, body)
        assert [one.body for one in outbox.load_outbox(connection, statuses=["pending"])] == [body]
        assert outbox.load_outbox(connection, statuses=["dead"]) == []
