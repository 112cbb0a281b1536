"""Checking late messages against the facts: what is over is not sent, what failed to be checked is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from steward.delivery.bundling import Bundler
from steward.delivery.prepare import Preparer
from steward.delivery.recheck import AGAIN, LATE, Drop, Keep, Recheck, Rechecker, Replace, Verdict
from steward.store.database import Database, open_database
from steward.store.outbox import OutboxRow
from steward.store.schema import attempts, outbox
from tests.conftest import Server
from tests.delivery.test_enqueue import markdown, queue, rows, text_of
from tests.factories import NOW, make_delivery

LATER = NOW + LATE


def about(key: str = "one", **over: Any) -> Any:
    return make_delivery(key, **{"about": {"finding_ids": [1]}, **over})


class Facts:
    """What every message is judged to be, and which were looked at."""

    def __init__(self, *verdicts: Verdict | Exception) -> None:
        self.verdicts = list(verdicts)
        self.asked: list[str] = []

    def __call__(self, connection: Connection, row: OutboxRow) -> Verdict:
        self.asked.append(row.idempotency_key)
        verdict = self.verdicts.pop(0) if self.verdicts else Keep()
        if isinstance(verdict, Exception):
            connection.exec_driver_sql("SELECT nothing FROM nowhere")
        assert not isinstance(verdict, Exception)
        return verdict


def check(database: Database, facts: Recheck, now: Any = LATER) -> dict[str, int]:
    return dict(Rechecker(database=database, rechecks={"owner_tasks": facts}).run(now))


def test_message_is_cancelled_with_the_reason_when_everything_it_asks_was_done(database: Database) -> None:
    queue(database, about())
    assert check(database, Facts(Drop(why="3 件事都已处理，不再发送"))) == {"dropped": 1}
    row = rows(database)[0]
    assert (row.status, row.detail, row.settled_at) == ("cancelled", "3 件事都已处理，不再发送", LATER)


def test_message_is_reworded_when_a_part_of_it_was_done(database: Database) -> None:
    queue(database, about())
    assert check(database, Facts(Replace(body=markdown("只剩一件")))) == {"reworded": 1}
    assert (rows(database)[0].status, text_of(rows(database)[0])) == ("pending", "只剩一件")


def test_every_message_is_checked_in_one_round_when_very_many_wait(database: Database) -> None:
    facts = Facts()
    queue(database, *(about(f"m{n}", recipient=f"user{n}") for n in range(1100)))
    check(database, facts)
    assert sorted(facts.asked) == sorted(f"m{n}" for n in range(1100))


def test_message_is_not_checked_when_it_was_just_written(database: Database) -> None:
    facts = Facts()
    queue(database, about())
    check(database, facts, NOW + LATE - timedelta(seconds=1))
    assert facts.asked == []


@pytest.mark.parametrize(
    "over", [{"about": None}, {"topic": "daily_digest"}, {"not_before_at": NOW + 3 * LATE}]
)
def test_message_is_not_checked_when_it_tells_of_nothing_known_or_is_not_due(
    database: Database, over: Mapping[str, Any]
) -> None:
    facts = Facts()
    queue(database, about(**over))
    check(database, facts)
    assert facts.asked == []


def test_message_is_checked_again_only_after_a_while(database: Database) -> None:
    facts = Facts()
    queue(database, about())
    for now in (LATER, LATER + timedelta(minutes=1), LATER + AGAIN):
        assert check(database, facts, now) == {}
    assert facts.asked == ["one", "one"]


def test_message_is_sent_as_it_was_when_its_check_fails(database: Database) -> None:
    queue(database, about("one", priority=1), about("two"))
    facts = Facts(RuntimeError(), Drop(why="都已处理"))
    assert check(database, facts) == {"dropped": 1}
    assert [(row.status, text_of(row)) for row in rows(database)] == [
        ("pending", "请处理 one"),
        ("cancelled", "请处理 two"),
    ]


@pytest.mark.parametrize("outcome", [None, "unknown"])
def test_message_that_may_have_arrived_is_not_reworded(database: Database, outcome: str | None) -> None:
    queue(database, about())
    tried = {"outbox_id": rows(database)[0].id, "channel": "app", "recipient": "zhangsan", "started_at": NOW}
    with database.begin() as connection:
        connection.execute(insert(attempts).values(outcome=outcome, **tried))
    assert check(database, Facts(Replace(body=markdown("anders")))) == {}
    assert text_of(rows(database)[0]) == "请处理 one"


def test_message_is_left_alone_when_a_worker_took_it_meanwhile(database: Database) -> None:
    queue(database, about())

    def take(_: Connection, row: OutboxRow) -> Verdict:
        with database.begin() as other:
            other.execute(update(outbox).where(outbox.c.id == row.id).values(status="sending", attempts=1))
        return Drop(why="都已处理")

    assert check(database, take) == {}
    assert rows(database)[0].status == "sending"


def test_nobody_is_waited_for_when_another_process_holds_a_message(postgresql: Server) -> None:
    database = open_database(postgresql.migrated())
    queue(database, about("one"), about("two"))
    one, _ = rows(database)
    with database.begin() as other:
        other.execute(update(outbox).where(outbox.c.id == one.id).values(status="sending", attempts=1))
        assert check(database, Facts(Drop(why="已处理"), Drop(why="已处理"))) == {"dropped": 1}
        assert Bundler(database=database, post_characters=200).run(LATER) == {}
    assert [row.status for row in rows(database)] == ["sending", "cancelled"]
    database.close()


def test_message_is_sent_as_it_was_when_its_new_words_do_not_fit(database: Database) -> None:
    queue(database, about())
    assert check(database, Facts(Replace(body=markdown("字" * 700)))) == {}
    assert text_of(rows(database)[0]) == "请处理 one"


def test_parts_of_a_long_text_are_left_as_they_are(database: Database) -> None:
    queue(database, about(body=markdown("字" * 900)))
    facts = Facts()
    check(database, facts)
    assert facts.asked == []


def bundled(database: Database, *deliveries: Any) -> None:
    queue(database, *deliveries)
    Bundler(database=database, post_characters=200).run(NOW)


def by_key(**verdicts: Verdict) -> Callable[[Connection, OutboxRow], Verdict]:
    return lambda _, row: verdicts.get(row.idempotency_key, Keep())


def test_bundle_loses_what_is_over_and_keeps_the_rest(database: Database) -> None:
    bundled(
        database,
        about("one"),
        about("two"),
        about("three"),
        about("soon", expires_at=NOW + timedelta(minutes=1)),
        make_delivery("digest", topic="daily_digest"),
    )
    facts = by_key(one=Drop(why="已处理"), two=Replace(body=markdown("只剩一件")))
    assert check(database, facts) == {"reworded": 1}
    assert text_of(rows(database)[-1]) == "只剩一件\n\n请处理 three\n\n请处理 digest"
    told = {row.idempotency_key: row.detail for row in rows(database) if row.status == "merged"}
    assert told == {
        "one": "已处理",
        "two": None,
        "three": None,
        "soon": "过了有效期，不再发送",
        "digest": None,
    }


def test_bundle_is_cancelled_when_all_of_it_is_over(database: Database) -> None:
    bundled(database, about("one"), about("two"))
    done = Drop(why="2 件事都已处理，不再发送")
    assert check(database, by_key(one=done, two=done)) == {"dropped": 1}
    assert rows(database)[-1].detail == "2 件事都已处理，不再发送"


def test_bundle_of_bundles_is_checked_to_its_parts(database: Database) -> None:
    bundled(database, about("one"), about("two"))
    bundled(database, about("three"))
    assert check(database, by_key(one=Drop(why="已处理"))) == {"reworded": 1}
    assert sorted(text_of(rows(database)[-1]).split("\n\n")) == ["请处理 three", "请处理 two"]
    assert [row.idempotency_key for row in rows(database) if row.detail == "已处理"] == ["one"]


def test_round_checks_first_and_merges_what_is_left(database: Database) -> None:
    queue(database, about("one"), about("two"), about("three"))
    prepare = Preparer(
        database=database,
        bundle=True,
        post_characters=200,
        rechecks=lambda now: {"owner_tasks": by_key(one=Drop(why="已处理"))},
    )
    assert prepare(LATER) == {"dropped": 1, "bundles": 1, "merged": 2}
    assert text_of(rows(database)[-1]) == "请处理 two\n\n请处理 three"


def test_messages_are_not_merged_when_the_settings_say_so(database: Database) -> None:
    queue(database, about("one"), about("two"))
    prepare = Preparer(database=database, bundle=False, post_characters=200, rechecks=lambda now: {})
    assert prepare(NOW) == {}
    assert len(rows(database)) == 2


def test_merging_goes_on_when_nothing_can_be_checked(database: Database) -> None:
    def broken(_: Any) -> Mapping[str, Recheck]:
        raise RuntimeError("no directory")

    queue(database, about("one"), about("two"))
    prepare = Preparer(database=database, bundle=True, post_characters=200, rechecks=broken)
    assert prepare(LATER) == {"bundles": 1, "merged": 2}
