"""Write down what became of messages: attempt, budgets, lane and row, by what `policy.decide` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from steward.delivery.budget import Ways, is_exclusive
from steward.delivery.claims import Claimed
from steward.delivery.policy import REPEATED_WITHIN, Attempted, closes_for, decide, is_closing
from steward.model.delivery import (
    Accepted,
    AskAPerson,
    Decision,
    DeliveryStatus,
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
from steward.store import lanes, outbox_states
from steward.store.outbox import OutboxRow

log = structlog.get_logger()
OnTrouble = Callable[[Connection, OutboxRow, str, str | None], None]
"""(transaction, message, why, remedy): tells the admins of a message that was given up."""
OUTCOME_WORDS: Mapping[type, str] = {
    Accepted: "accepted",
    Refused: "refused",
    NotSent: "not_sent",
    Unknown: "unknown",
}
_WORDS: Mapping[type, tuple[str, DeliveryStatus]] = {
    Done: ("sent", "sent"),
    RetryAt: ("retried", "pending"),
    GiveUp: ("failed_dead", "dead"),
    AskAPerson: ("failed_unknown", "unknown"),
}
_DIED = Unknown(detail="发送途中进程中断")


class Overtaken(Exception):
    """Somebody else had decided about one of several messages meanwhile."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that came back from its sender at that moment, not yet settled."""

    claimed: Claimed
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Settles for one worker. Every method works in the caller's transaction, which has locked the claims."""

    worker: str
    settings: DeliverySettings
    ways: Ways
    uniform: Callable[[], float]
    on_trouble: OnTrouble

    def settle(self, connection: Connection, sent: Sequence[Sent]) -> list[str]:
        """Write down what became of messages; returns a word for each: sent, retried, failed_dead,
        failed_unknown, or overtaken where the message was no longer this worker's.

        Raises:
            Overtaken: of several, one was no longer this worker's. Take the transaction back and settle one by one.
        """
        self._account(connection, sent)
        decisions = [
            self._decide(connection, one.claimed.row, one.outcome, one.at, one.claimed.lane) for one in sent
        ]
        endings = [_ending(one, decision) for one, decision in zip(sent, decisions, strict=True)]
        outbox_states.finish_attempts(connection, endings)
        are_ours = outbox_states.settle(connection, endings, worker=self.worker)
        if not are_ours and len(endings) > 1:
            raise Overtaken
        for one, decision in zip(sent, decisions, strict=True):
            self._tell_of_lane(connection, one, decision)
        return [
            self._say(connection, one, decision, are_ours)
            for one, decision in zip(endings, decisions, strict=True)
        ]

    def _tell_of_lane(self, connection: Connection, sent: Sent, decision: Decision) -> None:
        """Tell the admins of a lane that was refused as such although its message goes by another one."""
        row, outcome = sent.claimed.row, sent.outcome
        if (
            isinstance(decision, RetryAt)
            and isinstance(outcome, Refused)
            and is_closing(row.channel, outcome.errcode)
        ):
            why = f"{sent.claimed.lane} 已暂停，消息改由另一个机器人发送：{outcome.detail}"
            self._tell(connection, row, why, outcome.remedy)

    def _account(self, connection: Connection, sent: Sequence[Sent]) -> None:
        """Settle what the attempts took from the budgets, let go of their lanes, and close those that must be."""
        arrived: list[tuple[int, datetime]] = []
        for one in sent:
            claimed, outcome = one.claimed, one.outcome
            if isinstance(outcome, NotSent):
                lanes.refund_spent(connection, claimed.attempt_id)
            elif not isinstance(outcome, Unknown):  # without an answer it may arrive until its lease ends
                arrived.append((claimed.attempt_id, one.at))
            if is_exclusive(claimed.lane):
                lanes.free_lane(connection, claimed.lane, worker=self.worker, until=claimed.lease_until)
            self._close(connection, one)
        if self.ways.budgets is not None:
            lanes.settle_spent(connection, arrived)

    def _close(self, connection: Connection, sent: Sent) -> None:
        lane, outcome = sent.claimed.lane, sent.outcome
        closed_for = closes_for(outcome, sent.claimed.row.channel)
        if closed_for is not None and isinstance(outcome, Refused):
            lanes.pause_lane(connection, lane, until=sent.at + closed_for, why=outcome.detail)
            log.warning(f"{lane}：暂停发送", action="lane_paused", lane=lane, errcode=outcome.errcode)

    def _decide(
        self, connection: Connection, row: OutboxRow, outcome: Outcome, now: datetime, lane: str | None
    ) -> Decision:
        if isinstance(outcome, Accepted):
            return Done(refused_recipients=outcome.refused_recipients)
        tries, first_at = outbox_states.load_tries(connection, row)
        tried = Attempted(
            channel=row.channel,
            attempts=max(1, tries),
            first_at=first_at or now,
            now=now,
            on_unknown=self.ways.when_unknown(row.channel, row.recipient),
            other_ways=lane is not None and self._has_other_ways(connection, row, lane, now),
        )
        return decide(outcome, tried, self.settings, uniform=self.uniform)

    def _has_other_ways(self, connection: Connection, row: OutboxRow, lane: str, now: datetime) -> bool:
        others = set(self.ways.lanes(row.channel, row.recipient)) - {lane}
        return bool(others) and bool(others - lanes.load_blocked(connection, now=now).paused.keys())

    def _say(
        self, connection: Connection, ending: outbox_states.Ending, decision: Decision, is_ours: bool
    ) -> str:
        row, detail = ending.row, ending.detail
        word = _word_of(decision) if is_ours else "overtaken"
        log.info(f"{row.topic}：{word}", action=word, outbox_id=row.id, errcode=ending.errcode, detail=detail)
        if is_ours and detail is not None and not isinstance(decision, RetryAt):
            self._tell(connection, row, detail, ending.remedy)
        return word

    def _tell(self, connection: Connection, row: OutboxRow, why: str, remedy: str | None) -> None:
        # What became of the message is written in any case, even where the admins cannot be told.
        try:
            with connection.begin_nested():
                self.on_trouble(connection, row, why, remedy)
        except Exception:
            log.exception(f"{row.topic}：无法通知管理员", action="alert_failed", outbox_id=row.id)

    def give_up_expired(self, connection: Connection, now: datetime) -> Counts:
        """Give up what came too late to be of use."""
        expired = outbox_states.expire(connection, now=now)
        for row in expired:
            self._tell(connection, row, row.detail or "", row.remedy)
        return {"failed_expired": len(expired)}

    def ask_about_forgotten(self, connection: Connection, now: datetime) -> Counts:
        """Leave to a person what may have arrived so long ago that WeCom would take a repetition for a new message."""
        asked = outbox_states.ask_about_forgotten(
            connection,
            tried_before=now - REPEATED_WITHIN,
            now=now,
            detail="可能已送达；等待重发的时间超出了企业微信的去重时限，再发可能重复",
        )
        for row in asked:
            log.warning(f"{row.topic}：failed_unknown", action="failed_unknown", outbox_id=row.id)
            self._tell(connection, row, row.detail or "", None)
        return {"failed_unknown": len(asked)} if asked else {}

    def take_back_lapsed(self, connection: Connection, now: datetime) -> Counts:
        """Decide about messages whose worker died: they may have been sent, so never simply "pending"."""
        counts: Counter[str] = Counter()
        for row in outbox_states.load_lapsed(connection, now=now):
            decision = self._decide(connection, row, _DIED, now, None)
            word, status = _word_of(decision), _status_of(decision)
            detail = _detail_of(decision)
            # Its lease was pause enough: what may be tried again is tried now.
            if outbox_states.release_lapsed(
                connection, row, status=status, now=now, next_attempt_at=now, detail=detail
            ):
                counts[word] += 1
                log.warning(f"{row.topic}：{word}", action=word, outbox_id=row.id, detail=_DIED.detail)
                if status != "pending":
                    self._tell(connection, row, detail or "", None)
        return counts


def _ending(sent: Sent, decision: Decision) -> outbox_states.Ending:
    outcome = sent.outcome
    return outbox_states.Ending(
        row=sent.claimed.row,
        attempt_id=sent.claimed.attempt_id,
        at=sent.at,
        outcome=OUTCOME_WORDS[type(outcome)],
        said=None if isinstance(outcome, Accepted) else outcome.detail,
        status=_status_of(decision),
        errcode=outcome.errcode if isinstance(outcome, Refused) else None,
        detail=_detail_of(decision),
        remedy=decision.remedy if isinstance(decision, GiveUp) else None,
        message_id=outcome.message_id if isinstance(outcome, Accepted) else None,
        next_attempt_at=decision.at if isinstance(decision, RetryAt) else None,
    )


def _word_of(decision: Decision) -> str:
    return _WORDS[type(decision)][0]


def _status_of(decision: Decision) -> DeliveryStatus:
    return _WORDS[type(decision)][1]


def _detail_of(decision: Decision) -> str | None:
    return _refused_text(decision) if isinstance(decision, Done) else decision.why


def _refused_text(done: Done) -> str | None:
    if not done.refused_recipients:
        return None
    return "未能送达：" + "、".join(done.refused_recipients)
