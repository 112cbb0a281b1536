"""What becomes of a message after an attempt: a table, and bounds that hold for any number."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.delivery.policy import (
    CLOSED_FOR,
    DUPLICATE_CHECK,
    MOST_RESENDS,
    Attempted,
    backoff,
    closes_for,
    decide,
)
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
from steward.model.settings.operation import DeliverySettings
from tests.factories import NOW

SETTINGS = DeliverySettings()
PATIENCE = timedelta(hours=SETTINGS.give_up_after_hours)
LATE = NOW - PATIENCE


def refused(errcode: int, retry_class: Any, **over: Any) -> Refused:
    return Refused(errcode=errcode, detail=f"message/send: {errcode}", retry_class=retry_class, **over)


def decided(
    outcome: Outcome, channel: Channel = "app", attempts: int = 1, first_at: datetime = NOW
) -> Decision:
    tried = Attempted(channel=channel, attempts=attempts, first_at=first_at, now=NOW)
    return decide(outcome, tried, SETTINGS, uniform=lambda: 0.5)


TABLE: list[tuple[Outcome, Channel, int, datetime, type[Decision]]] = [
    (Accepted(), "app", 1, NOW, Done),
    (Accepted(refused_recipients=("lisi",)), "app", 9, LATE, Done),
    (Unknown(detail="cut"), "app", 1, NOW, RetryAt),
    (Unknown(detail="cut"), "app", 50, LATE + timedelta(hours=3), RetryAt),
    (Unknown(detail="cut"), "app", 1, NOW - DUPLICATE_CHECK, AskAPerson),
    (Unknown(detail="cut"), "bot", 1, NOW, AskAPerson),
    (Unknown(detail="cut"), "appchat", 1, NOW, AskAPerson),
    (NotSent(detail="no route"), "bot", 1, NOW, RetryAt),
    (NotSent(detail="no route"), "bot", 40, LATE, GiveUp),
    (refused(-1, "retry"), "app", 1, NOW, RetryAt),
    (refused(-1, "retry"), "app", 30, NOW, RetryAt),
    (refused(-1, "retry"), "app", 30, LATE, GiveUp),
    (refused(987654, "retry"), "app", SETTINGS.max_attempts - 1, NOW, RetryAt),
    (refused(987654, "retry"), "app", SETTINGS.max_attempts, NOW, GiveUp),
    (refused(45009, "wait", wait=timedelta(minutes=1)), "bot", 1, NOW, RetryAt),
    (refused(45009, "wait", wait=timedelta(days=30)), "app", 1, NOW, GiveUp),
    (refused(42001, "token"), "app", 1, NOW, RetryAt),
    (refused(42001, "token"), "app", 99, LATE, GiveUp),
    (refused(81013, "never"), "app", 1, NOW, GiveUp),
    (refused(93000, "never"), "bot", 1, NOW, GiveUp),
]


@pytest.mark.parametrize(("outcome", "channel", "attempts", "first_at", "expected"), TABLE)
def test_decision_follows_from_outcome_channel_tries_and_patience(
    outcome: Outcome, channel: Channel, attempts: int, first_at: datetime, expected: type[Decision]
) -> None:
    assert isinstance(decided(outcome, channel, attempts, first_at), expected)


def test_limit_is_waited_out_for_as_long_as_wecom_says() -> None:
    decision = decided(refused(45009, "wait", wait=timedelta(minutes=7)))
    assert decision == RetryAt(at=NOW + timedelta(minutes=7), why="message/send: 45009")


def test_limit_is_waited_out_for_a_minute_when_wecom_does_not_say() -> None:
    assert decided(refused(45036, "wait")) == RetryAt(
        at=NOW + timedelta(minutes=1), why="message/send: 45036"
    )


def test_person_is_told_why_and_what_to_do_when_a_message_is_given_up() -> None:
    decision = decided(refused(93000, "never", remedy="重新添加机器人"), "bot")
    assert decision == GiveUp(why="message/send: 93000", remedy="重新添加机器人")
    late = decided(NotSent(detail="no route", remedy="检查网络"), attempts=12, first_at=LATE)
    assert late == GiveUp(why="6 小时内试了 12 次未成功：no route", remedy="检查网络")


def test_refused_recipients_are_handed_on() -> None:
    assert decided(Accepted(refused_recipients=("lisi",))) == Done(refused_recipients=("lisi",))


@given(
    attempts=st.integers(1, 10_000),
    uniform=st.floats(0, 1, exclude_max=True),
    base=st.floats(0.1, 600),
    cap=st.floats(1, 86_400),
)
def test_pause_lies_between_nothing_and_a_doubling_ceiling(
    attempts: int, uniform: float, base: float, cap: float
) -> None:
    settings = DeliverySettings(backoff_base_s=base, backoff_cap_s=cap)
    pause_s = backoff(attempts, settings, lambda: uniform).total_seconds()
    assert 0 <= pause_s <= cap + 1e-6
    assert pause_s <= base * 2 ** min(attempts - 1, 60) + 1e-6


@given(
    outcome=st.sampled_from([row[0] for row in TABLE]),
    channel=st.sampled_from(["app", "bot", "appchat"]),
    attempts=st.integers(1, 1000),
    since_s=st.integers(0, 40 * 3600),
    uniform=st.floats(0, 1, exclude_max=True),
)
def test_message_is_never_retried_in_the_past_nor_for_ever(
    outcome: Outcome, channel: Channel, attempts: int, since_s: int, uniform: float
) -> None:
    first_at = NOW - timedelta(seconds=since_s)
    tried = Attempted(channel=channel, attempts=attempts, first_at=first_at, now=NOW)
    decision = decide(outcome, tried, SETTINGS, uniform=lambda: uniform)
    if isinstance(decision, RetryAt):
        assert NOW <= decision.at <= first_at + PATIENCE
        # What may have arrived is repeated only where WeCom knows it again.
        assert not isinstance(outcome, Unknown) or (
            channel == "app" and decision.at < first_at + DUPLICATE_CHECK
        )


def again(outcome: Outcome, channel: Channel, attempts: int = 1, **over: Any) -> Decision:
    tried = Attempted(channel=channel, attempts=attempts, first_at=NOW, now=NOW, **over)
    return decide(outcome, tried, SETTINGS, uniform=lambda: 0.5)


@pytest.mark.parametrize("channel", ["bot", "appchat", "email", "webhook"])
def test_message_that_may_have_arrived_is_sent_again_only_where_the_setting_says_so(channel: Channel) -> None:
    lost = Unknown(detail="cut")
    assert isinstance(again(lost, channel), AskAPerson)
    assert isinstance(again(lost, channel, on_unknown="resend"), RetryAt)
    # Three times without an answer is no accident, and each of them may have been read.
    assert isinstance(again(lost, channel, MOST_RESENDS - 1, on_unknown="resend"), RetryAt)
    assert isinstance(again(lost, channel, MOST_RESENDS, on_unknown="resend"), AskAPerson)


def test_message_goes_by_another_lane_at_once_when_this_one_is_closed() -> None:
    limit, revoked = refused(45009, "wait", wait=timedelta(minutes=1)), refused(93000, "never")
    for outcome in (limit, revoked):
        assert again(outcome, "bot", other_ways=True) == RetryAt(at=NOW, why=outcome.detail)
    assert isinstance(again(refused(45002, "never"), "bot", other_ways=True), GiveUp)
    assert isinstance(again(Unknown(detail="cut"), "bot", other_ways=True), AskAPerson)


@pytest.mark.parametrize(
    ("outcome", "channel", "closed_for"),
    [
        (refused(45009, "wait", wait=timedelta(minutes=7)), "bot", timedelta(minutes=7)),
        (refused(45009, "wait"), "app", timedelta(minutes=1)),
        (refused(93000, "never"), "bot", CLOSED_FOR),
        (refused(60020, "never"), "app", CLOSED_FOR),
        (refused(60020, "never"), "appchat", CLOSED_FOR),
        (refused(93000, "never"), "app", None),
        (refused(81013, "never"), "app", None),
        (refused(86003, "never"), "appchat", None),
        (refused(-1, "retry"), "bot", None),
        (NotSent(detail="no route"), "bot", None),
        (Unknown(detail="cut"), "bot", None),
        (Accepted(), "bot", None),
    ],
)
def test_lane_is_closed_by_what_speaks_of_the_lane_and_not_of_the_message(
    outcome: Outcome, channel: Channel, closed_for: timedelta | None
) -> None:
    assert closes_for(outcome, channel) == closed_for
