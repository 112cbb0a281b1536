"""Insert or update, only where something differs, in the same words on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
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
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def upsert(
    connection: Connection, table: Table, rows: Iterable[dict[str, Any]], *, keep: Sequence[str] = ()
) -> None:
    """Insert the rows, or update those already there where a column differs.

    Args:
        rows: all with the same keys.
        keep: columns that an existing row keeps (when it was first seen).

    The WHERE matters on PostgreSQL: without it every row is written again although nothing changed.
    """
    keys = {column.name for column in table.primary_key}
    for chunk in chunked(rows):
        statement = insert_for(connection, table)
        changed = [name for name in chunk[0] if name not in keys and name not in keep]
        statement = statement.on_conflict_do_update(
            index_elements=sorted(keys),
            set_={name: statement.excluded[name] for name in changed},
            where=or_(*(table.c[name].is_distinct_from(statement.excluded[name]) for name in changed)),
        )
        connection.execute(statement, chunk)


def insert_new(
    connection: Connection, table: Table, row: dict[str, Any], *, key: Sequence[str]
) -> int | None:
    """Insert one row unless its key is taken.

    Returns:
        The new row's id; None when somebody was first.
    """
    statement = insert_for(connection, table).values(row).on_conflict_do_nothing(index_elements=list(key))
    new_id: int | None = connection.execute(statement.returning(table.c.id)).scalar_one_or_none()
    return new_id


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


def to_stored(connection: Connection, at: datetime | None) -> Any:
    """Return an instant as `insert_many` wants it for this database."""
    return to_iso(at) if at is not None and connection.dialect.name == "sqlite" else at
