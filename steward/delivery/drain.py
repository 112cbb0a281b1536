"""One call of `Worker.deliver_due`: the messages in flight, and the transactions between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog

from steward.delivery.claims import Claimed, Claimer
from steward.delivery.settling import Overtaken, Sent
from steward.model.delivery import Unknown
from steward.model.run import Counts
from steward.store import lanes
from steward.store.outbox import next_due_after

if TYPE_CHECKING:
    from steward.delivery.worker import Worker

log = structlog.get_logger()
PREPARE_EVERY = timedelta(minutes=1)
LONGEST = timedelta(minutes=1)
"""A drain that waits for budgets ends after this time all the same, so that its counts are told; the caller begins
another at once."""
_POLL_S = 0.5
_GATHER_S = 0.002
"""So long an answer waits for another one to be settled with."""
_SETTLE_AGAIN_S = 0.5


@dataclass(slots=True, kw_only=True)
class Drain:
    """Sends what is due until nothing is.

    Args:
        pool: sends several at once; None: one after the other, in this thread.
        left: how many messages may still be begun; None: any number.
    """

    worker: Worker
    claimer: Claimer
    pool: Executor | None
    left: int | None
    stopping: Callable[[], bool]
    _counts: Counter[str] = field(default_factory=Counter)
    _in_flight: int = 0
    _came_back: SimpleQueue[Sent] = field(default_factory=SimpleQueue)
    _prepared_at: datetime | None = None

    def run(self) -> Counts:
        """Drain, and return what was done. What is in flight is settled whatever happens."""
        try:
            return self._run()
        except BaseException:
            if self._in_flight:
                self._settle([self._came_back.get() for _ in range(self._in_flight)])
            raise

    def _run(self) -> Counts:
        began_at = self.worker.now()
        finished: list[Sent] = []
        while True:
            finished = self._prepare(finished)
            finished = self._send(self._settle_and_claim(finished))
            if not finished and not self._in_flight and not self._wait(began_at):
                return +self._counts

    def _prepare(self, finished: list[Sent]) -> list[Sent]:
        now = self.worker.now()
        if self._prepared_at is not None and timedelta() <= now - self._prepared_at < PREPARE_EVERY:
            return finished
        if finished:  # what is known is written down before anything else
            self._counts.update(self._settle(finished))
        self._counts.update(self.worker.tidy())
        self._prepared_at = now
        return []

    def _room(self) -> int:
        if self.left == 0 or self.stopping():
            return 0
        room = self.worker.parallel - self._in_flight
        return room if self.left is None else min(room, self.left)

    def _settle_and_claim(self, finished: Sequence[Sent]) -> list[Claimed]:
        room = self._room()
        if not finished and not room:
            return []
        worker = self.worker
        try:
            with worker.database.begin() as connection:
                lanes.lock_claims(connection)
                words = worker.settler.settle(connection, finished)
                claimed = self.claimer.claim(connection, worker.now(), room) if room else []
        except Exception as error:
            if not finished and not self._in_flight:
                raise
            if not isinstance(error, Overtaken):
                log.exception("领取下一条消息时出错；先记录已发送的结果", action="claim_failed")
            if not finished:
                return []
            self._counts.update(self._settle(finished))
            return self._settle_and_claim(())
        self._counts.update(words)
        if self.left is not None:
            self.left -= len(claimed)
        return claimed

    def _settle(self, finished: Sequence[Sent]) -> list[str]:
        """Settle alone, again and again until it works: an answer that was received must not be forgotten.

        Raises:
            Exception: the database was away until the last lease ended. Then it is as if no answer had come.
        """
        worker = self.worker
        tries = int(worker.settings.lease_s / _SETTLE_AGAIN_S)
        while True:
            try:
                return worker.settle(finished)
            except Exception:
                tries -= 1
                if tries <= 0 or worker.now() >= max(one.claimed.lease_until for one in finished):
                    raise
                log.warning(
                    "数据库暂时不可用，稍后再记录发送结果", action="settle_again", messages=len(finished)
                )
            worker.sleep(_SETTLE_AGAIN_S)

    def _send(self, claimed: Sequence[Claimed]) -> list[Sent]:
        """Begin to send, and return what came back: one at least, if anything is in flight."""
        if self.pool is None:
            return [self.worker.send(one) for one in claimed]
        for one in claimed:
            self.pool.submit(self._send_and_report, one)
        self._in_flight += len(claimed)
        if not self._in_flight:
            return []
        done = [self._came_back.get()]
        # Answers come in crowds, and one transaction for several costs little more than for one.
        with suppress(Empty):
            while len(done) < self._in_flight:
                done.append(self._came_back.get(timeout=_GATHER_S))
        self._in_flight -= len(done)
        return done

    def _send_and_report(self, claimed: Claimed) -> None:
        # A queue and not futures: waiting for the first of several futures costs more than the claim itself.
        sent = Sent(claimed, Unknown(detail="发送中断"), claimed.lease_until)
        try:
            sent = self.worker.send(claimed)
        finally:
            self._came_back.put(sent)

    def _wait(self, began_at: datetime) -> bool:
        """Wait a moment if something falls due soon; False: this drain is over."""
        worker = self.worker
        now = worker.now()
        if not worker.linger or not self._room() or not timedelta() <= now - began_at < LONGEST:
            return False
        with worker.database.read() as connection:
            moments = [next_due_after(connection, now), self.claimer.next_at()]
        if self.claimer.is_waiting:
            moments.append(now + timedelta(seconds=_POLL_S))
        ahead = [at for at in moments if at is not None and now < at <= now + worker.linger]
        if not ahead:
            return False
        worker.sleep(min((min(ahead) - now).total_seconds(), _POLL_S))
        return True
