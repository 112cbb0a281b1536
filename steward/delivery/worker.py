"""Claim, send, settle, one message at a time; each of the three is committed before the next begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from steward.delivery.policy import Attempted, decide
from steward.delivery.send import KeepBody
from steward.model.delivery import (
    Accepted,
    AskAPerson,
    Channel,
    Decision,
    Done,
    GiveUp,
    NotSent,
    Outcome,
    Refused,
    RetryAt,
    Unknown,
)
from steward.model.run import Counts
from steward.model.settings.operation import DeliverySettings
from steward.store import outbox as rows
from steward.store.database import Database

log = structlog.get_logger()
_OUTCOME_WORDS = {Accepted: "accepted", Refused: "refused", NotSent: "not_sent", Unknown: "unknown"}


class Sender(Protocol):
    """Brings one message out of the house."""

    def send(self, row: rows.OutboxRow, keep_body: KeepBody) -> Outcome:
        """Send it; never raises for anything the other side does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Brings out what is due.

    Args:
        name: no other process has it: it tells whose claim a message is.
        channels: by which may be sent at a moment; what is due by another waits (quiet hours).
        on_trouble: called in the transaction that gives a message up, so that the admins hear of it.
    """

    name: str
    database: Database
    sender: Sender
    settings: DeliverySettings
    now: Callable[[], datetime]
    uniform: Callable[[], float]
    channels: Callable[[datetime], Collection[Channel]]
    on_trouble: Callable[[Connection, rows.OutboxRow, str, str | None], None]

    def deliver_due(self, *, at_most: int = 1000, stopping: Callable[[], bool] = lambda: False) -> Counts:
        """Send what is due, most urgent first, until nothing is or `at_most` were tried.

        Returns:
            Counts: sent, retried, failed_dead, failed_unknown, failed_expired. Absent = none.
        """
        counts: Counter[str] = Counter()
        counts.update(self._take_back_lapsed())
        counts.update(self._give_up_expired())
        for _ in range(at_most):
            if stopping() or not (word := self.deliver_one()):
                break
            counts[word] += 1
        return +counts

    def deliver_one(self) -> str | None:
        """Send the message that is due first; returns what became of it, None when nothing is due."""
        with self.database.begin() as connection:
            now = self.now()
            lease_until = now + timedelta(seconds=self.settings.lease_s)
            claimed = rows.claim(
                connection,
                worker=self.name,
                now=now,
                lease_until=lease_until,
                channels=self.channels(now),
            )
        if claimed is None:
            return None
        row, attempt_id = claimed
        outcome = self._send(row)
        return self._settle(row, attempt_id, outcome)

    def _send(self, row: rows.OutboxRow) -> Outcome:
        def keep_body(body: Mapping[str, Any]) -> None:
            with self.database.begin() as connection:
                rows.save_body(connection, row.id, body)

        try:
            return self.sender.send(row, keep_body)
        except Exception as error:
            # A fault of ours, and nobody knows how far it came. One such message must not keep back the others.
            log.exception(f"{row.topic}：发送出错", action="send_crashed", outbox_id=row.id)
            return Unknown(detail=f"{type(error).__name__}: {error}")

    def _settle(self, row: rows.OutboxRow, attempt_id: int, outcome: Outcome) -> str:
        now = self.now()
        with self.database.begin() as connection:
            decision = self._decide(connection, row, outcome, now)
            rows.finish_attempt(
                connection,
                attempt_id,
                outcome=_OUTCOME_WORDS[type(outcome)],
                errcode=outcome.errcode if isinstance(outcome, Refused) else None,
                detail=None if isinstance(outcome, Accepted) else outcome.detail,
                now=now,
            )
            return self._write(connection, row, outcome, decision, now)

    def _decide(
        self, connection: Connection, row: rows.OutboxRow, outcome: Outcome, now: datetime
    ) -> Decision:
        first_at = rows.first_attempt_at(connection, row.id) or now
        tried = Attempted(channel=row.channel, attempts=row.attempts, first_at=first_at, now=now)
        return decide(outcome, tried, self.settings, uniform=self.uniform)

    def _write(
        self,
        connection: Connection,
        row: rows.OutboxRow,
        outcome: Outcome,
        decision: Decision,
        now: datetime,
    ) -> str:
        errcode = outcome.errcode if isinstance(outcome, Refused) else None
        settle = partial(rows.settle, connection, row.id, now=now, worker=self.name, errcode=errcode)
        match decision:
            case Done():
                word, detail = "sent", _refused_text(decision)
                message_id = outcome.message_id if isinstance(outcome, Accepted) else None
                is_ours = settle(status="sent", detail=detail, message_id=message_id)
            case RetryAt():
                word, detail = "retried", decision.why
                is_ours = settle(status="pending", detail=detail, next_attempt_at=decision.at)
            case GiveUp():
                word, detail = "failed_dead", decision.why
                is_ours = settle(status="dead", detail=detail, remedy=decision.remedy)
            case AskAPerson():
                word, detail = "failed_unknown", decision.why
                is_ours = settle(status="unknown", detail=detail)
        log.info(f"{row.topic}：{word}", action=word, outbox_id=row.id, errcode=errcode, detail=detail)
        if is_ours and detail is not None and not isinstance(decision, RetryAt):
            remedy = decision.remedy if isinstance(decision, GiveUp) else None
            self._tell(connection, row, detail, remedy)
        return word

    def _tell(self, connection: Connection, row: rows.OutboxRow, why: str, remedy: str | None) -> None:
        # What became of the message is written in any case, even where the admins cannot be told.
        try:
            with connection.begin_nested():
                self.on_trouble(connection, row, why, remedy)
        except Exception:
            log.exception(f"{row.topic}：无法通知管理员", action="alert_failed", outbox_id=row.id)

    def _give_up_expired(self) -> Counts:
        with self.database.begin() as connection:
            expired = rows.expire(connection, now=self.now())
            for row in expired:
                last = f"；最后一次：{row.detail}" if row.detail else ""
                self._tell(connection, row, f"过了有效期仍未发出{last}", row.remedy)
        return {"failed_expired": len(expired)}

    def _take_back_lapsed(self) -> Counts:
        """Decide about messages whose worker died: they may have been sent, so never simply "pending"."""
        counts: Counter[str] = Counter()
        with self.database.begin() as connection:
            now = self.now()
            for row in rows.load_lapsed(connection, now=now):
                decision = self._decide(connection, row, Unknown(detail="发送途中进程中断"), now)
                if isinstance(decision, RetryAt):
                    rows.release_lapsed(connection, row.id, status="pending", now=now)
                    counts["retried"] += 1
                elif isinstance(decision, AskAPerson) and rows.release_lapsed(
                    connection, row.id, status="unknown", now=now, detail=decision.why
                ):
                    self._tell(connection, row, decision.why, None)
                    counts["failed_unknown"] += 1
        return counts


def _refused_text(done: Done) -> str | None:
    if not done.refused_recipients:
        return None
    return "企业微信未能送达：" + "、".join(done.refused_recipients)
