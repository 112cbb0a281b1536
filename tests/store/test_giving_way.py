"""A process that freezes in a transaction does not keep the others waiting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from steward.store.database import Database, Rehearsal, open_database
from steward.store.giving_way import PATIENCE_S, give_way, giving_way

TIMEOUT = text("SELECT current_setting('idle_in_transaction_session_timeout')")


def test_session_left_alone_in_a_write_is_ended_in_time_and_in_no_other(postgresql: Any) -> None:
    url = postgresql.migrated()
    database = open_database(url)
    with database.begin() as connection:
        assert connection.execute(TIMEOUT).scalar() == "0"
        give_way(connection)
        assert connection.execute(TIMEOUT).scalar() == f"{PATIENCE_S}s"
    with giving_way(database).begin() as connection:
        assert connection.execute(TIMEOUT).scalar() == f"{PATIENCE_S}s"
    # The setting ends with its transaction: a long look is left alone.
    with giving_way(database).read() as connection:
        assert connection.execute(TIMEOUT).scalar() == "0"
    database.close()
    postgresql.drop(url)


def test_sqlite_and_rehearsals_stay_as_they_are(database: Database, sqlite_database: Database) -> None:
    assert giving_way(sqlite_database) is sqlite_database
    rehearsal = Rehearsal(database)
    assert giving_way(rehearsal) is rehearsal
    rehearsal.close()
