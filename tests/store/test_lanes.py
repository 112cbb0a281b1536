"""Lanes are held by one, closed for all; the log of budgets counts what may have arrived."""

from __future__ import annotations

from datetime import timedelta

from steward.store import lanes
from steward.store.database import Database
from tests.factories import DAY, NOW, make_employee
from tests.store.outbox_rows import claim_one, queue

MINUTE = timedelta(minutes=1)


def take(database: Database, worker: str, now: timedelta = timedelta()) -> bool:
    with database.begin() as connection:
        return lanes.take_lane(
            connection, "bot:ops#1", worker=worker, now=NOW + now, until=NOW + now + MINUTE
        )


def free(database: Database, worker: str, until: timedelta) -> None:
    with database.begin() as connection:
        lanes.free_lane(connection, "bot:ops#1", worker=worker, until=NOW + until)


def test_lane_is_held_by_one_until_he_lets_go_or_his_lease_ends(database: Database) -> None:
    assert take(database, "w1")
    assert not take(database, "w2")
    free(database, "w2", MINUTE)
    assert not take(database, "w2")
    free(database, "w1", MINUTE)
    assert take(database, "w2")
    assert not take(database, "w1", MINUTE - timedelta(seconds=1))
    assert take(database, "w1", MINUTE)


def test_claim_that_is_over_does_not_let_go_of_the_next_one(database: Database) -> None:
    assert take(database, "w1")
    assert take(database, "w1", MINUTE)
    free(database, "w1", MINUTE)  # the first one's lease
    assert not take(database, "w2", MINUTE)


def test_closed_lane_is_taken_by_nobody_until_its_time_or_a_person_opens_it(database: Database) -> None:
    with database.begin() as connection:
        lanes.pause_lane(connection, "bot:ops#1", until=NOW + MINUTE, why="45009")
        lanes.pause_lane(connection, "bot:ops#1", until=NOW + timedelta(seconds=1), why="shorter")
        blocked = lanes.load_blocked(connection, now=NOW)
    assert blocked.paused == {"bot:ops#1": NOW + MINUTE}
    assert not take(database, "w1")
    with database.begin() as connection:
        [lane] = lanes.load_lanes(connection)
        assert (lane.name, lane.paused_until, lane.why) == ("bot:ops#1", NOW + MINUTE, "45009")
        assert lanes.open_lanes(connection, ["bot:ops#1", "app"]) == 1
        assert lanes.open_lanes(connection, ["bot:ops#1", "app"]) == 0
    assert take(database, "w1")
    with database.read() as connection:
        blocked = lanes.load_blocked(connection, now=NOW)
        assert (blocked.paused, blocked.held) == ({}, frozenset({"bot:ops#1"}))
        assert lanes.load_blocked(connection, now=NOW + MINUTE).held == frozenset()


def test_every_lane_is_free_at_the_start_of_the_only_process(database: Database) -> None:
    take(database, "dead")
    with database.begin() as connection:
        lanes.free_all_lanes(connection)
    assert take(database, "w1")


def test_what_is_on_the_way_counts_until_it_is_known_when_it_arrived(database: Database) -> None:
    queue(database, "one", "two")
    (_, first), (_, second) = claim_one(database), claim_one(database)
    with database.begin() as connection:
        amounts = [(first, "app", 2), (first, "member:a", 1), (second, "member:a", 1)]
        lanes.insert_spent(connection, amounts, at=NOW + 2 * MINUTE)
        lanes.insert_spent(connection, [], at=NOW)
        assert lanes.sum_spent(connection, ["app", "member:a", "x"], since=NOW + MINUTE) == {
            "app": 2,
            "member:a": 2,
        }
        lanes.settle_spent(connection, [(first, NOW + MINUTE)])
        lanes.settle_spent(connection, [])
        assert lanes.sum_spent(connection, ["app", "member:a"], since=NOW + MINUTE) == {"member:a": 1}
        assert lanes.load_spent(connection, "member:a", since=NOW) == [
            (NOW + MINUTE, 1),
            (NOW + 2 * MINUTE, 1),
        ]
        lanes.refund_spent(connection, second)
        assert lanes.sum_all_spent(connection, since=NOW) == {"app": 2, "member:a": 1}
        assert lanes.delete_spent_before(connection, NOW + DAY) == 2


def test_reach_of_a_message_is_counted_from_what_was_read(database: Database) -> None:
    from steward.store.directory import apply_directory
    from steward.store.memberships import apply_rosters
    from tests.factories import make_directory, make_roster

    with database.begin() as connection:
        assert lanes.count_accounts(connection) == 0
        apply_directory(connection, make_directory([make_employee("a"), make_employee("b")]))
        apply_rosters(connection, [make_roster("wr1", ["a", "b"], kind="app")])
        assert lanes.count_accounts(connection) == 2
        assert lanes.load_chat_size(connection, "wr1") == 2
        assert lanes.load_chat_size(connection, "never seen") is None
