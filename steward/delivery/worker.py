"""Claim, send, settle. What is claimed is committed before anything is sent, and what became of it right after.

What others may rely on:

* `deliver_due` first decides about messages whose worker never came back, gives up what expired and calls `prepare`;
  in a long drain it does so again every minute. Then it sends what is due, up to `parallel` messages at once, never
  two at once to the same recipient, and returns when nothing is due that it may send. With `linger` it waits for what
  falls due within that time, so that a queue behind a budget moves on the moment there is room.
* One transaction settles what came back and claims what goes next. If it fails, the settling alone is tried again until
  the lease ends: an answer that was received is not forgotten because the database was away for a moment.
* A message is written to nobody once its lease could end before the answer (`Claim.is_ours`), and settled by nobody but
  the claim that sent it: a worker that was frozen for a minute and wakes up does no harm.
* `stopping` is asked before each claim: the messages in flight are brought to their end, no other is begun.
* `on_trouble` runs in the transaction that gives a message up; `observe` right after an answer, outside of any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from steward.delivery.budget import Ways
from steward.delivery.claims import Claimed, Claimer
from steward.delivery.drain import Drain
from steward.delivery.send import Claim, ClaimLost
from steward.delivery.settling import OUTCOME_WORDS, OnTrouble, Sent, Settler
from steward.model.delivery import Channel, NotSent, Openings, Outcome, Unknown
from steward.model.run import Counts
from steward.model.settings.operation import DeliverySettings
from steward.store import outbox_states
from steward.store.database import Database
from steward.store.lanes import lock_claims
from steward.store.outbox import OutboxRow

log = structlog.get_logger()


class Sender(Protocol):
    """Brings one message out of the house."""

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Send it; never raises for anything the other side does."""


def _nothing_to_prepare(now: datetime) -> Counts:
    return {}


def _unobserved(row: OutboxRow, outcome: str, seconds: float) -> None:
    return


def _never() -> bool:
    return False


def _no_sleep(seconds: float) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Brings out what is due.

    Args:
        name: no other process has it: it tells whose claim a message is.
        channels: by which may be sent at a moment; what is due by another waits (quiet hours).
        on_trouble: called in the transaction that gives a message up, so that the admins hear of it.
        ways: lanes, budgets, and what becomes of messages that may have arrived.
        prepare: called before messages are claimed, and every minute while some are; its counts join the others.
        observe: told (message, outcome word, seconds since it was due) of every try.
        parallel: how many messages are sent at once.
        answer_within: how long one request may take at most, all its timeouts together.
        linger: `deliver_due` goes on while something falls due within that time.
        sleep: takes seconds.
        stopping: tells that the process is to end.
    """

    name: str
    database: Database
    sender: Sender
    settings: DeliverySettings
    now: Callable[[], datetime]
    uniform: Callable[[], float]
    channels: Callable[[datetime], Openings | Collection[Channel]]
    on_trouble: OnTrouble
    ways: Ways = field(default_factory=Ways)
    prepare: Callable[[datetime], Counts] = _nothing_to_prepare
    observe: Callable[[OutboxRow, str, float], None] = _unobserved
    parallel: int = 1
    answer_within: timedelta = timedelta()
    linger: timedelta = timedelta()
    sleep: Callable[[float], None] = _no_sleep
    stopping: Callable[[], bool] = _never

    def deliver_due(
        self, *, at_most: int | None = None, stopping: Callable[[], bool] | None = None
    ) -> Counts:
        """Send what is due, most urgent first, until nothing is or `at_most` were tried.

        Args:
            stopping: in place of the worker's own.

        Returns:
            Counts: sent, retried, failed_dead, failed_unknown, failed_expired, overtaken (somebody else had decided
            meanwhile), and those of `prepare`. Absent = none.
        """
        with ExitStack() as stack:
            pool: Executor | None = None
            if self.parallel > 1:
                pool = stack.enter_context(ThreadPoolExecutor(self.parallel, thread_name_prefix="send"))
            drain = Drain(
                worker=self,
                claimer=self._claimer(),
                pool=pool,
                left=at_most,
                stopping=stopping or self.stopping,
            )
            return drain.run()

    def deliver_one(self) -> str | None:
        """Send the message that is due first; returns what became of it, None when nothing is due."""
        with self.database.begin() as connection:
            lock_claims(connection)
            claimed = self._claimer().claim(connection, self.now(), 1)
        if not claimed:
            return None
        [word] = self.settle([self.send(claimed[0])])
        return word

    def tidy(self) -> Counts:
        """Decide about what a dead worker left behind, give up what came too late, and prepare what waits."""
        counts: Counter[str] = Counter()
        settler = self.settler
        for step in (settler.take_back_lapsed, settler.ask_about_forgotten, settler.give_up_expired):
            with self.database.begin() as connection:
                lock_claims(connection)
                counts.update(step(connection, self.now()))
        counts.update(self.prepare(self.now()))
        return counts

    def send(self, claimed: Claimed) -> Sent:
        """Send one claimed message. No transaction is open meanwhile."""
        row = claimed.row
        outcome: Outcome
        try:
            outcome = self.sender.send(row, self._claim_of(claimed))
        except ClaimLost:
            outcome = NotSent(detail="领走之后停顿过久，这条消息已不归本进程处理，没有发送")
        except Exception as error:
            # A fault of ours, and nobody knows how far it came. One such message must not keep back the others.
            log.exception(f"{row.topic}：发送出错", action="send_crashed", outbox_id=row.id)
            outcome = Unknown(detail=f"{type(error).__name__}: {error}")
        at = self.now()
        try:
            self.observe(row, OUTCOME_WORDS[type(outcome)], (at - row.next_attempt_at).total_seconds())
        except Exception:
            log.exception("无法记录一次发送的指标", action="observer_failed", outbox_id=row.id)
        return Sent(claimed, outcome, at)

    def _claim_of(self, claimed: Claimed) -> Claim:
        def is_ours() -> bool:
            return self.now() + self.answer_within < claimed.lease_until

        def keep(body: Mapping[str, Any]) -> None:
            with self.database.begin() as connection:
                if not outbox_states.save_body(connection, claimed.row, body, worker=self.name):
                    raise ClaimLost

        if not is_ours():
            raise ClaimLost
        return Claim(lane=claimed.lane, is_ours=is_ours, keep=keep)

    def settle(self, sent: Sequence[Sent]) -> list[str]:
        """Write down what became of messages, one by one in one transaction; returns a word for each."""
        with self.database.begin() as connection:
            lock_claims(connection)
            settler = self.settler
            return [word for one in sent for word in settler.settle(connection, [one])]

    @property
    def settler(self) -> Settler:
        """What writes down what became of messages, in a transaction."""
        return Settler(
            worker=self.name,
            settings=self.settings,
            ways=self.ways,
            uniform=self.uniform,
            on_trouble=self.on_trouble,
        )

    def _claimer(self) -> Claimer:
        return Claimer(
            worker=self.name,
            lease=timedelta(seconds=self.settings.lease_s),
            ways=self.ways,
            openings=self._openings,
        )

    def _openings(self, now: datetime) -> Openings:
        found = self.channels(now)
        return found if isinstance(found, Openings) else Openings(channels=frozenset(found))
