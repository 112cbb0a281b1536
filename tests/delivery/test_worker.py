"""Claim, send, settle: whatever the other side answers, no message is lost and none is sent twice unawares."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from steward.model.delivery import Accepted, NotSent, Refused, Unknown
from steward.store.database import Database
from steward.store.schema import attempts
from tests.delivery.post import SHANGHAI, Post
from tests.factories import DAY, NOW, make_delivery
from tests.store.outbox_rows import claim_one

MINUTE = timedelta(minutes=1)
DEAD = Refused(errcode=93000, detail="webhook/send: 93000", retry_class="never", remedy="重新添加机器人")
BUSY = Refused(errcode=-1, detail="message/send: -1", retry_class="retry")


def test_message_is_sent_once_when_all_goes_well(database: Database) -> None:
    post = Post(database)
    post.queue("one")
    assert post.deliver() == {"sent": 1}
    assert post.deliver(DAY) == {}
    row = post.row()
    assert (row.status, row.attempts, row.settled_at, post.told) == ("sent", 1, NOW, [])
    assert len(post.script.sent) == 1


def test_nothing_is_counted_when_nothing_is_due(database: Database) -> None:
    assert Post(database).deliver() == {}


def test_message_is_retried_with_the_same_bytes_until_it_is_taken(database: Database) -> None:
    post = Post(database, [BUSY, NotSent(detail="no route"), Unknown(detail="cut")])
    post.queue("one")
    assert post.deliver() == {"retried": 1}
    assert post.deliver() == {}  # not before its time
    assert [post.deliver(MINUTE) for _ in range(3)] == [{"retried": 1}, {"retried": 1}, {"sent": 1}]
    assert len({str(body) for _, body in post.script.sent}) == 1
    assert post.row().attempts == 4
    with database.read() as connection:
        outcomes = connection.execute(select(attempts.c.outcome).order_by(attempts.c.id)).scalars().all()
    assert outcomes == ["refused", "not_sent", "unknown", "accepted"]


def test_message_is_dead_and_the_admins_are_told_once_when_it_is_refused_for_good(database: Database) -> None:
    post = Post(database, [DEAD])
    post.queue("one", "two")
    assert post.deliver() == {"failed_dead": 1, "sent": 1}
    row = post.row()
    assert (row.status, row.errcode, row.remedy) == ("dead", 93000, "重新添加机器人")
    assert post.told == [("one", "webhook/send: 93000", "重新添加机器人")]
    assert post.deliver(DAY) == {}


def test_message_is_dead_when_patience_ended(database: Database) -> None:
    post = Post(database, [NotSent(detail="no route")] * 100)
    post.queue("one")
    results = [post.deliver(15 * MINUTE) for _ in range(30)]
    assert {"failed_dead": 1} in results
    assert post.row().status == "dead"
    assert [key for key, _, _ in post.told] == ["one"]
    tried = post.row().attempts
    assert post.deliver(DAY) == {}
    assert post.row().attempts == tried > 10


def test_patience_begins_with_the_first_try_and_not_when_it_was_queued(database: Database) -> None:
    post = Post(database, [BUSY])
    post.queue(make_delivery("one", not_before_at=NOW + 9 * timedelta(hours=1)))
    assert post.deliver(timedelta(hours=9)) == {"retried": 1}
    assert post.deliver(MINUTE) == {"sent": 1}


def test_bot_message_without_an_answer_waits_for_a_person(database: Database) -> None:
    post = Post(database, [Unknown(detail="cut")])
    post.queue(make_delivery("one", channel="bot", recipient="ops"))
    assert post.deliver() == {"failed_unknown": 1}
    assert post.deliver(DAY) == {}
    assert post.row().status == "unknown"
    assert post.told == [("one", "可能已送达，无法确认：cut", None)]


def test_message_of_a_worker_that_died_is_sent_by_the_next_when_wecom_knows_it_again(
    database: Database,
) -> None:
    post = Post(database)
    post.queue("one")
    claim_one(database, worker="dead")
    assert post.deliver() == {}
    assert post.deliver(2 * MINUTE) == {"retried": 1, "sent": 1}
    assert post.row().attempts == 2


@pytest.mark.parametrize(
    ("channel", "after"), [("bot", 2 * MINUTE), ("appchat", 2 * MINUTE), ("app", timedelta(hours=4))]
)
def test_message_of_a_worker_that_died_waits_for_a_person_when_it_cannot_be_repeated_safely(
    database: Database, channel: str, after: timedelta
) -> None:
    post = Post(database)
    post.queue(make_delivery("one", channel=channel, recipient="ops"))
    claim_one(database, worker="dead")
    assert post.deliver(after) == {"failed_unknown": 1}
    assert post.script.sent == []
    assert post.row().status == "unknown"
    assert "发送途中进程中断" in post.told[0][1]


def test_worker_that_comes_back_too_late_changes_nothing(database: Database) -> None:
    post = Post(database)
    post.queue("one")

    def hang(*_: object) -> Refused:
        # While this worker hangs, its lease ends and another one sends the message.
        post.now += 3 * MINUTE
        post.make_worker("w2").deliver_due()
        return DEAD

    post.script.answers = [hang]
    post.worker.deliver_one()
    assert post.row().status == "sent"
    assert post.told == []


def test_messages_after_it_are_sent_when_one_makes_the_sender_crash(database: Database) -> None:
    post = Post(database, [KeyError("file")])
    post.queue(make_delivery("one", channel="bot", recipient="ops", priority=1), "two", "three")
    assert post.deliver() == {"failed_unknown": 1, "sent": 2}
    assert "KeyError" in str(post.row().detail)
    assert len(post.told) == 1


def test_message_is_given_up_and_told_when_it_came_too_late_to_be_of_use(database: Database) -> None:
    post = Post(database, [BUSY] * 9)
    post.queue(make_delivery("one", expires_at=NOW + 10 * MINUTE))
    post.deliver()
    assert post.deliver(10 * MINUTE) == {"failed_expired": 1}
    assert post.row().status == "expired"
    assert post.told == [("one", "过了有效期仍未发出；最后一次：message/send: -1", None)]


def test_others_of_a_message_get_it_when_one_recipient_is_refused_and_the_admins_hear_of_it(
    database: Database,
) -> None:
    post = Post(database, [Accepted(message_id="m1", refused_recipients=("gone",))])
    post.queue(make_delivery("one", recipient="hr|gone"))
    assert post.deliver() == {"sent": 1}
    row = post.row()
    assert (row.status, row.detail) == ("sent", "未能送达：gone")
    assert post.told == [("one", "未能送达：gone", None)]


def test_what_became_of_a_message_is_kept_when_the_admins_cannot_be_told(database: Database) -> None:
    post = Post(database, [DEAD])
    post.deaf = True
    post.queue("one")
    assert post.deliver() == {"failed_dead": 1}
    assert post.row().status == "dead"


def test_file_that_was_uploaded_is_not_uploaded_again_for_the_retry(database: Database) -> None:
    uploaded = {"msgtype": "file", "file": {"media_id": "m1"}}

    def upload_and_lose(_: object, keep_body: object) -> Unknown:
        keep_body(uploaded)  # type: ignore[operator]
        return Unknown(detail="cut")

    post = Post(database, [upload_and_lose])
    body = {"msgtype": "file", "file": {"path": "reports/a.xlsx", "filename": "a.xlsx"}}
    post.queue(make_delivery("one", body=body))
    post.deliver()
    post.deliver(MINUTE)
    assert [sent for _, sent in post.script.sent] == [body, uploaded]
    assert post.row().status == "sent"


def test_no_more_are_sent_when_the_process_is_to_stop(database: Database) -> None:
    post = Post(database)
    post.queue("one", "two")
    assert post.worker.deliver_due(stopping=lambda: len(post.script.sent) >= 1) == {"sent": 1}
    assert post.worker.deliver_due(at_most=0) == {}
    assert post.deliver() == {"sent": 1}


def at(hour: int, minute: int, day: int = 18) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_group_message_waits_for_the_morning_and_what_is_urgent_to_a_person_does_not(
    database: Database,
) -> None:
    post = Post(database)
    post.now = at(22, 0)
    post.queue(make_delivery("bot", channel="bot", recipient="ops"), make_delivery("app", urgent=True))
    assert post.deliver() == {"sent": 1}
    assert post.deliver_at(at(7, 29, day=19)) == {}
    assert post.deliver_at(at(7, 30, day=19)) == {"sent": 1}
    assert [key for key, _ in post.script.sent] == ["app", "bot"]


def test_group_message_that_comes_late_into_quiet_hours_waits_them_out(database: Database) -> None:
    post = Post(database, [BUSY])
    post.now = at(21, 59)
    post.queue(make_delivery("bot", channel="bot", recipient="ops"))
    assert post.deliver() == {"retried": 1}
    assert post.deliver_at(at(23, 0)) == {}
    assert post.deliver_at(at(7, 30, day=19)) == {"sent": 1}


def test_message_is_queued_once_whatever_the_gate_does_with_its_time(database: Database) -> None:
    post = Post(database)
    assert post.queue("one", "one", "two") == 2
    assert post.queue("two", "three") == 1
