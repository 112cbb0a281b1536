"""The gate: queue messages in the transaction of the state they tell of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.clock.quiet_hours import end_of_quiet, in_quiet_hours
from steward.model.delivery import PERSON_CHANNELS, Channel, Delivery
from steward.model.settings.policies import Policy
from steward.store.outbox import insert_delivery

LIMIT_BYTES = {"app": 2048, "bot": 4096, "appchat": 2048}
"""Of a markdown text, in UTF-8 bytes (document paths 90236, 99110, 90248)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What every message is held against before it is queued.

    The service obeys what it enforces [C16]: nothing is posted to a group in quiet hours; it waits.
    """

    policy: Policy
    zone: ZoneInfo

    def enqueue(self, connection: Connection, deliveries: Iterable[Delivery], *, now: datetime) -> int:
        """Queue the messages whose key was never queued; returns how many those were.

        Raises:
            ValueError: a text is longer than its channel carries. That is a fault of whoever composed it.
        """
        return sum(
            insert_delivery(connection, self._timed(_fitting(delivery), now), now=now) is not None
            for delivery in deliveries
        )

    def _timed(self, delivery: Delivery, now: datetime) -> Delivery:
        due = max(now, delivery.not_before_at or now)
        if delivery.channel in PERSON_CHANNELS or not in_quiet_hours(due, *self._quiet):
            return delivery
        return replace(delivery, not_before_at=end_of_quiet(due, *self._quiet))

    def open_channels(self, now: datetime) -> Collection[Channel]:
        """Return by which channels may be sent now: a message that comes late into quiet hours waits them out, too."""
        return PERSON_CHANNELS if in_quiet_hours(now, *self._quiet) else get_args(Channel)

    @property
    def _quiet(self) -> tuple[time, time, ZoneInfo]:
        return self.policy.quiet_from, self.policy.quiet_until, self.zone


def _fitting(delivery: Delivery) -> Delivery:
    text = delivery.body.get("markdown", delivery.body.get("text", {})).get("content", "")
    size = len(text.encode())
    if size > LIMIT_BYTES[delivery.channel]:
        raise ValueError(
            f"{delivery.topic}: {size} bytes, but {delivery.channel} carries {LIMIT_BYTES[delivery.channel]}"
        )
    return delivery
