"""Insert or update, only where something differs, in the same words on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, or_
from sqlalchemy.dialects import postgresql, sqlite

from steward.store.types import to_iso

CHUNK = 10_000
_T = TypeVar("_T")


def chunked(rows: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Yield the rows in lists of at most `size`, never an empty one."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def insert_for(connection: Connection, table: Table) -> Any:
    """Return the dialect's own `INSERT`, which knows ON CONFLICT."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def upsert(
    connection: Connection, table: Table, rows: Iterable[dict[str, Any]], *, keep: Sequence[str] = ()
) -> None:
    """Insert the rows, or update those already there where a column differs.

    Args:
        rows: all with the same keys.
        keep: columns that an existing row keeps (when it was first seen).

    The WHERE matters on PostgreSQL: without it every row is written again although nothing changed.
    """
    for chunk in chunked(rows):
        connection.execute(_upsert_for(connection.dialect.name, table, tuple(chunk[0]), tuple(keep)), chunk)


@lru_cache(maxsize=64)
def _upsert_for(dialect: str, table: Table, columns: tuple[str, ...], keep: tuple[str, ...]) -> Any:
    # Built once: a step writes few rows, and building the statement would cost more than they do.
    keys = {column.name for column in table.primary_key}
    statement = _insert(dialect, table)
    changed = [name for name in columns if name not in keys and name not in keep]
    return statement.on_conflict_do_update(
        index_elements=sorted(keys),
        set_={name: statement.excluded[name] for name in changed},
        where=or_(*(table.c[name].is_distinct_from(statement.excluded[name]) for name in changed)),
    )


def insert_new(
    connection: Connection, table: Table, row: dict[str, Any], *, key: Sequence[str]
) -> int | None:
    """Insert one row unless its key is taken.

    Returns:
        The new row's id; None when somebody was first.
    """
    statement = _insert_new_for(connection.dialect.name, table, tuple(key))
    new_id: int | None = connection.execute(statement, row).scalar_one_or_none()
    return new_id


@lru_cache(maxsize=64)
def _insert_new_for(dialect: str, table: Table, key: tuple[str, ...]) -> Any:
    # Built once, as above: a round queues thousands of messages one by one.
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(key)).returning(table.c.id)


def insert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]
) -> None:
    """Insert new rows as fast as the database takes them: the driver's executemany on SQLite, COPY on PostgreSQL.

    Core's own executemany builds a dictionary and runs the column types for each row, which costs more than the
    insert itself (measured: 3 times as long as the driver). So values come in as the database keeps them: see
    `to_stored`.
    """
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        # Names come from the schema, never from outside; values are bound.
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
        return
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def update_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]
) -> None:
    """Update rows that are there by their key, with the driver's executemany; values as in `insert_many`.

    Args:
        rows: the columns' values, then the value of the table's one key column.
    """
    if not rows:
        return
    (key,) = (column.name for column in table.primary_key)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    assignments = ", ".join(f"{name} = {mark}" for name in columns)
    connection.exec_driver_sql(f"UPDATE {table.name} SET {assignments} WHERE {key} = {mark}", rows)  # noqa: S608


def to_stored(connection: Connection, at: datetime | None) -> Any:
    """Return an instant as `insert_many` wants it for this database."""
    return to_iso(at) if at is not None and connection.dialect.name == "sqlite" else at
