"""Single values the service must remember from one round to the next."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from steward.store.schema import facts
from steward.store.upsert import upsert


def load_fact(connection: Connection, name: str) -> Any:
    """Return the remembered JSON value; None if it was never saved."""
    return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()


def save_fact(connection: Connection, name: str, value: Any) -> None:
    """Remember a JSON value under that name."""
    upsert(connection, facts, [{"name": name, "value": value}])
