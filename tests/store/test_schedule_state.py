"""What is remembered of schedules and processes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from steward.store.database import Database
from steward.store.schedule_state import (
    Pause,
    Process,
    Span,
    Walk,
    delete_pause,
    delete_process,
    delete_walk,
    load_database_now,
    load_pauses,
    load_processes,
    load_walks,
    lock_walk,
    save_beat,
    save_pause,
    save_walk,
)
from tests.factories import DAY, NOW


def make_walk(**over: Any) -> Walk:
    values: dict[str, Any] = {"job": "deliver", "plan_id": "abc", "schedule": {"every_minutes": 1}}
    return Walk(**{**values, "until": NOW, "seen": NOW, "born": NOW, **over})


def make_process(name: str = "host:1", **over: Any) -> Process:
    return Process(**{"name": name, "started_at": NOW, "beat_at": NOW, "version": "0.1.0", **over})


def test_walk_comes_back_as_it_was_saved(database: Database) -> None:
    span = Span(run_id=3, why="停机", first_at=NOW, last_at=NOW + DAY, count=7)
    walk = make_walk(before={"cron": "0 9 * * *"}, span=span, until=NOW + DAY)
    with database.begin() as connection:
        save_walk(connection, walk)
        save_walk(connection, make_walk(job="deliver_more"))
        assert load_walks(connection, "deliver") == [walk]
        delete_walk(connection, walk)
        assert load_walks(connection, "deliver") == []


def test_walk_begins_where_it_is_told_and_goes_on_where_it_stands(database: Database) -> None:
    with database.begin() as connection:
        assert lock_walk(connection, make_walk()) == make_walk()
        save_walk(connection, make_walk(until=NOW + DAY))
        assert lock_walk(connection, make_walk()) == make_walk(until=NOW + DAY)


def test_second_process_is_kept_from_a_walk_under_way(postgresql: Any) -> None:
    from steward.store.database import open_database

    url = postgresql.migrated()
    first, second = open_database(url), open_database(url)
    with first.begin() as connection:
        save_walk(connection, make_walk())
    with first.begin() as connection:
        assert lock_walk(connection, make_walk()) is not None
        with second.begin() as other:
            assert lock_walk(other, make_walk()) is None
    for database in (first, second):
        database.close()
    postgresql.drop(url)


def test_pause_is_replaced_and_ends(database: Database) -> None:
    pause = Pause(job="deliver", reason="装修", until_on=date(2026, 12, 1), by="hr", at=NOW)
    later = Pause(job="deliver", reason="年会", until_on=None, by="hr", at=NOW + DAY)
    with database.begin() as connection:
        save_pause(connection, pause)
        assert load_pauses(connection) == {"deliver": pause}
        save_pause(connection, later)
        assert load_pauses(connection) == {"deliver": later}
        assert delete_pause(connection, "deliver")
        assert not delete_pause(connection, "deliver")


def test_processes_are_those_heard_of_within_a_day(database: Database) -> None:
    with database.begin() as connection:
        save_beat(connection, make_process("old:1"))
        save_beat(connection, make_process("new:1", beat_at=NOW + timedelta(hours=23)))
        assert [one.name for one in load_processes(connection)] == ["new:1", "old:1"]
        save_beat(connection, make_process("new:1", beat_at=NOW + timedelta(hours=25)))
        [left] = load_processes(connection)
        assert (left.name, left.beat_at) == ("new:1", NOW + timedelta(hours=25))
        delete_process(connection, "new:1")
        assert load_processes(connection) == []


def test_clock_of_the_database_is_its_own_where_it_has_one(database: Database) -> None:
    with database.read() as connection:
        now = load_database_now(connection)
    assert (now is None) == database.is_sqlite
    assert now is None or now.tzinfo is not None
