"""How each source of data answered last, and when it last answered well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, select

from steward.model.source import SourceState
from steward.store.schema import sources
from steward.store.upsert import insert_for


def save_sources(connection: Connection, states: Iterable[SourceState]) -> None:
    """Keep the newest state of each; a refusal does not wipe out when the source was last good.

    Of two states of the same moment (steps of one run) the refusal stays.
    """
    for state in states:
        statement = insert_for(connection, sources).values(**asdict(state))
        new = statement.excluded
        values = {name: new[name] for name in ("tried_at", "errcode", "detail", "remedy")}
        if state.good_at is not None:
            values["good_at"] = new.good_at
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_=values,
                where=(sources.c.tried_at < new.tried_at)
                | ((sources.c.tried_at == new.tried_at) & new.detail.is_not(None)),
            )
        )


def load_sources(connection: Connection) -> list[SourceState]:
    """Return every source ever asked, by name."""
    rows = connection.execute(select(sources).order_by(sources.c.name)).mappings()
    return [SourceState(**row) for row in rows]
