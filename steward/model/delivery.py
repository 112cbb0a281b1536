"""What is to be sent, what became of it, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Channel = Literal["app", "bot", "appchat", "email", "webhook"]
"""app: message/send to persons · bot: webhook/send to a group · appchat: appchat/send to a group we made · email:
SMTP · webhook: an HTTP address of the company's own systems."""
DeliveryStatus = Literal[
    "held", "pending", "sending", "sent", "unknown", "dead", "expired", "cancelled", "merged"
]
"""held: waits for a person to release it · pending: waits for its time · sending: a worker has claimed it · sent: it
was accepted · unknown: the answer never came, it may have arrived · dead: refused for good, a person must look ·
expired: came too late to be of use · cancelled: a person stopped it, or what it told was over before it was sent ·
merged: another message, named by `merged_into`, carries its text."""
GROUP_CHANNELS: frozenset[Channel] = frozenset({"bot", "appchat"})
"""Read by a whole group: quiet hours and the length of our own posts hold for them."""
PERSON_CHANNELS: frozenset[Channel] = frozenset({"app", "email"})
"""Read by single persons: what is urgent passes quiet hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """By which channels may be sent at a moment. By `urgent_channels` goes only what is urgent."""

    channels: frozenset[Channel]
    urgent_channels: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient, rendered: a retry sends the same bytes.

    Args:
        idempotency_key: unique for ever; a second message of the same key is not queued.
        recipient: app: userids joined by "|" · bot: the bot's name in settings (never its key) · appchat: chat id ·
            email: addresses joined by ", " · webhook: the endpoint's name in settings.
        body: the message as WeCom wants it ({"msgtype": …}); a file is {"msgtype": "file", "path", "filename"};
            email and webhook have bodies of their own, see their senders in `steward.delivery`.
        topic: what it is, for people: "daily_digest", "owner_tasks" …
        priority: lower goes first.
        short: of a text to a group, the notice of at most `own_post_max_characters` that stands in for it [C9].
        urgent: passes quiet hours; to persons only, a group is never woken [C16].
        held: waits until a person releases it.
        about: what it tells of, such as {"finding_ids": [1, 2]}; checked again before it is sent late.
    """

    idempotency_key: str
    channel: Channel
    recipient: str
    body: Mapping[str, Any]
    topic: str
    priority: int = 50
    not_before_at: datetime | None = None
    expires_at: datetime | None = None
    short: str | None = None
    urgent: bool = False
    held: bool = False
    about: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """WeCom took it. `refused_recipients` are those of several it could not reach (errcode 0 all the same)."""

    message_id: str | None = None
    refused_recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """WeCom said no. `retry_class` is the errcode's class: "retry", "wait", "token" or "never"."""

    errcode: int
    detail: str
    retry_class: Literal["retry", "wait", "token", "never"]
    wait: timedelta | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Nothing left this machine (no connection, a refused token): trying again cannot double it."""

    detail: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request was written and no answer came: it may have arrived."""

    detail: str


Outcome = Accepted | Refused | NotSent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It arrived; nothing more to do. `refused_recipients` as in `Accepted`."""

    refused_recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAt:
    """Try again at `at`."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Never try again; `why` and `remedy` go to the admins."""

    why: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAPerson:
    """It may have arrived and cannot be repeated safely: a person decides."""

    why: str


Decision = Done | RetryAt | GiveUp | AskAPerson
