"""A whole delivery: several at once, frozen workers, a database that goes away, an end that is asked for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from steward.delivery.budget import Ways
from steward.delivery.send import Claim
from steward.model.delivery import Accepted, NotSent, Outcome, Refused, Unknown
from steward.model.settings.operation import Budgets
from steward.store.database import Database
from steward.store.outbox import OutboxRow, count_by_status, load_outbox
from steward.store.schema import attempts
from tests.delivery.post import Post
from tests.factories import NOW, make_delivery

MINUTE = timedelta(minutes=1)


class Crowd:
    """A sender whose messages all wait until so many are on the way at once."""

    def __init__(self, size: int) -> None:
        self.barrier = threading.Barrier(size, timeout=20)
        self.sent: list[str] = []

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        self.barrier.wait()
        self.sent.append(row.idempotency_key)
        return Accepted()


def test_as_many_messages_are_on_the_way_at_once_as_the_worker_may(database: Database) -> None:
    post = Post(database)
    crowd = Crowd(4)
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(8)))
    worker = post.make_worker("w1", over={"sender": crowd, "parallel": 4})
    assert worker.deliver_due() == {"sent": 8}
    assert sorted(crowd.sent) == sorted(f"k{n}" for n in range(8))


def test_messages_to_one_person_keep_their_order_however_many_are_sent_at_once(database: Database) -> None:
    post = Post(database)
    post.queue(*(make_delivery(f"{who} {n}", recipient=who) for n in range(5) for who in "abc"))
    worker = post.make_worker("w1", over={"parallel": 5})
    assert worker.deliver_due() == {"sent": 15}
    for who in "abc":
        assert [key for key, _ in post.script.sent if key.startswith(who)] == [f"{who} {n}" for n in range(5)]


def test_no_further_message_is_begun_and_those_on_the_way_are_settled_when_the_process_is_to_stop(
    database: Database,
) -> None:
    post = Post(database)
    crowd = Crowd(3)
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(9)))
    worker = post.make_worker(
        "w1", over={"sender": crowd, "parallel": 3, "stopping": lambda: len(crowd.sent) > 0}
    )
    assert worker.deliver_due() == {"sent": 3}
    with database.read() as connection:
        assert count_by_status(connection) == {"sent": 3, "pending": 6}


def test_frozen_worker_writes_to_nobody_when_it_wakes_after_its_lease(database: Database) -> None:
    post = Post(database)
    post.queue(make_delivery("one", channel="bot", recipient="ops"))
    written: list[str] = []

    class Frozen:
        def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
            # Stopped before the request is written; meanwhile others decide that it may have arrived.
            post.now += 3 * MINUTE
            post.make_worker("w2").deliver_due()
            if not keep_body.is_ours():
                return NotSent(detail="late")
            written.append(row.idempotency_key)
            return Accepted()

    assert post.make_worker("w1", over={"sender": Frozen()}).deliver_one() == "overtaken"
    assert written == []
    assert post.row().status == "unknown"


def test_message_is_not_begun_when_the_worker_was_frozen_right_after_the_claim(database: Database) -> None:
    post = Post(database)
    post.queue("one")
    moments = [NOW, NOW + 2 * MINUTE]

    def now() -> datetime:
        return moments.pop(0) if len(moments) > 1 else moments[0]

    assert post.make_worker("w1", over={"now": now}).deliver_one() == "retried"
    assert post.script.sent == []


def test_request_is_not_begun_that_could_be_answered_after_the_lease(database: Database) -> None:
    post = Post(database)
    post.queue("one")
    asked: list[bool] = []

    def ask(_: OutboxRow, claim: Any) -> Outcome:
        asked.append(claim.is_ours())
        post.now += timedelta(seconds=107)
        asked.append(claim.is_ours())
        return NotSent(detail="late")

    post.script.answers = [ask]
    post.make_worker("w1", over={"answer_within": timedelta(seconds=13.05)}).deliver_one()
    assert asked == [True, False]


def test_uploaded_file_is_kept_by_nobody_whose_message_was_taken_away(database: Database) -> None:
    post = Post(database)
    post.queue(make_delivery("one", channel="bot", recipient="ops"))

    def hang(_: OutboxRow, keep_body: Any) -> Outcome:
        post.now += 3 * MINUTE
        post.make_worker("w2").deliver_due()
        keep_body({"msgtype": "file"})
        return Accepted()

    body = post.row().body
    post.script.answers = [hang]
    assert post.worker.deliver_one() == "overtaken"
    assert (post.row().status, post.row().body) == ("unknown", body)


class Flaky(Database):
    """A database that can be away for a while."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine)
        self.refusals = 0

    @contextmanager
    def begin(self) -> Any:
        if self.refusals > 0:
            self.refusals -= 1
            raise ConnectionError("away")
        with super().begin() as connection:
            yield connection


