"""Processes that share a PostgreSQL share its clock, however wrong their own are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from steward.store.clock import ASK_AGAIN_S, DatabaseClock
from steward.store.database import Database, open_database

WRONG_BY = timedelta(minutes=3)


# SQLite has no clock of its own: its processes share one machine's.
on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def server_now(database: Database) -> datetime:
    with database.read() as connection:
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


@on_a_server
def test_time_is_the_servers_when_our_own_clock_is_wrong(database: Database) -> None:
    clock = DatabaseClock(database, lambda: datetime.now(UTC) - WRONG_BY)
    before = server_now(database)
    assert before - timedelta(seconds=5) <= clock() <= server_now(database) + timedelta(seconds=5)


@on_a_server
def test_server_is_asked_again_after_a_minute(database: Database) -> None:
    ticks, wrong_by = [0.0], [WRONG_BY]
    clock = DatabaseClock(database, lambda: datetime.now(UTC) - wrong_by[0], lambda: ticks[0])
    clock()
    wrong_by[0] = timedelta()
    ticks[0] = ASK_AGAIN_S - 1
    assert clock() > server_now(database) + timedelta(minutes=2)
    ticks[0] = ASK_AGAIN_S
    assert abs(clock() - server_now(database)) < timedelta(seconds=5)


def test_last_answer_holds_while_the_server_cannot_be_asked() -> None:
    away = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert DatabaseClock(away, lambda: now)() == now
    away.close()
