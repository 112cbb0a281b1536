"""Messages in the outbox: queued once, looked up, forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from steward.store import outbox
from steward.store.database import Database
from steward.store.outbox import OutboxFilter
from steward.store.outbox_states import expire, move
from steward.store.schema import attempts
from tests.factories import DAY, NOW
from tests.store.outbox_rows import LEASE, claim_one, end, queue, row_of


def test_message_is_queued_once_when_its_key_comes_twice(database: Database) -> None:
    assert queue(database, "one", "one", "two")[1] is None
    with database.read() as connection:
        assert outbox.count_by_status(connection) == {"pending": 2}


def test_message_is_queued_once_when_four_threads_queue_it(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: queue(database, "one")[0], range(12)))
    assert sum(one is not None for one in ids) == 1


def test_message_keeps_what_the_delivery_says_of_it(database: Database) -> None:
    queue(database, "one", held=True, urgent=True, about={"finding_ids": [1]}, priority=7)
    row = row_of(database, "one")
    assert (row.status, row.urgent, row.about, row.priority) == ("held", True, {"finding_ids": [1]}, 7)


def test_every_lease_ends_at_the_start_of_the_only_process(database: Database) -> None:
    queue(database, "one")
    claim_one(database)
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
    claim_one(database, NOW + timedelta(minutes=1))
    queue(database, "two", not_before_at=NOW + DAY)
    with database.read() as connection:
        assert outbox.next_due_at(connection) == NOW + timedelta(minutes=1) + LEASE


def test_what_is_due_already_hides_nothing_that_lies_ahead(database: Database) -> None:
    queue(database, "due")
    queue(database, "ahead", not_before_at=NOW + DAY)
    with database.read() as connection:
        assert outbox.oldest_due_at(connection, NOW) == NOW
        assert outbox.next_due_after(connection, NOW) == NOW + DAY
        assert outbox.next_due_after(connection, NOW + DAY) is None


def test_message_that_came_too_late_is_told_as_undelivered(database: Database) -> None:
    queue(database, "late", expires_at=NOW + DAY)
    queue(database, "for ever")
    with database.begin() as connection:
        expire(connection, now=NOW + DAY)
        assert [one.idempotency_key for one in outbox.load_undelivered_since(connection, NOW)] == ["late"]
        assert outbox.load_undelivered_since(connection, NOW + DAY) == []


def test_unknown_message_stays_in_sight_until_a_person_decided(database: Database) -> None:
    queue(database, "one")
    end(database, claim_one(database), "unknown")
    with database.begin() as connection:
        assert len(outbox.load_undelivered_since(connection, NOW + 30 * DAY)) == 1
        assert outbox.delete_settled_before(connection, NOW + 30 * DAY) == 0


def test_settled_messages_are_forgotten_with_their_attempts(database: Database) -> None:
    queue(database, "one", "two")
    end(database, claim_one(database), "sent")
    with database.begin() as connection:
        assert outbox.delete_settled_before(connection, NOW + DAY) == 1
        assert connection.execute(select(attempts)).all() == []
        assert outbox.count_by_status(connection) == {"pending": 1}


def keys(database: Database, **wanted: Any) -> list[str]:
    with database.read() as connection:
        found = outbox.load_outbox(connection, wanted=OutboxFilter(**wanted))
        assert [one.id for one in reversed(found)] == outbox.load_ids(connection, OutboxFilter(**wanted))
    return sorted(one.idempotency_key for one in found)


def test_messages_are_found_by_what_is_asked_for(database: Database) -> None:
    queue(database, "app", recipient="zhang|li_si")
    queue(database, "other", recipient="lixsi", topic="daily_digest")
    queue(database, "bot", channel="bot", recipient="li_si", now=NOW + DAY)
    assert keys(database, recipient="li_si") == ["app", "bot"]
    assert keys(database, recipient="zhang|li_si") == ["app"]
    assert keys(database, recipient="zhan") == []
    assert keys(database, channel="bot") == ["bot"]
    assert keys(database, topic="daily_digest") == ["other"]
    assert keys(database, since=NOW + DAY) == ["bot"]
    assert keys(database, statuses=("dead",)) == []
    assert keys(database) == ["app", "bot", "other"]


def test_newer_words_are_put_in_a_message_until_somebody_tried_to_send_it(database: Database) -> None:
    queue(database, "one")
    body = {"msgtype": "markdown", "markdown": {"content": "2"}}
    with database.begin() as connection:
        assert outbox.replace_waiting_body(connection, "one", body, expires_at=NOW + DAY)
    assert row_of(database, "one").body == body
    row, _ = claim_one(database)
    with database.begin() as connection:
        assert not outbox.replace_waiting_body(connection, "one", {}, expires_at=None)
        move(connection, row.id, ["sending"], "pending")
        assert not outbox.replace_waiting_body(connection, "one", {}, expires_at=None)


def test_troubles_of_one_cause_are_counted_together(database: Database) -> None:
    queue(database, "one", "two", channel="bot", recipient="ops")
    queue(database, "three", channel="bot", recipient="hr")
    for _ in range(3):
        end(database, claim_one(database), "dead", errcode=93000)
    with database.read() as connection:
        cause = {"status": "dead", "channel": "bot", "errcode": 93000}
        count = outbox.count_troubles
        assert count(connection, recipient="ops", since=NOW, **cause) == 2  # type: ignore[arg-type]
        assert count(connection, recipient=None, since=NOW, **cause) == 3  # type: ignore[arg-type]
        assert count(connection, recipient=None, since=NOW + DAY, **cause) == 0  # type: ignore[arg-type]
        assert count(connection, recipient=None, since=NOW, **{**cause, "errcode": None}) == 0  # type: ignore[arg-type]