def test_answer_is_not_forgotten_when_the_database_is_away_for_a_while(database: Database) -> None:
    flaky = Flaky(database)
    post = Post(flaky)
    post.queue(make_delivery("one", channel="bot", recipient="ops"), "two")

    def go_away(*_: object) -> Outcome:
        flaky.refusals = 5
        return Accepted()

    def sleep(seconds: float) -> None:
        post.now += timedelta(seconds=seconds)

    post.script.answers = [go_away]
    assert post.make_worker("w1", over={"sleep": sleep}).deliver_due() == {"sent": 2}
    assert len(post.script.sent) == 2


def test_answers_are_settled_when_claiming_the_next_goes_wrong(database: Database) -> None:
    post = Post(database)
    post.queue("one", "two")
    calls: list[datetime] = []

    def openings(now: datetime) -> Any:
        calls.append(now)
        if len(calls) == 2:
            raise RuntimeError("a fault of ours")
        return frozenset({"app"}) if len(calls) < 2 else frozenset()

    post.queue(make_delivery("three", recipient="other"))
    post.script.answers = [lambda *_: _forward(post)]
    worker = post.make_worker("w1", over={"channels": openings})
    worker.deliver_due(at_most=3)
    with database.read() as connection:
        states = Counter(row.status for row in load_outbox(connection))
    assert states["sending"] == 0
    assert states["sent"] >= 1


def _forward(post: Post) -> Outcome:
    post.now += timedelta(seconds=10)  # long enough for candidates to be looked up anew
    return Accepted()


def test_one_of_several_that_was_taken_away_keeps_none_of_the_others_from_being_settled(
    database: Database,
) -> None:
    post = Post(database)
    post.queue(
        make_delivery("bot", channel="bot", recipient="ops"),
        *(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(2)),
    )
    crowd = threading.Barrier(3, timeout=20)

    class Thief:
        def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
            crowd.wait()
            if row.channel == "bot":
                with database.begin() as connection:
                    connection.exec_driver_sql("UPDATE outbox SET status = 'unknown' WHERE channel = 'bot'")
            return Accepted()

    worker = post.make_worker("w1", over={"sender": Thief(), "parallel": 3})
    assert worker.deliver_due() == {"sent": 2, "overtaken": 1}
    assert post.row("bot").status == "unknown"


def test_delivery_goes_on_the_moment_there_is_room_when_it_may_linger(database: Database) -> None:
    post = Post(database)
    post.queue(*(make_delivery(f"k{n}", channel="bot", recipient="ops") for n in range(6)))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        post.now += timedelta(seconds=seconds)

    over = {"ways": Ways(budgets=Budgets(bot_per_minute=2)), "linger": MINUTE, "sleep": sleep}
    worker = post.make_worker("w1", over=over)
    # It ends after a minute all the same, to tell what it did.
    assert [worker.deliver_due() for _ in range(3)] == [{"sent": 4}, {"sent": 2}, {}]
    assert timedelta(minutes=2) <= post.now - NOW < timedelta(minutes=2, seconds=1)
    assert max(slept) <= 0.5  # what is queued meanwhile, and an end that is asked for, are met soon


