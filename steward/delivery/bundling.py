"""What waits for one recipient at the same moment becomes one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection

from steward.delivery.body import content_of, limit_bytes, merge_form, merged_body, text_type
from steward.delivery.markup import size_bytes, visible_characters
from steward.model.delivery import GROUP_CHANNELS, Channel, Delivery
from steward.model.run import Counts
from steward.store.bundles import PAGE, load_crowded, merge
from steward.store.database import Database
from steward.store.outbox import OutboxRow

TOPIC: Final = "bundle"
"""Of a message whose parts tell of different things; where they tell of the same it keeps their topic."""
CHANNELS: Final[tuple[Channel, ...]] = ("app", "bot", "appchat", "email")
AHEAD: Final = timedelta(seconds=90)
"""Longer than the pause between two rounds: what falls due before the next one is put together in this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundler:
    """Puts waiting messages together.

    Only texts that were never tried are merged: the bytes of one that may have arrived must stay as they are.
    Files and parts of a long text stay alone, and so does a message to several people at once, unless another
    one goes to exactly the same. What is urgent is not mixed with what is not.

    Args:
        post_characters: how long our own posts to a group may be [C9].
    """

    database: Database
    post_characters: int

    def run(self, now: datetime) -> Counts:
        """Merge what is due now, and what falls due at one and the same moment soon.

        Returns:
            Counts: bundles, merged (messages that became part of one). Absent = none.
        """
        counts: Counter[str] = Counter()
        after: tuple[str, str] | None = None
        while True:
            with self.database.begin() as connection:
                found = load_crowded(connection, CHANNELS, until=now + AHEAD, after=after)
                is_last = len(found) < PAGE
                rows = found if is_last else _whole_recipients(found)
                counts.update(self._merge(connection, rows, now))
            if is_last:
                return +counts
            after = _to(rows[-1])

    def _merge(self, connection: Connection, rows: Sequence[OutboxRow], now: datetime) -> Counts:
        counts: Counter[str] = Counter()
        for chosen in decide_bundles(rows, now, self.post_characters):
            ids = [row.id for row in chosen]
            if merge(connection, bundle_of(chosen), ids, now=now) is not None:
                counts.update(bundles=1, merged=len(ids))
        return counts


def _whole_recipients(rows: Sequence[OutboxRow]) -> Sequence[OutboxRow]:
    """Return the rows without those of the last recipient, who may have more; all where there is no other."""
    whole = [row for row in rows if _to(row) != _to(rows[-1])]
    return whole or rows


def _to(row: OutboxRow) -> tuple[str, str]:
    return row.channel, row.recipient


def decide_bundles(
    rows: Iterable[OutboxRow], now: datetime, post_characters: int
) -> Iterator[tuple[OutboxRow, ...]]:
    """Yield what goes together, each bundle of two or more, in the order of sending.

    The texts of a bundle fit in one message, and in a group in one post of allowed length; where they do not all
    fit, the next bundle begins.
    """
    known = sorted((row for row in rows if _is_loose(row)), key=lambda row: (_address(row, now), _order(row)))
    for _, together in groupby(known, key=lambda row: _address(row, now)):
        for bundle in _packed(together, post_characters):
            if len(bundle) > 1:
                yield tuple(bundle)


def bundle_of(rows: Sequence[OutboxRow]) -> Delivery:
    """Return the one message that stands for several.

    It is worth sending for as long as any part of it is; a part that expires while it waits is taken out before
    the next try (see `steward.delivery.recheck`).
    """
    expiries = [row.expires_at for row in rows]
    topics = {row.topic for row in rows}
    return Delivery(
        idempotency_key="bundle:" + "+".join(str(row.id) for row in rows),
        channel=rows[0].channel,
        recipient=rows[0].recipient,
        body=merged_body([row.body for row in rows]),
        topic=topics.pop() if len(topics) == 1 else TOPIC,
        priority=min(row.priority for row in rows),
        urgent=rows[0].urgent,
        not_before_at=max(row.next_attempt_at for row in rows),
        expires_at=None if None in expiries else max(at for at in expiries if at is not None),
        about={"parts": [row.id for row in rows]},
    )


def fits(body: Mapping[str, Any], channel: Channel, post_characters: int) -> bool:
    """Return whether a text is short enough for one message, and to a group for one post."""
    kind = text_type(body)
    if kind is None:
        return True
    content, limit = content_of(body), limit_bytes(channel, kind)
    if limit is not None and size_bytes(content) > limit:
        return False
    return channel not in GROUP_CHANNELS or visible_characters(content, kind) <= post_characters


def _packed(rows: Iterable[OutboxRow], post_characters: int) -> Iterator[list[OutboxRow]]:
    bundle: list[OutboxRow] = []
    for row in rows:
        bodies = [one.body for one in (*bundle, row)]
        if bundle and not fits(merged_body(bodies), row.channel, post_characters):
            yield bundle
            bundle = []
        bundle.append(row)
    yield bundle


def _is_loose(row: OutboxRow) -> bool:
    return merge_form(row.body) is not None and row.follows is None and "part" not in (row.about or {})


def _address(row: OutboxRow, now: datetime) -> tuple[str, str, str, bool, datetime]:
    """Return what must be the same for two messages to be one: where to, in what form, and when."""
    form = merge_form(row.body) or ""
    return row.channel, row.recipient, form, row.urgent, max(now, row.next_attempt_at)


def _order(row: OutboxRow) -> tuple[int, datetime, int]:
    return row.priority, row.next_attempt_at, row.id
