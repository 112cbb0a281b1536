"""The gate: queue messages in the transaction of the state they tell of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Final, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.clock.quiet_hours import end_of_quiet, in_quiet_hours
from steward.delivery.body import LIMIT_BYTES as LIMIT_BYTES
from steward.delivery.body import content_of, limit_bytes, text_type, with_content
from steward.delivery.markup import visible_characters
from steward.delivery.split import split
from steward.model.delivery import GROUP_CHANNELS, PERSON_CHANNELS, Channel, Delivery, Openings
from steward.model.settings.policies import Policy
from steward.store.bundles import expire_unsent
from steward.store.outbox import insert_delivery

_ALL: Final[frozenset[Channel]] = frozenset(get_args(Channel))
_MACHINES: Final[frozenset[Channel]] = _ALL - GROUP_CHANNELS - PERSON_CHANNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What every message is held against before it is queued.

    The service obeys what it enforces: nothing is posted to a group in quiet hours [C16], and no long texts [C9].
    Persons are left alone in quiet hours, too, but for what is urgent; machines are written to at any time. On
    which days people are written to is for the jobs to decide: they put no reminder in the queue on a day off.
    """

    policy: Policy
    zone: ZoneInfo

    def enqueue(self, connection: Connection, deliveries: Iterable[Delivery], *, now: datetime) -> int:
        """Queue the messages whose key was never queued; returns how many those were.

        A text too long for one message is queued in parts; its first part has the message's own key, the others
        `key:2/3`, `key:3/3`, so that a second call meets the first part's row however many parts it makes. What
        would expire before it may be sent is recorded as expired and not counted.

        Raises:
            ValueError: a post to a group is longer than the policy allows and has no `short`, or a text cannot
                be cut to its channel's limit. Either is a fault of whoever composed it.
        """
        return sum(self._queue(connection, delivery, now) for delivery in deliveries)

    def openings(self, now: datetime) -> Openings:
        """Return by which channels may be sent now: what comes late into quiet hours waits them out, too."""
        if in_quiet_hours(now, *self._quiet):
            return Openings(channels=_MACHINES, urgent_channels=PERSON_CHANNELS)
        return Openings(channels=_ALL)

    def _queue(self, connection: Connection, delivery: Delivery, now: datetime) -> bool:
        timed = self._timed(self._short(delivery), now)
        late = self._too_late(timed, now)
        former: int | None = None
        for part in in_parts(timed):
            row_id = insert_delivery(connection, part, now=now, follows=former)
            if row_id is None and former is None:
                return False
            if row_id is None:
                raise ValueError(f"{part.idempotency_key}: this key belongs to another message already")
            if late:
                expire_unsent(connection, row_id, late, now=now)
            former = row_id
        return not late

    def _short(self, delivery: Delivery) -> Delivery:
        kind = text_type(delivery.body)
        if delivery.channel not in GROUP_CHANNELS or kind is None:
            return delivery
        at_most = self.policy.own_post_max_characters
        long = content_of(delivery.body)
        if len(long) <= at_most or visible_characters(long, kind) <= at_most:
            return delivery
        if delivery.short is None:
            raise ValueError(
                f"{delivery.topic}: {visible_characters(long, kind)} characters to a group, but our own posts have "
                f"at most {at_most} (own_post_max_characters); compose a `short` for it"
            )
        count, size = visible_characters(delivery.short, kind), len(delivery.short.encode())
        limit = limit_bytes(delivery.channel, kind)
        if count > at_most or (limit is not None and size > limit):
            raise ValueError(
                f"{delivery.topic}: its `short` has {count} characters and {size} bytes, but a group gets at most "
                f"{at_most} and {limit}"
            )
        return replace(delivery, body=with_content(delivery.body, delivery.short))

    def _timed(self, delivery: Delivery, now: datetime) -> Delivery:
        due = max(now, delivery.not_before_at or now)
        if self._passes(delivery) or not in_quiet_hours(due, *self._quiet):
            return delivery
        return replace(delivery, not_before_at=end_of_quiet(due, *self._quiet))

    def _too_late(self, timed: Delivery, now: datetime) -> str | None:
        due = max(now, timed.not_before_at or now)
        if timed.expires_at is None or timed.expires_at > due:
            return None
        expires, earliest = (at.astimezone(self.zone) for at in (timed.expires_at, due))
        return f"{expires:%m-%d %H:%M} 就过期了，而最早 {earliest:%m-%d %H:%M} 才能发送，所以没有发送"

    @staticmethod
    def _passes(delivery: Delivery) -> bool:
        if delivery.channel in _MACHINES:
            return True
        return delivery.urgent and delivery.channel in PERSON_CHANNELS

    @property
    def _quiet(self) -> tuple[time, time, ZoneInfo]:
        return self.policy.quiet_from, self.policy.quiet_until, self.zone


def in_parts(delivery: Delivery) -> list[Delivery]:
    """Return the message, or the several messages its text has to become, in order."""
    kind = text_type(delivery.body)
    limit = limit_bytes(delivery.channel, kind) if kind else None
    if kind is None or limit is None:
        return [delivery]
    parts = split(content_of(delivery.body), limit, kind)
    if len(parts) == 1:
        return [delivery]
    return [
        replace(
            delivery,
            idempotency_key=_part_key(delivery.idempotency_key, number, len(parts)),
            body=with_content(delivery.body, part.text),
            about={**(delivery.about or {}), "part": [number, len(parts)]},
        )
        for number, part in enumerate(parts, start=1)
    ]


def _part_key(key: str, number: int, total: int) -> str:
    return key if number == 1 else f"{key}:{number}/{total}"
