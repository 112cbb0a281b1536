"""What to do after an attempt: decided from (outcome, attempts, now), nothing else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from steward.model.settings.operation import DeliverySettings, OnUnknown
from steward.wecom.errcodes import ERRCODES

DUPLICATE_CHECK = timedelta(seconds=14400)
"""For how long WeCom recognises an identical app message (document path 90236, the longest it allows)."""
CLOSED_FOR = timedelta(hours=1)
"""How long a lane that was refused as such stays closed, until one message tries it again or a person opens it."""
MOST_RESENDS = 3
"""How often a message that may have arrived is sent at most where the setting says "resend": no answer for the third
time is no accident, and every time may have been read."""
REPEATED_WITHIN = DUPLICATE_CHECK - timedelta(minutes=5)
"""An app message that may have arrived is repeated no later than this; clocks differ, and a round takes its time."""
_TOKEN_PAUSE = timedelta(seconds=2)
_CLOSING: Mapping[Channel, frozenset[int]] = {
    "bot": frozenset({93000, 93001, 93004, 93008, 93019}),
    "app": frozenset({40001, 40013, 40056, 40091, 48001, 48002, 48006, 50003, 60020, 60031, 301002}),
    "appchat": frozenset({40001, 40013, 40091, 48001, 48006, 50003, 60020, 60031}),
    "email": frozenset({530, 534, 535}),
}
"""Refusals for good that speak of the way out and not of the message: the key was revoked, the address of this server
is not trusted, the app is disabled (meanings: document path 90313), the mail server lets us not in (RFC 4954)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """What is known of a message after an attempt.

    Args:
        attempts: counts the one that just ended.
        first_at: when the first of them began. Patience is reckoned from there, not from when the message was
            queued: one that waits for the morning has not been in vain all night.
        on_unknown: what the recipient's setting says about a message that may have arrived.
        other_ways: another lane to the same recipient is open (a bot with several keys).
    """

    channel: Channel
    attempts: int
    first_at: datetime
    now: datetime
    on_unknown: OnUnknown = "ask"
    other_ways: bool = False


def decide(
    outcome: Outcome, tried: Attempted, settings: DeliverySettings, *, uniform: Callable[[], float]
) -> Decision:
    """Decide what becomes of a message.

    Args:
        uniform: a number in [0, 1), for full jitter.
    """
    match outcome:
        case Accepted():
            return Done(refused_recipients=outcome.refused_recipients)
        case Unknown():
            return _decide_unknown(outcome, tried, settings, uniform)
        case NotSent():
            return _retry(outcome.detail, outcome.remedy, tried, settings, uniform)
        case Refused() if tried.other_ways and closes_for(outcome, tried.channel) is not None:
            return RetryAt(at=tried.now, why=outcome.detail)
        case Refused(retry_class="retry") if _is_final(outcome, tried, settings):
            return GiveUp(why=f"试了 {tried.attempts} 次仍被拒绝：{outcome.detail}", remedy=outcome.remedy)
        case Refused(retry_class="never"):
            return GiveUp(why=outcome.detail, remedy=outcome.remedy)
        case Refused(retry_class="wait"):
            at = tried.now + (outcome.wait or timedelta(minutes=1))
            return _unless_too_late(at, outcome.detail, outcome.remedy, tried, settings)
        case Refused(retry_class="token"):
            return _unless_too_late(
                tried.now + _TOKEN_PAUSE * tried.attempts, outcome.detail, outcome.remedy, tried, settings
            )
        case Refused():
            return _retry(outcome.detail, outcome.remedy, tried, settings, uniform)


def closes_for(outcome: Outcome, channel: Channel) -> timedelta | None:
    """Return for how long nothing more is sent by the lane that gave this answer; None: it stays open.

    A frequency limit closes it for its own window. A refusal of the lane itself closes it for an hour: what waits there
    is not tried and given up one by one, and the first message tells the admins.
    """
    if not isinstance(outcome, Refused):
        return None
    if outcome.retry_class == "wait":
        return outcome.wait or timedelta(minutes=1)
    return CLOSED_FOR if is_closing(channel, outcome.errcode) else None


def is_closing(channel: Channel, errcode: int | None) -> bool:
    """Tell whether an errcode refuses the lane as such, whatever is sent by it."""
    return errcode in _CLOSING.get(channel, frozenset())


def _is_final(outcome: Refused, tried: Attempted, settings: DeliverySettings) -> bool:
    # An errcode nobody knows may be a passing fault or a refusal for good: tries are bounded, not time alone. A code
    # of SMTP or HTTP says itself which it is; a mail server that lets newcomers wait needs more than eight tries.
    if tried.channel in ("email", "webhook"):
        return False
    return outcome.errcode not in ERRCODES and tried.attempts >= settings.max_attempts


def _decide_unknown(
    outcome: Unknown, tried: Attempted, settings: DeliverySettings, uniform: Callable[[], float]
) -> Decision:
    # Only an app message may be repeated without a thought: WeCom drops the second of two identical ones. A bot or an
    # app chat has no such check, and of 21 such cases measured all 21 had arrived.
    if tried.channel != "app":
        if tried.on_unknown == "resend" and tried.attempts < MOST_RESENDS:
            return _retry(outcome.detail, None, tried, settings, uniform)
        return AskAPerson(why=f"可能已送达，无法确认：{outcome.detail}")
    if tried.now - tried.first_at >= DUPLICATE_CHECK - settings_cap(settings):
        return AskAPerson(why=f"可能已送达，且已超出企业微信的去重时限：{outcome.detail}")
    return RetryAt(at=tried.now + backoff(tried.attempts, settings, uniform), why=outcome.detail)


def settings_cap(settings: DeliverySettings) -> timedelta:
    """Return the longest pause between two tries."""
    return timedelta(seconds=settings.backoff_cap_s)


def backoff(attempts: int, settings: DeliverySettings, uniform: Callable[[], float]) -> timedelta:
    """Return the pause after that many attempts: full jitter under a doubling ceiling."""
    ceiling = min(settings.backoff_cap_s, settings.backoff_base_s * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=uniform() * ceiling)


def _retry(
    why: str,
    remedy: str | None,
    tried: Attempted,
    settings: DeliverySettings,
    uniform: Callable[[], float],
) -> Decision:
    return _unless_too_late(
        tried.now + backoff(tried.attempts, settings, uniform), why, remedy, tried, settings
    )


def _unless_too_late(
    at: datetime, why: str, remedy: str | None, tried: Attempted, settings: DeliverySettings
) -> Decision:
    if at - tried.first_at > timedelta(hours=settings.give_up_after_hours):
        return GiveUp(
            why=f"{settings.give_up_after_hours} 小时内试了 {tried.attempts} 次未成功：{why}", remedy=remedy
        )
    return RetryAt(at=at, why=why)
