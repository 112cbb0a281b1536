"""`outbox`: found, sent again, let go, stopped, counted; for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from steward.model.delivery import DeliveryStatus
from steward.store import lanes
from steward.store.audit import load_audit
from steward.store.database import Database, open_database
from steward.store.migrate import upgrade
from steward.store.outbox import insert_delivery
from steward.store.outbox_claim import claim
from steward.store.schema import outbox
from tests.cli.desk import Desk
from tests.factories import make_delivery


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def rows(desk: Desk) -> Database:
    database = open_database(f"sqlite:///{desk.folder / 'var' / 'steward.db'}")
    upgrade(database, now=now())
    return database


def put(rows: Database, state: DeliveryStatus, key: str = "one", **over: Any) -> int:
    with rows.begin() as connection:
        row_id = insert_delivery(connection, make_delivery(key, **over), now=now())
        assert row_id is not None
        connection.execute(update(outbox).where(outbox.c.id == row_id).values(status=state))
    return row_id


def state_of(desk: Desk, row_id: int) -> str:
    state: str = desk.data("outbox", "show", str(row_id))["status"]
    return state


def test_messages_are_listed_by_what_is_asked_for(desk: Desk, rows: Database) -> None:
    first = put(rows, "dead", "one", recipient="zhang|li")
    second = put(rows, "held", "two", channel="bot", recipient="ops", topic="daily_digest")

    def listed(*arguments: str) -> list[int]:
        return [row["id"] for row in desk.data("outbox", "list", *arguments)]

    assert listed() == [second, first]
    assert listed("--status", "dead") == [first]
    assert listed("--channel", "bot") == [second]
    assert listed("--recipient", "li") == [first]
    assert listed("--topic", "daily_digest") == [second]
    assert listed("--since", "2026-01-01") == [second, first]
    assert listed("--since", (now() + timedelta(days=2)).date().isoformat()) == []
    told = desk.call("outbox", "list").stdout
    assert "待放行" in told
    assert "zhang 等 2 人" in told


def test_wrong_moment_is_told_when_asked_since_it(desk: Desk) -> None:
    result = desk.call("outbox", "list", "--since", "yesterday")
    assert result.exit_code == 2
    assert "yesterday" in result.stderr


def test_message_is_sent_again_when_a_person_says_so_and_the_risk_is_told(desk: Desk, rows: Database) -> None:
    row_id = put(rows, "unknown")
    asked = desk.call("outbox", "retry", str(row_id), "--by", "zhang", typed="n\n")
    assert "可能重复" in asked.output
    assert state_of(desk, row_id) == "unknown"
    done = desk.call("outbox", "retry", str(row_id), "--by", "zhang", typed="y\n")
    assert done.exit_code == 0
    assert state_of(desk, row_id) == "pending"
    with rows.read() as connection:
        assert [entry.by for entry in load_audit(connection)] == ["zhang"]


def test_all_in_one_state_are_sent_again_at_once(desk: Desk, rows: Database) -> None:
    dead = [put(rows, "dead", f"k{n}") for n in range(3)]
    other = put(rows, "dead", "other", topic="daily_digest")
    put(rows, "expired", "expired")
    results = desk.data("outbox", "retry", "--all", "--status", "dead", "--topic", "owner_tasks", "--yes")
    assert [one["id"] for one in results if one["done"]] == dead
    assert state_of(desk, other) == "dead"


def test_what_is_refused_keeps_back_none_of_the_others(desk: Desk, rows: Database) -> None:
    sent, dead = put(rows, "sent", "sent"), put(rows, "dead", "dead")
    result = desk.call("outbox", "retry", str(sent), str(dead), "99", "--yes")
    assert result.exit_code == 4
    assert "已经发送" in result.stderr
    assert "没有 99 号消息" in result.stderr
    assert state_of(desk, dead) == "pending"
    assert desk.call("outbox", "retry", str(sent), "--yes").exit_code == 1
    assert desk.call("outbox", "retry", str(dead), "--yes").exit_code == 3


def test_held_message_is_released_and_another_is_cancelled(desk: Desk, rows: Database) -> None:
    held, waiting = put(rows, "held", "held"), put(rows, "pending", "waiting")
    assert desk.call("outbox", "release", "--all", "--yes").exit_code == 0
    assert state_of(desk, held) == "pending"
    assert desk.call("outbox", "cancel", str(waiting), "--reason", "群已解散", "--yes").exit_code == 0
    assert "群已解散" in desk.call("outbox", "show", str(waiting)).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("retry", "1", "--all", "--status", "dead"),
        ("retry", "--all"),
        ("retry", "1", "--topic", "x"),
        ("cancel", "1", "--reason", " "),
        ("cancel", "1"),
    ],
)
def test_call_that_says_too_little_or_too_much_does_nothing(
    desk: Desk, rows: Database, arguments: tuple[str, ...]
) -> None:
    row_id = put(rows, "dead")
    assert desk.call("outbox", *arguments, "--yes").exit_code == 2
    assert state_of(desk, row_id) == "dead"


def test_statistics_tell_states_budgets_and_lanes_that_are_closed(desk: Desk, rows: Database) -> None:
    put(rows, "dead", "dead")
    row_id = put(rows, "pending", "one", channel="bot", recipient="ops")
    until = now() + timedelta(hours=1)
    with rows.begin() as connection:
        lanes.pause_lane(connection, "bot:ops#1", until=until, why="webhook/send: 93000")
        lanes.pause_lane(connection, "app", until=now() - timedelta(hours=1), why="over")
        [(_, attempt_id)] = claim(connection, {row_id: "bot:ops#1"}, worker="w", now=now(), lease_until=until)
        lanes.insert_spent(connection, [(attempt_id, "bot:ops#1", 1), (attempt_id, "member:li", 1)], at=now())
    found = desk.data("outbox", "stats")
    assert found["states"] == {"dead": 1, "sending": 1}
    assert found["waiting"] == {"bot": 1}
    assert [lane["name"] for lane in found["lanes"]] == ["bot:ops#1"]
    used = {one["name"]: (one["used"], one["most"]) for one in found["budgets"]}
    assert used == {"bot:ops#1": (1, 18), "member:li": (1, 28)}
    told = desk.call("outbox", "stats").stdout
    assert "webhook/send: 93000" in told
    assert "bot:ops#1" in told


def test_empty_outbox_has_statistics_too(desk: Desk, rows: Database) -> None:
    assert desk.data("outbox", "stats") == {
        "states": {},
        "waiting": {},
        "oldest_due_at": None,
        "budgets": [],
        "lanes": [],
    }
    assert desk.call("outbox", "stats").exit_code == 0
