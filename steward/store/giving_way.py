"""A process that freezes in the middle of a transaction must not keep all others waiting for its locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from steward.store.database import Database

PATIENCE_S = 20
_SET = text(f"SELECT set_config('idle_in_transaction_session_timeout', '{PATIENCE_S}s', true)")


def give_way(connection: Connection) -> None:
    """Let PostgreSQL end this session if the transaction is left alone for 20 seconds, and free what it locked.

    A virtual machine that is stopped keeps its session open; nobody else could go on until it is continued. Whoever
    comes back after that finds his transaction undone. First in a transaction; SQLite has one process only.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_SET)


class _GivingWay(Database):
    """A database every write of which gives way."""

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with super().begin() as connection:
            give_way(connection)
            yield connection


def giving_way(database: Database) -> Database:
    """Return the database as the steps of runs use it: what a frozen process has written so far is undone in time.

    Whoever takes its step over would wait for its rows otherwise. A rehearsal is seen by nobody and stays as it is.
    """
    return database if database.is_sqlite or type(database) is not Database else _GivingWay(database.engine)
