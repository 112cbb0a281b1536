"""The gate: what is queued, in how many parts, for when, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from steward.delivery.enqueue import Gate
from steward.model.delivery import GROUP_CHANNELS, Delivery, Openings
from steward.model.settings.policies import Policy
from steward.store.database import Database
from steward.store.outbox import OutboxRow, load_outbox
from tests.delivery.post import GATE, SHANGHAI
from tests.factories import NOW, make_delivery

EVENING = datetime(2026, 11, 18, 22, 1, tzinfo=SHANGHAI)
MORNING = datetime(2026, 11, 19, 7, 30, tzinfo=SHANGHAI)


def markdown(text: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": text}}


def queue(database: Database, *deliveries: Delivery, now: datetime = NOW, gate: Gate = GATE) -> int:
    with database.begin() as connection:
        return gate.enqueue(connection, deliveries, now=now)


def rows(database: Database) -> list[OutboxRow]:
    with database.read() as connection:
        return sorted(load_outbox(connection), key=lambda row: row.id)


def text_of(row: OutboxRow) -> str:
    kind = row.body["msgtype"]
    return str(row.body[kind]["content"])


def test_message_is_queued_once_when_its_key_comes_twice(database: Database) -> None:
    assert queue(database, make_delivery("one")) == 1
    assert queue(database, make_delivery("one", body=markdown("anders"))) == 0
    assert [text_of(row) for row in rows(database)] == ["请处理 one"]


def test_long_text_is_queued_in_parts_that_go_one_after_the_other(database: Database) -> None:
    text = "\n\n".join(f"第 {number} 段，请处理。" * 20 for number in range(12))
    assert (
        queue(database, make_delivery("one", body=markdown(text), priority=7, about={"finding_ids": [3]}))
        == 1
    )
    parts = rows(database)
    count = len(parts)
    assert count > 2
    assert [row.idempotency_key for row in parts] == [
        "one",
        *(f"one:{n}/{count}" for n in range(2, count + 1)),
    ]
    assert [row.follows for row in parts] == [None, *(row.id for row in parts[:-1])]
    assert {(row.priority, row.next_attempt_at, row.topic) for row in parts} == {(7, NOW, "owner_tasks")}
    assert all(len(text_of(row).encode()) <= 2048 for row in parts)
    assert text_of(parts[1]).endswith(f"\n(2/{count})")
    assert parts[0].about == {"finding_ids": [3], "part": [1, count]}


@pytest.mark.parametrize(("first", "second"), [(3000, 100), (100, 3000), (3000, 9000), (9000, 3000)])
def test_message_is_queued_once_when_it_comes_again_in_another_number_of_parts(
    database: Database, first: int, second: int
) -> None:
    assert queue(database, make_delivery("one", body=markdown("字" * (first // 3)))) == 1
    before = rows(database)
    assert queue(database, make_delivery("one", body=markdown("字" * (second // 3)))) == 0
    assert rows(database) == before


def test_mentioned_list_stays_on_every_part_of_a_text(database: Database) -> None:
    body = {"msgtype": "text", "text": {"content": "请确认。" * 400, "mentioned_list": ["zhangwei"]}}
    queue(database, make_delivery(body=body), gate=GATE)
    assert len(rows(database)) == 3
    assert {tuple(row.body["text"]["mentioned_list"]) for row in rows(database)} == {("zhangwei",)}


@pytest.mark.parametrize(
    ("channel", "body", "count"),
    [
        ("app", markdown("字" * 1300), 2),
        ("bot", markdown("[字](" + "https://a.cn/" + "x" * 3500 + ")"), 1),
        ("webhook", {"event": "digest", "text": "字" * 9000}, 1),
        ("email", {"subject": "s", "text": "字" * 9000}, 1),
        ("app", {"msgtype": "file", "file": {"path": "a", "filename": "a"}}, 1),
    ],
)
def test_text_is_cut_to_what_its_channel_carries(
    database: Database, channel: str, body: dict[str, Any], count: int
) -> None:
    queue(database, make_delivery(channel=channel, body=body))
    assert len(rows(database)) == count


def test_part_is_refused_when_its_key_belongs_to_another_message(database: Database) -> None:
    queue(database, make_delivery("one:2/2"))
    with pytest.raises(ValueError, match="one:2/2"):
        queue(database, make_delivery("one", body=markdown("字" * 1000)))
    assert [row.idempotency_key for row in rows(database)] == ["one:2/2"]


@pytest.mark.parametrize("channel", sorted(GROUP_CHANNELS))
def test_short_notice_stands_in_when_a_post_to_a_group_is_too_long(database: Database, channel: str) -> None:
    full = make_delivery(
        channel=channel, recipient="ops", body=markdown("字" * 201), short="日报已发，请查看附件。"
    )
    queue(database, full)
    assert text_of(rows(database)[0]) == "日报已发，请查看附件。"


def test_post_is_sent_whole_when_a_reader_sees_no_more_than_the_policy_allows(database: Database) -> None:
    text = '<font color="warning">' + "字" * 190 + "</font>[看](https://steward.example.com/long/address)"
    queue(database, make_delivery(channel="bot", recipient="ops", body=markdown(text), short="短"))
    assert text_of(rows(database)[0]) == text


def test_long_message_to_a_person_is_not_shortened(database: Database) -> None:
    queue(database, make_delivery(body=markdown("字" * 300), short="短"))
    assert text_of(rows(database)[0]) == "字" * 300


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({}, "201 characters to a group"),
        ({"short": "长" * 201}, "`short` has 201 characters"),
        ({"short": "[看](https://a.cn/" + "x" * 5000 + ")"}, "bytes"),
    ],
)
def test_composer_is_told_when_a_post_has_no_notice_that_fits(
    database: Database, over: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match="owner_tasks") as refusal:
        queue(database, make_delivery(channel="bot", recipient="ops", body=markdown("字" * 201), **over))
    assert words in str(refusal.value)


def test_policy_says_how_long_a_post_may_be(database: Database) -> None:
    gate = Gate(policy=Policy(own_post_max_characters=50), zone=SHANGHAI)
    with pytest.raises(ValueError, match="at most 50"):
        queue(database, make_delivery(channel="bot", recipient="ops", body=markdown("字" * 51)), gate=gate)


@pytest.mark.parametrize(
    ("channel", "urgent", "waits"),
    [
        ("app", False, True),
        ("app", True, False),
        ("email", False, True),
        ("email", True, False),
        ("bot", False, True),
        ("bot", True, True),
        ("appchat", True, True),
        ("webhook", False, False),
    ],
)
def test_quiet_hours_are_passed_by_machines_and_by_what_is_urgent_to_persons_only(
    database: Database, channel: str, urgent: bool, waits: bool
) -> None:
    queue(database, make_delivery(channel=channel, recipient="ops", urgent=urgent), now=EVENING)
    row = rows(database)[0]
    assert row.next_attempt_at == (MORNING if waits else EVENING)
    openings = GATE.openings(EVENING)
    may_go = channel in openings.channels or (urgent and channel in openings.urgent_channels)
    assert may_go is not waits


def test_everything_may_be_sent_outside_quiet_hours() -> None:
    assert GATE.openings(NOW) == Openings(channels=frozenset({"app", "bot", "appchat", "email", "webhook"}))


def test_message_that_becomes_due_in_quiet_hours_waits_for_their_end(database: Database) -> None:
    queue(database, make_delivery(not_before_at=EVENING))
    assert rows(database)[0].next_attempt_at == MORNING


@pytest.mark.parametrize(
    ("expires_at", "now"),
    [(datetime(2026, 11, 19, 0, 0, tzinfo=SHANGHAI), EVENING), (MORNING, EVENING), (NOW, NOW)],
)
def test_message_is_recorded_as_expired_when_it_would_expire_before_it_may_be_sent(
    database: Database, expires_at: datetime, now: datetime
) -> None:
    assert queue(database, make_delivery("one", expires_at=expires_at), now=now) == 0
    row = rows(database)[0]
    assert (row.status, row.settled_at) == ("expired", now)
    assert "过期" in str(row.detail)
    assert "发送" in str(row.detail)


def test_message_waits_when_it_is_still_of_use_in_the_morning(database: Database) -> None:
    assert queue(database, make_delivery(expires_at=MORNING + timedelta(minutes=1)), now=EVENING) == 1
    assert rows(database)[0].status == "pending"


def test_message_waits_for_a_person_when_it_is_held(database: Database) -> None:
    assert queue(database, make_delivery(held=True)) == 1
    assert rows(database)[0].status == "held"
