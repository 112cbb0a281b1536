"""Which message goes next, and that one alone takes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from steward.model.delivery import Openings
from steward.store.database import Database
from steward.store.outbox import load_outbox
from steward.store.outbox_claim import (
    PER_RECIPIENT,
    claim,
    defer,
    load_candidates,
    load_under_way,
)
from steward.store.schema import attempts
from tests.factories import DAY, NOW
from tests.store.outbox_rows import EVERYTHING, LEASE, claim_one, end, queue, row_of


def keys(database: Database, now: datetime = NOW, openings: Openings = EVERYTHING, **over: Any) -> list[str]:
    with database.read() as connection:
        names = {row.id: row.idempotency_key for row in load_outbox(connection, limit=100_000)}
        found = load_candidates(connection, now=now, openings=openings, **over)
    return [names[one.id] for one in found]


def test_most_urgent_then_oldest_message_comes_first(database: Database) -> None:
    queue(database, "digest", priority=50)
    queue(database, "late", priority=20, now=NOW + timedelta(seconds=1))
    queue(database, "early", priority=20)
    assert keys(database, NOW + timedelta(minutes=1)) == ["late", "early", "digest"]


def test_recipients_take_turns_among_equals(database: Database) -> None:
    queue(database, *(f"ops{n}" for n in range(3)), channel="bot", recipient="ops")
    queue(database, *(f"hr{n}" for n in range(2)), channel="bot", recipient="hr")
    queue(database, "urgent", channel="bot", recipient="ops", priority=1)
    assert keys(database) == ["urgent", "hr0", "ops0", "hr1", "ops1", "ops2"]


def test_others_are_found_behind_any_number_of_messages_to_one(database: Database) -> None:
    queue(database, *(f"k{n}" for n in range(600)), channel="bot", recipient="ops", priority=1)
    queue(database, "other")
    found = keys(database)
    assert found[-1] == "other"
    assert len(found) == PER_RECIPIENT + 1
    assert keys(database, closed=[("bot", "ops")]) == ["other"]
    assert keys(database, closed=[("app", "zhangsan")]) == found[:-1]


def test_message_waits_for_its_time_and_is_not_offered_after_it(database: Database) -> None:
    queue(database, "one", not_before_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    assert keys(database) == []
    assert keys(database, NOW + DAY) == ["one"]
    assert keys(database, NOW + 2 * DAY) == []


def test_only_what_is_urgent_passes_a_channel_that_is_open_for_that_alone(database: Database) -> None:
    queue(database, "bot", channel="bot", recipient="ops")
    queue(database, "app")
    queue(database, "urgent", urgent=True)
    queue(database, "held", held=True)
    quiet = Openings(channels=frozenset({"webhook"}), urgent_channels=frozenset({"app"}))
    assert keys(database, openings=quiet) == ["urgent"]
    assert keys(database, openings=Openings(channels=frozenset())) == []


def test_each_message_is_claimed_by_one_of_four_threads(database: Database) -> None:
    ids = [one for one in queue(database, *(f"k{number}" for number in range(20))) if one is not None]

    def take(number: int) -> list[int]:
        taken = []
        for row_id in ids:
            with database.begin() as connection:
                found = claim(
                    connection, {row_id: "app"}, worker=f"w{number}", now=NOW, lease_until=NOW + LEASE
                )
            taken += [row.id for row, _ in found]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [one for some in pool.map(take, range(4)) for one in some]
    assert sorted(taken) == sorted(ids)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(attempts)).scalar_one() == 20


def test_what_somebody_else_took_is_absent_when_several_are_claimed(database: Database) -> None:
    first, second, third = queue(database, "one", "two", "three")
    assert first is not None
    assert second is not None
    assert third is not None
    claim_one(database, worker="other")
    lanes = {third: "lane 3", first: "lane 1", second: "lane 2"}
    with database.begin() as connection:
        found = claim(connection, lanes, worker="w1", now=NOW, lease_until=NOW + LEASE)
        assert claim(connection, {}, worker="w1", now=NOW, lease_until=NOW + LEASE) == []
        assert sorted(load_under_way(connection)) == [("app", "zhangsan")] * 3
        tries = {row.outbox_id: (row.id, row.lane) for row in connection.execute(select(attempts))}
    assert [row.id for row, _ in found] == [third, second]
    assert [tries[row.id] for row, _ in found] == [(found[0][1], "lane 3"), (found[1][1], "lane 2")]


def test_part_waits_until_the_part_before_it_is_gone_whatever_became_of_that(database: Database) -> None:
    [first] = queue(database, "one")
    queue(database, "one:2/2", follows=first)
    assert keys(database) == ["one"]
    held = claim_one(database)
    assert keys(database) == []
    end(database, held, "dead")
    assert keys(database) == ["one:2/2"]


def test_message_without_budget_waits_and_that_is_no_attempt(database: Database) -> None:
    [row_id] = queue(database, "one")
    assert row_id is not None
    with database.begin() as connection:
        assert defer(connection, row_id, until=NOW + DAY)
    row = row_of(database, "one")
    assert (row.status, row.next_attempt_at, row.attempts) == ("pending", NOW + DAY, 0)
    claim_one(database, NOW + DAY)
    with database.begin() as connection:
        assert not defer(connection, row_id, until=NOW + 2 * DAY)
