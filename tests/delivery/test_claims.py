"""Who goes next under budgets, lanes and pools: over real rows, with a clock that moves when told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from steward.delivery.budget import Ways
from steward.model.delivery import NotSent, Refused, Unknown
from steward.model.settings.operation import Budgets
from steward.store import lanes
from steward.store.database import Database
from steward.store.outbox import insert_delivery, load_attempts, load_outbox
from steward.store.schema import attempts
from tests.delivery.post import Answer, Post
from tests.factories import NOW, make_delivery

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TOO_OFTEN = Refused(errcode=45009, detail="webhook/send: 45009", retry_class="wait", wait=MINUTE)
REVOKED = Refused(errcode=93000, detail="webhook/send: 93000", retry_class="never", remedy="重新添加")


def make_post(
    database: Database,
    answers: list[Answer] | None = None,
    *,
    bots: Mapping[str, int] | None = None,
    **budgets: int,
) -> Post:
    post = Post(database, answers or [])
    ways = Ways(budgets=Budgets(**budgets), bots=bots or {})
    post.worker = post.make_worker("w1", over={"ways": ways})
    return post


def queue_for(post: Post, count: int, bot: str = "ops", **over: Any) -> None:
    post.queue(*(make_delivery(f"{bot} {n}", channel="bot", recipient=bot, **over) for n in range(count)))


def lanes_of(post: Post) -> list[str | None]:
    with post.database.read() as connection:
        return list(connection.execute(select(attempts.c.lane).order_by(attempts.c.id)).scalars())


def waits_until(post: Post, key: str) -> datetime:
    return post.row(key).next_attempt_at


def test_bot_sends_no_more_than_its_budget_and_goes_on_when_there_is_room(database: Database) -> None:
    post = make_post(database, bot_per_minute=3)
    queue_for(post, 5)
    assert post.deliver() == {"sent": 3}
    # The first that waits says when it goes on; that is no attempt.
    assert waits_until(post, "ops 3") == NOW + MINUTE
    assert post.row("ops 3").attempts == 0
    assert post.deliver(MINUTE - SECOND) == {}
    assert post.deliver(SECOND) == {"sent": 2}


def test_messages_to_others_go_out_behind_any_number_to_one_without_budget(database: Database) -> None:
    post = make_post(database, bot_per_minute=1)
    queue_for(post, 300, priority=1)
    post.queue(make_delivery("app"), make_delivery("hr", channel="bot", recipient="hr"))
    assert post.deliver() == {"sent": 3}
    assert {key for key, _ in post.script.sent} == {"ops 0", "app", "hr"}


def test_budget_counts_from_when_the_answer_came_since_it_may_have_arrived_as_late(
    database: Database,
) -> None:
    def slowly(*_: object) -> NotSent | Unknown | Refused | Any:
        post.now += 20 * SECOND
        return post.script_accepts

    post = make_post(database, bot_per_minute=1)
    post.script.answers = [slowly]
    queue_for(post, 2)
    assert post.deliver() == {"sent": 1}
    assert waits_until(post, "ops 1") == NOW + 20 * SECOND + MINUTE


def test_what_never_left_takes_nothing_from_the_budget(database: Database) -> None:
    post = make_post(database, [NotSent(detail="no route")], bot_per_minute=1)
    queue_for(post, 2)
    assert post.deliver() == {"retried": 1, "sent": 1}


def test_what_may_still_arrive_counts_until_its_lease_is_over(database: Database) -> None:
    post = make_post(database, [Unknown(detail="cut")], bot_per_minute=1)
    queue_for(post, 2)
    assert post.deliver() == {"failed_unknown": 1}
    assert post.deliver(2 * MINUTE + 59 * SECOND) == {}
    assert post.deliver(SECOND) == {"sent": 1}


def test_every_member_of_a_send_is_counted(database: Database) -> None:
    post = make_post(database, member_per_minute=2)
    post.queue(*(make_delivery(f"both {n}", recipient="a|b") for n in range(2)))
    post.queue(
        make_delivery("a", recipient="a"),
        make_delivery("ab", recipient="b|c"),
        make_delivery("c", recipient="c"),
    )
    assert post.deliver() == {"sent": 4}
    assert post.row("both 1").status == "pending"
    assert post.deliver(MINUTE) == {"sent": 1}


def test_member_gets_no_more_in_an_hour_than_the_budget_says(database: Database) -> None:
    post = make_post(database, member_per_minute=3, member_per_hour=4)
    post.queue(*(make_delivery(f"k{n}") for n in range(6)))
    assert [post.deliver(MINUTE) for _ in range(3)] == [{"sent": 3}, {"sent": 1}, {}]
    assert post.deliver(timedelta(minutes=57)) == {}
    assert post.deliver(MINUTE) == {"sent": 2}


def test_whole_app_waits_for_tomorrow_when_its_day_is_used_up(database: Database) -> None:
    post = make_post(database, app_person_times_per_day=3)
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(300)))
    post.queue(make_delivery("bot", channel="bot", recipient="ops"))
    assert post.deliver() == {"sent": 4}
    # One message says when it goes on; the others are not touched for it.
    with database.read() as connection:
        waiting = Counter(
            row.next_attempt_at for row in load_outbox(connection, statuses=["pending"], limit=400)
        )
    midnight = datetime.fromisoformat("2026-11-19T00:00:00+08:00")
    assert waiting == {midnight: 1, NOW: 296}


def test_app_chats_share_the_budgets_of_the_corporation(database: Database) -> None:
    post = make_post(database, chat_person_times_per_minute=4000)
    post.queue(*(make_delivery(f"c{n}", channel="appchat", recipient=f"c{n}") for n in range(3)))
    assert post.deliver() == {"sent": 2}  # nobody has read them: each may have 2,000 members
    assert post.deliver(MINUTE) == {"sent": 1}


def test_bots_of_one_group_send_as_many_times_more_and_share_the_work(database: Database) -> None:
    post = make_post(database, bots={"ops": 3}, bot_per_minute=2)
    queue_for(post, 8)
    assert post.deliver() == {"sent": 6}
    assert Counter(lanes_of(post)) == {"bot:ops#1": 2, "bot:ops#2": 2, "bot:ops#3": 2}
    assert waits_until(post, "ops 6") == NOW + MINUTE


def test_bot_that_was_too_fast_waits_and_others_do_not(database: Database) -> None:
    post = make_post(database, [TOO_OFTEN])
    queue_for(post, 2)
    queue_for(post, 1, "hr")
    post.queue("app")
    assert post.deliver() == {"retried": 1, "sent": 2}
    assert {key for key, _ in post.script.sent} == {"ops 0", "hr 0", "app"}
    assert post.deliver(MINUTE - SECOND) == {}
    assert post.deliver(SECOND) == {"sent": 2}
    assert [key for key, _ in post.script.sent[3:]] == ["ops 0", "ops 1"]


def test_message_goes_by_another_key_at_once_when_one_was_too_fast_or_is_revoked(database: Database) -> None:
    for answer in (TOO_OFTEN, REVOKED):
        post = make_post(database, [answer], bots={"ops": 2})
        key = f"one {answer.errcode}"
        post.queue(make_delivery(key, channel="bot", recipient="ops"))
        assert post.deliver() == {"retried": 1, "sent": 1}
        with database.begin() as connection:
            tries = load_attempts(connection, post.row(key).id)
            lanes.open_lanes(connection, ["bot:ops#1", "bot:ops#2"])
        assert {one.lane for one in tries} == {"bot:ops#1", "bot:ops#2"}
        assert {one.by for one in tries} == {"w1"}
        # A limit passes by itself; a revoked key is told although nothing is lost.
        assert [why.split("#")[0] for _, why, _ in post.told] == ([] if answer is TOO_OFTEN else ["bot:ops"])


def test_one_message_dies_and_the_others_wait_when_a_bots_key_was_revoked(database: Database) -> None:
    post = make_post(database, [REVOKED, REVOKED])
    queue_for(post, 500)
    assert post.deliver() == {"failed_dead": 1}
    assert post.told == [("ops 0", "webhook/send: 93000", "重新添加")]
    with database.read() as connection:
        [lane] = lanes.load_lanes(connection)
    assert (lane.name, lane.why) == ("bot:ops#1", "webhook/send: 93000")
    assert post.deliver(59 * MINUTE) == {}
    # Once an hour one of them tries whether somebody has mended it.
    assert post.deliver(MINUTE) == {"failed_dead": 1}
    assert post.deliver(timedelta(hours=1))["sent"] == 18


def test_whole_app_waits_when_wecom_refuses_the_app_itself(database: Database) -> None:
    refused = Refused(errcode=60020, detail="message/send: 60020", retry_class="never", remedy="可信IP")
    post = make_post(database, [refused])
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(200)))
    assert post.deliver() == {"failed_dead": 1}
    assert post.deliver(MINUTE) == {}
    assert len(post.script.sent) == 1


def test_other_workers_keep_to_the_same_budget(database: Database) -> None:
    post = make_post(database, bot_per_minute=4)
    queue_for(post, 9)
    others = [post.make_worker(f"w{n}", over={"ways": post.worker.ways}) for n in (2, 3)]
    assert [worker.deliver_due(at_most=2) for worker in (post.worker, *others)] == [
        {"sent": 2},
        {"sent": 2},
        {},
    ]


def test_bot_is_left_to_the_worker_that_drains_it(database: Database) -> None:
    post = make_post(database)
    queue_for(post, 2)

    def look_on(*_: object) -> Any:
        seen.append(post.make_worker("w2", over={"ways": post.worker.ways}).deliver_due())
        return post.script_accepts

    seen: list[Mapping[str, int]] = []
    post.script.answers = [look_on]
    assert post.deliver() == {"sent": 2}
    assert seen == [{}]


def test_message_to_a_person_waits_while_another_is_on_the_way_to_him(database: Database) -> None:
    post = make_post(database)
    post.queue(
        make_delivery("one", recipient="a|b"),
        make_delivery("two", recipient="b"),
        make_delivery("three", recipient="b|c"),
        make_delivery("four", recipient="d"),
    )

    def look_on(*_: object) -> Any:
        post.make_worker("w2").deliver_due()
        return post.script_accepts

    post.script.answers = [look_on]
    post.worker.deliver_one()
    assert [key for key, _ in post.script.sent] == ["one", "four"]
    assert post.deliver() == {"sent": 2}
    assert [key for key, _ in post.script.sent] == ["one", "four", "two", "three"]


def test_part_goes_after_the_part_before_it_even_when_that_is_tried_again(database: Database) -> None:
    post = make_post(database, [NotSent(detail="no route")])
    with database.begin() as connection:
        first = insert_delivery(connection, make_delivery("1/2"), now=NOW)
        insert_delivery(connection, make_delivery("2/2"), now=NOW, follows=first)
    assert post.deliver() == {"retried": 1}
    assert post.deliver(MINUTE) == {"sent": 2}
    assert [key for key, _ in post.script.sent] == ["1/2", "1/2", "2/2"]
