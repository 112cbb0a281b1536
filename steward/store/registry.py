"""The company's group register as HR handed it in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from steward.model.group import RegistryEntry
from steward.store.schema import registry


def save_registry(
    connection: Connection,
    entries: Iterable[RegistryEntry],
    *,
    now: datetime,
    filed_on: date,
    replace_all: bool,
) -> dict[str, int]:
    """Take over the register's rows; `replace_all` forgets rows it does not name.

    A group that stands in the register is filed [C1]: a row without a date is filed on `filed_on`, the day it was
    first handed in.

    Returns:
        Counts: new, changed, unchanged, removed.
    """
    before = {_key(entry): entry for entry in load_registry(connection)}
    after = {_key(entry): _filed(entry, before.get(_key(entry)), filed_on) for entry in entries}
    kept = {} if replace_all else {key: entry for key, entry in before.items() if key not in after}
    rows = [{**asdict(entry), "imported_at": now} for entry in (*kept.values(), *after.values())]
    connection.execute(delete(registry))
    if rows:
        connection.execute(insert(registry), rows)
    return {
        "new": sum(key not in before for key in after),
        "changed": sum(key in before and before[key] != entry for key, entry in after.items()),
        "unchanged": sum(before.get(key) == entry for key, entry in after.items()),
        "removed": sum(key not in after for key in before) if replace_all else 0,
    }


def _filed(entry: RegistryEntry, before: RegistryEntry | None, today: date) -> RegistryEntry:
    return replace(entry, filed_on=entry.filed_on or (before.filed_on if before else None) or today)


def _key(entry: RegistryEntry) -> tuple[str, str]:
    return ("id", entry.chat_id) if entry.chat_id else ("name", entry.name or "")


def load_registry(connection: Connection) -> list[RegistryEntry]:
    """Return every row of the register, in the order it was handed in."""
    names = RegistryEntry.__dataclass_fields__
    rows = connection.execute(select(*(registry.c[name] for name in names)).order_by(registry.c.id))
    return [RegistryEntry(**row._mapping) for row in rows]
