"""Merging what waits for one recipient: nothing is lost, nothing comes twice, nothing waits for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from steward.delivery.bundling import AHEAD, Bundler, bundle_of, decide_bundles
from steward.delivery.markup import visible_characters
from steward.model.delivery import Delivery
from steward.store.bundles import merge
from steward.store.database import Database
from steward.store.outbox import OutboxRow, load_outbox
from steward.store.schema import outbox
from tests.delivery.post import GATE
from tests.delivery.test_enqueue import EVENING, MORNING, markdown, queue, rows, text_of
from tests.factories import NOW, make_delivery

HOUR = timedelta(hours=1)
POST = GATE.policy.own_post_max_characters


def message(key: str, text: str | None = None, **over: Any) -> Delivery:
    return make_delivery(key, body=markdown(text or f"请处理 {key}"), **over)


def bundle(database: Database, now: datetime = NOW) -> dict[str, int]:
    return dict(Bundler(database=database, post_characters=POST).run(now))


def waiting(database: Database) -> list[OutboxRow]:
    return [row for row in rows(database) if row.status == "pending"]


def test_what_waits_for_one_person_becomes_one_message(database: Database) -> None:
    queue(
        database,
        message("one", priority=20, expires_at=NOW + HOUR, about={"finding_ids": [1]}),
        message("two", priority=10, expires_at=NOW + 2 * HOUR, topic="head_reminder"),
        message("other", recipient="lisi"),
    )
    assert bundle(database) == {"bundles": 1, "merged": 2}
    one, two, other, merged = rows(database)
    assert text_of(merged) == "请处理 two\n\n请处理 one"
    assert (merged.status, merged.priority, merged.topic, merged.recipient) == (
        "pending",
        10,
        "bundle",
        "zhangsan",
    )
    assert merged.expires_at == NOW + 2 * HOUR
    assert merged.about == {"parts": [two.id, one.id]}
    assert {(row.status, row.merged_into, row.settled_at) for row in (one, two)} == {
        ("merged", merged.id, NOW)
    }
    assert other.status == "pending"
    assert bundle(database) == {}


def test_bundle_keeps_the_topic_all_its_parts_share_and_never_expires_when_one_part_does_not(
    database: Database,
) -> None:
    queue(database, message("one", expires_at=NOW + HOUR), message("two"))
    bundle(database)
    assert (waiting(database)[0].topic, waiting(database)[0].expires_at) == ("owner_tasks", None)


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": "zhangsan|lisi"},
        {"channel": "appchat"},
        {"urgent": True},
        {"held": True},
        {"not_before_at": NOW + HOUR},
        {"body": {"msgtype": "text", "text": {"content": "x"}}},
        {"body": {"msgtype": "file", "file": {"path": "a.xlsx", "filename": "a.xlsx"}}},
        {"body": {**markdown("x"), "safe": 1}},
    ],
)
def test_message_stays_alone_when_it_differs_in_where_when_or_how(
    database: Database, other: dict[str, Any]
) -> None:
    queue(database, message("one"), make_delivery("two", **other))
    assert bundle(database) == {}
    assert len(rows(database)) == 2


def test_message_that_was_tried_stays_as_it_is(database: Database) -> None:
    queue(database, message("one"), message("two"))
    with database.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.idempotency_key == "one").values(attempts=1))
    assert bundle(database) == {}


def test_parts_of_a_long_text_stay_alone(database: Database) -> None:
    queue(database, message("long", "第一段。\n\n" + "字" * 700), message("short"))
    assert bundle(database) == {}
    assert len(rows(database)) == 3


def test_as_many_are_merged_as_fit_in_a_message(database: Database) -> None:
    queue(database, *(message(str(number), "字" * 300) for number in range(5)))
    assert bundle(database) == {"bundles": 2, "merged": 4}
    assert sorted(len(text_of(row)) for row in waiting(database)) == [300, 602, 602]


def test_group_gets_as_many_in_one_post_as_the_policy_allows(database: Database) -> None:
    queue(database, *(message(str(n), "字" * 80, channel="bot", recipient="ops") for n in range(5)))
    assert bundle(database) == {"bundles": 2, "merged": 4}
    assert all(visible_characters(text_of(row), "markdown") <= POST for row in waiting(database))


def test_what_waited_through_the_night_is_merged_in_the_morning_and_nothing_before(
    database: Database,
) -> None:
    queue(database, message("one", channel="bot", recipient="ops"), now=EVENING)
    queue(database, message("two", channel="bot", recipient="ops"), now=EVENING + HOUR)
    assert bundle(database, EVENING + 2 * HOUR) == {}
    # A round that comes just before the hour has it ready: nobody can send the two one by one.
    assert bundle(database, MORNING - AHEAD / 2) == {"bundles": 1, "merged": 2}
    assert waiting(database)[0].next_attempt_at == MORNING


def test_message_due_now_does_not_wait_for_one_due_in_a_minute(database: Database) -> None:
    queue(database, message("now"), message("soon", not_before_at=NOW + AHEAD / 2))
    assert bundle(database) == {}


def test_late_comer_joins_a_bundle_that_was_not_sent_yet(database: Database) -> None:
    queue(database, message("one"), message("two"))
    bundle(database)
    queue(database, message("three"))
    assert bundle(database) == {"bundles": 1, "merged": 2}
    assert sorted(text_of(waiting(database)[0]).split("\n\n")) == ["请处理 one", "请处理 three", "请处理 two"]


def test_everybody_mentioned_is_mentioned_by_the_bundle(database: Database) -> None:
    for key, who in (("one", ["a", "b"]), ("two", ["b", "c"])):
        body = {"msgtype": "text", "text": {"content": key, "mentioned_list": who}}
        queue(database, make_delivery(key, channel="bot", recipient="ops", body=body))
    bundle(database)
    assert waiting(database)[0].body["text"] == {"content": "one\n\ntwo", "mentioned_list": ["a", "b", "c"]}


def test_mails_without_attachments_to_one_address_become_one(database: Database) -> None:
    for key in ("one", "two"):
        body = {"subject": f"Steward {key}", "text": f"text {key}\n", "html": f"<p>text {key}</p>"}
        queue(database, make_delivery(key, channel="email", recipient="hr@example.com", body=body))
    body = {
        "subject": "日报",
        "text": "t",
        "html": "<p>t</p>",
        "inline": [],
        "attachments": [{"path": "a.xlsx"}],
    }
    queue(database, make_delivery("digest", channel="email", recipient="hr@example.com", body=body))
    assert bundle(database) == {"bundles": 1, "merged": 2}
    assert waiting(database)[-1].body == {
        "subject": "Steward one · Steward two",
        "text": "text one\n\ntext two",
    }


def test_everybody_is_served_in_one_round_when_very_many_wait(database: Database) -> None:
    queue(database, *(message(f"m{n}", recipient=f"user{n % 400}") for n in range(1200)))
    assert bundle(database) == {"bundles": 400, "merged": 1200}


LENGTHS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 700), st.integers(0, 3)), max_size=14)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=LENGTHS)
def test_no_text_is_lost_and_none_comes_twice_whatever_waits(
    sqlite_database: Database, waits: list[tuple[str, int, int]]
) -> None:
    with sqlite_database.begin() as connection:
        connection.execute(delete(outbox))
    texts = [f"#{number}:" + "字" * length for number, (_, length, _) in enumerate(waits)]
    for (who, _, priority), text in zip(waits, texts, strict=True):
        queue(sqlite_database, message(text, text, recipient=who, priority=priority))
    alone = [row for row in waiting(sqlite_database) if "part" not in (row.about or {})]
    bundle(sqlite_database)
    carried = [line for row in waiting(sqlite_database) for line in text_of(row).split("\n\n")]
    for row in alone:
        assert carried.count(text_of(row)) == 1
    assert all(len(text_of(row).encode()) <= 2048 for row in waiting(sqlite_database))


def test_no_text_is_lost_and_none_comes_twice_when_several_merge_and_claim_at_once(
    database: Database,
) -> None:
    keys = [f"m{number}" for number in range(40)]
    queue(database, *(message(key, recipient=f"user{n % 5}") for n, key in enumerate(keys)))
    start = Barrier(4)
    taken: list[str] = []

    def merge() -> None:
        start.wait()
        for _ in range(5):
            bundle(database)

    def take() -> None:
        start.wait()
        for _ in range(12):
            with database.begin() as connection:
                first = select(outbox.c.id).where(outbox.c.status == "pending").order_by(outbox.c.id).limit(1)
                row_id = connection.execute(first).scalar()
                claimed = update(outbox).where(outbox.c.id == row_id, outbox.c.status == "pending")
                body = connection.execute(
                    claimed.values(status="sending", attempts=1).returning(outbox.c.body)
                ).scalar()
            if body is not None:
                taken.append(body["markdown"]["content"])

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for work in (merge, merge, take, take)]:
            done.result()
    left = [text_of(row) for row in waiting(database)]
    carried = [line for text in (*taken, *left) for line in text.split("\n\n")]
    assert sorted(carried) == sorted(f"请处理 {key}" for key in keys)


def test_merging_is_undone_when_one_of_the_messages_was_taken_meanwhile(database: Database) -> None:
    queue(database, message("one"), message("two"))
    with database.read() as connection:
        (chosen,) = decide_bundles(load_outbox(connection), NOW, POST)
    with database.begin() as connection:
        connection.execute(
            update(outbox).where(outbox.c.id == chosen[0].id).values(status="sending", attempts=1)
        )
    with database.begin() as connection:
        assert merge(connection, bundle_of(chosen), [row.id for row in chosen], now=NOW) is None
    assert sorted(row.status for row in rows(database)) == ["pending", "sending"]