def test_delivery_that_lingers_ends_when_nothing_is_due_for_longer(database: Database) -> None:
    post = Post(database)
    post.queue(make_delivery("one", not_before_at=NOW + 2 * MINUTE))

    def sleep(seconds: float) -> None:
        raise AssertionError("there is nothing to wait for")

    assert post.make_worker("w1", over={"linger": MINUTE, "sleep": sleep}).deliver_due() == {}


def test_what_waits_is_prepared_at_the_start_and_every_minute(database: Database) -> None:
    post = Post(database)
    post.queue(*(f"k{n}" for n in range(5)))
    prepared: list[timedelta] = []

    def prepare(now: datetime) -> Mapping[str, int]:
        prepared.append(now - NOW)
        return {"merged": 2}

    def slowly(*_: object) -> Outcome:
        post.now += timedelta(seconds=30)
        return Accepted()

    post.script.answers = [slowly] * 5
    assert post.make_worker("w1", over={"prepare": prepare}).deliver_due() == {"sent": 5, "merged": 6}
    assert prepared == [timedelta(), MINUTE, 2 * MINUTE]


def test_every_try_is_observed_and_an_observer_that_fails_costs_nothing(database: Database) -> None:
    outcomes = [
        Accepted(),
        Refused(errcode=-1, detail="busy", retry_class="retry"),
        NotSent(detail="no route"),
        Unknown(detail="cut"),
    ]
    post = Post(database, outcomes)
    post.queue(*(f"k{n}" for n in range(4)))
    seen: list[tuple[str, str, float]] = []

    def observe(row: OutboxRow, word: str, seconds: float) -> None:
        seen.append((row.idempotency_key, word, seconds))
        raise RuntimeError("nobody listens")

    post.now += timedelta(seconds=7)
    assert post.make_worker("w1", over={"observe": observe}).deliver_due() == {"sent": 1, "retried": 3}
    words = ["accepted", "refused", "not_sent", "unknown"]
    assert seen == [(f"k{n}", word, 7.0) for n, word in enumerate(words)]


def test_each_message_is_sent_once_when_several_workers_drain_one_outbox(database: Database) -> None:
    post = Post(database)
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n % 7}") for n in range(40)))
    ways = Ways(budgets=Budgets())
    workers = [post.make_worker(f"w{n}", over={"ways": ways, "parallel": 2}) for n in range(3)]

    def drain(worker: Any) -> int:
        # A worker may find everybody busy and come back with nothing.
        return sum(worker.deliver_due().get("sent", 0) for _ in range(10))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(drain, workers)) + sum(drain(worker) for worker in workers) == 40
    assert len({key for key, _ in post.script.sent}) == len(post.script.sent) == 40
    with database.read() as connection:
        assert len(connection.execute(select(attempts.c.id)).all()) == 40


def test_what_is_on_the_way_is_settled_when_something_else_goes_wrong(database: Database) -> None:
    post = Post(database)
    post.queue(*(make_delivery(f"k{n}", recipient=f"u{n}") for n in range(3)))
    slow = threading.Event()

    class Slow:
        def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
            if row.idempotency_key != "k0":
                slow.wait(20)
            return Accepted()

    def prepare(now: datetime) -> Mapping[str, int]:
        if post.now > NOW:
            slow.set()
            raise RuntimeError("a fault of ours")
        return {}

    def observe(row: OutboxRow, word: str, seconds: float) -> None:
        post.now = NOW + timedelta(minutes=1)

    over = {"sender": Slow(), "parallel": 3, "prepare": prepare, "observe": observe}
    with pytest.raises(RuntimeError):
        post.make_worker("w1", over=over).deliver_due()
    with database.read() as connection:
        assert count_by_status(connection) == {"sent": 3}
