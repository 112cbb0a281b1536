"""The admins hear of a cause, not of every message it met."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from steward.cli.delivery_alerts import tell_of_delivery
from steward.store.database import Database
from steward.store.outbox import OutboxRow, load_outbox
from tests.delivery.post import GATE, SHANGHAI
from tests.factories import make_settings
from tests.store.outbox_rows import claim_one, end, queue

NOW = datetime(2026, 11, 18, 9, 10, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


def trouble(
    database: Database, key: str, *, now: datetime = NOW, status: str = "dead", to: Any = None, **over: Any
) -> None:
    """Let a message come to such an end, and tell it as the worker does: in the same transaction."""
    settings = make_settings(
        people={"admins": to or {"users": ["admin"]}, "bots": {"ops": {"key": {"env": "K"}}}}
    )
    queue(database, key, now=now, priority=1, **{"channel": "bot", "recipient": "hr", **over})
    held = claim_one(database, now)
    assert held[0].idempotency_key == key
    ending = {"at": now, "errcode": 93000 if status == "dead" else None}
    end(database, held, status, **ending)  # type: ignore[arg-type]
    with database.begin() as connection:
        tell_of_delivery(connection, GATE, held[0], "被拒绝", "换 key", settings, SHANGHAI, now)


def alerts(database: Database) -> list[OutboxRow]:
    with database.read() as connection:
        found = [row for row in load_outbox(connection, limit=1000) if row.topic == "admin_alert"]
    return sorted(found, key=lambda row: row.id)


def text_of(row: OutboxRow) -> str:
    return str(row.body["markdown"]["content"])


def test_admins_hear_once_of_many_messages_that_met_the_same_trouble(database: Database) -> None:
    for number in range(30):
        trouble(database, f"k{number}")
    [alert] = alerts(database)
    assert "一小时内共 30 条" in text_of(alert)
    assert "main.py outbox retry --all --status dead" in text_of(alert)
    assert alert.next_attempt_at == NOW + timedelta(minutes=1)


def test_single_message_is_told_with_the_command_for_it_alone(database: Database) -> None:
    trouble(database, "one")
    [alert] = alerts(database)
    assert "共" not in text_of(alert)
    assert "main.py outbox retry 1" in text_of(alert)


def test_whole_number_is_told_at_the_end_of_the_hour_when_the_first_alert_has_left(
    database: Database,
) -> None:
    trouble(database, "k0")
    end(database, claim_one(database, NOW + HOUR), "sent")
    for number in range(1, 6):
        trouble(database, f"k{number}")
    first, rest = alerts(database)
    assert (first.status, rest.status) == ("sent", "pending")
    assert "一小时内共 6 条" in text_of(rest)
    assert rest.next_attempt_at == datetime(2026, 11, 18, 10, 0, tzinfo=SHANGHAI)


def test_other_causes_and_the_next_hour_have_alerts_of_their_own(database: Database) -> None:
    trouble(database, "dead")
    trouble(database, "other bot", recipient="sales")
    trouble(database, "unknown", status="unknown")
    trouble(database, "later", now=NOW + HOUR)
    assert len(alerts(database)) == 4
    assert "main.py outbox list --status unknown" not in text_of(alerts(database)[2])
    assert "main.py outbox show 5" in text_of(alerts(database)[2])


def test_alert_that_cannot_be_brought_raises_no_alert(database: Database) -> None:
    trouble(database, "alert", topic="admin_alert")
    assert [row.idempotency_key for row in alerts(database)] == ["alert"]


def test_newer_number_stays_short_in_a_group(database: Database) -> None:
    for number in range(3):
        trouble(database, f"k{number}", to={"bot": "ops"})
    [alert] = alerts(database)
    assert len(text_of(alert)) <= 200
    assert alert.channel == "bot"


def test_message_that_reached_some_is_told_by_itself(database: Database) -> None:
    for number in range(2):
        trouble(database, f"k{number}", status="sent")
    assert len(alerts(database)) == 2
