"""What may have arrived and waited longer than WeCom remembers is asked about, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from steward.store.database import Database
from steward.store.outbox import insert_delivery
from steward.store.outbox_states import ask_about_forgotten
from steward.store.schema import attempts, outbox
from tests.factories import NOW, make_delivery

HOURS = timedelta(hours=1)


def tried(database: Database, outcomes: tuple[str | None, ...], ago: timedelta, **over: Any) -> None:
    """Queue a message that was tried in vain so long ago."""
    row = {"attempts": len(outcomes), **over}
    with database.begin() as connection:
        row_id = insert_delivery(connection, make_delivery(channel=row.pop("channel", "app")), now=NOW - ago)
        connection.execute(update(outbox).values(row))
        for outcome in outcomes:
            connection.execute(
                insert(attempts).values(
                    outbox_id=row_id, channel="app", recipient="r", started_at=NOW - ago, outcome=outcome
                )
            )


def asked(database: Database) -> list[tuple[str, str | None]]:
    with database.begin() as connection:
        found = ask_about_forgotten(connection, tried_before=NOW - 4 * HOURS, now=NOW, detail="why")
    return [(one.status, one.detail) for one in found]


@pytest.mark.parametrize("outcomes", [("unknown",), (None,), ("refused", "unknown", "refused")])
def test_person_is_asked_when_what_may_have_arrived_waited_too_long(
    database: Database, outcomes: tuple[str | None, ...]
) -> None:
    tried(database, outcomes, 5 * HOURS)
    assert asked(database) == [("unknown", "why")]
    assert asked(database) == []


@pytest.mark.parametrize(
    "over",
    [
        {"outcomes": ("unknown",), "ago": 3 * HOURS},
        {"outcomes": ("refused", "not_sent"), "ago": 5 * HOURS},
        {"outcomes": (), "ago": 5 * HOURS},
        {"outcomes": ("unknown",), "ago": 5 * HOURS, "status": "sent"},
        {"outcomes": ("unknown",), "ago": 5 * HOURS, "channel": "webhook"},
        {"outcomes": ("unknown",), "ago": 5 * HOURS, "settled_at": NOW - HOURS},
    ],
    ids=[
        "not so long ago",
        "never arrived",
        "never tried",
        "sent",
        "of another channel",
        "a person said again",
    ],
)
def test_nobody_is_asked_when_a_repetition_is_safe_or_wanted(
    database: Database, over: dict[str, Any]
) -> None:
    tried(database, **over)
    assert asked(database) == []
