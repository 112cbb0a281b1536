"""What is sent later than it was written is checked against the facts before it goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Connection

from steward.delivery.body import content_of, limit_bytes, merged_body, text_type
from steward.delivery.bundling import AHEAD
from steward.delivery.markup import size_bytes
from steward.model.run import Counts
from steward.store.bundles import (
    PAGE,
    change_waiting,
    load_by_ids,
    load_late,
    lock_waiting,
    may_have_arrived,
    note_gone,
)
from steward.store.database import Database
from steward.store.outbox import OutboxRow
from steward.store.upsert import chunked

log = structlog.get_logger()
LATE: Final = timedelta(minutes=5)
"""What waited longer than this (for the morning, for its hour, for a try that succeeds) is checked."""
AGAIN: Final = timedelta(minutes=30)
"""After this long what was checked and still waits is checked again."""
_TOGETHER: Final = 200


@dataclass(frozen=True, slots=True)
class Keep:
    """Everything it says still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Nothing of it holds any more; `why` goes to whoever looks the message up. `gone` as in `Replace`."""

    why: str
    gone: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A part of it still holds: `body` says that part.

    Args:
        gone: of a bundle, the messages it does not carry any more, by id, and why.
    """

    body: Mapping[str, Any]
    gone: Mapping[int, str] = field(default_factory=dict)


Verdict = Keep | Drop | Replace
Recheck = Callable[[Connection, OutboxRow], Verdict]
"""(connection to read by, message) -> verdict. `OutboxRow.about` says what the message tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecker:
    """Looks through what is due and was queued a while ago.

    A check that fails keeps no message back: it is sent as it was, and the failure is logged. A message that may
    have arrived is not reworded, for WeCom knows a repetition by its bytes alone; nor is one whose new words would
    not fit. Parts of one long text are left as they are: half of it may be out.

    Args:
        rechecks: topic -> how to check a message of it. What has no entry, or no `about`, is sent unchecked.
    """

    database: Database
    rechecks: Mapping[str, Recheck]

    def run(self, now: datetime) -> Counts:
        """Check what is late.

        Returns:
            Counts: dropped, reworded. Absent = none.
        """
        if not self.rechecks:
            return {}
        counts: Counter[str] = Counter()
        for rows in chunked((row for row in self._late(now) if self._is_wanted(row, now)), _TOGETHER):
            verdicts = [(row, self._judge(row, now)) for row in rows]
            with self.database.begin() as connection:
                free = lock_waiting(connection, [row.id for row in rows])
                counts.update(
                    _settle(connection, row, verdict, now) for row, verdict in verdicts if row.id in free
                )
        return {word: counts[word] for word in ("dropped", "reworded") if counts[word]}

    def _late(self, now: datetime) -> Iterator[OutboxRow]:
        after_id = 0
        while True:
            with self.database.read() as connection:
                rows = load_late(connection, queued_before=now - LATE, until=now + AHEAD, after_id=after_id)
            yield from rows
            if len(rows) < PAGE:
                return
            after_id = rows[-1].id

    def _is_wanted(self, row: OutboxRow, now: datetime) -> bool:
        about = row.about or {}
        if "part" in about or not (row.topic in self.rechecks or "parts" in about):
            return False
        checked_at = about.get("checked_at")
        return checked_at is None or now - datetime.fromisoformat(checked_at) >= AGAIN

    def _judge(self, row: OutboxRow, now: datetime) -> Verdict:
        try:
            with self.database.read() as connection:
                verdict = self._ask(connection, row, now)
                is_bound = isinstance(verdict, Replace) and (
                    not _fits(verdict.body, row) or may_have_arrived(connection, row.id)
                )
                return Keep() if is_bound else verdict
        except Exception:
            log.exception(
                f"{row.topic}：无法核对，按原文发送",
                action="recheck_failed",
                outbox_id=row.id,
                topic=row.topic,
            )
            return Keep()

    def _ask(self, connection: Connection, row: OutboxRow, now: datetime) -> Verdict:
        about = row.about or {}
        if "parts" in about:
            return self._ask_all(connection, about["parts"], now)
        ask = self.rechecks.get(row.topic)
        return ask(connection, row) if ask is not None and about else Keep()

    def _ask_all(self, connection: Connection, ids: list[int], now: datetime) -> Verdict:
        """Judge a bundle by its parts, each as it was queued."""
        parts = load_by_ids(connection, ids)
        if len(parts) < len(ids):
            return Keep()
        verdicts = [self._judge_part(connection, parts[part_id], now) for part_id in ids]
        left = [
            verdict.body if isinstance(verdict, Replace) else parts[part_id].body
            for part_id, verdict in zip(ids, verdicts, strict=True)
            if not isinstance(verdict, Drop)
        ]
        gone = _gone(dict(zip(ids, verdicts, strict=True)))
        if not left:
            whys = (v.why for v in verdicts if isinstance(v, Drop))
            return Drop(why="；".join(dict.fromkeys(whys)), gone=gone)
        if all(isinstance(verdict, Keep) for verdict in verdicts):
            return Keep()
        return Replace(body=merged_body(left), gone=gone)

    def _judge_part(self, connection: Connection, part: OutboxRow, now: datetime) -> Verdict:
        if part.expires_at is not None and part.expires_at <= now:
            return Drop(why="过了有效期，不再发送")
        return self._ask(connection, part, now)


def _gone(verdicts: Mapping[int, Verdict]) -> dict[int, str]:
    """Return what is taken out of a bundle, parts of parts as well, and why."""
    gone: dict[int, str] = {}
    for part_id, verdict in verdicts.items():
        if isinstance(verdict, Drop):
            gone[part_id] = verdict.why
        if isinstance(verdict, Drop | Replace):
            gone.update(verdict.gone)
    return gone


def _fits(body: Mapping[str, Any], row: OutboxRow) -> bool:
    kind = text_type(body)
    limit = limit_bytes(row.channel, kind) if kind else None
    return kind is None or limit is None or size_bytes(content_of(body)) <= limit


def _settle(connection: Connection, row: OutboxRow, verdict: Verdict, now: datetime) -> str:
    checked = {**(row.about or {}), "checked_at": now.isoformat()}
    match verdict:
        case Drop():
            word = "dropped"
            values = {"status": "cancelled", "settled_at": now, "detail": verdict.why}
        case Replace() if verdict.body != row.body:
            word, values = "reworded", {"body": dict(verdict.body), "about": checked}
        case _:
            word, values = "kept", {"about": checked}
    if not change_waiting(connection, row, **values):
        return "taken"
    if isinstance(verdict, Drop | Replace):
        # Such a part is "merged", yet nobody will read it: its own row must say so.
        note_gone(connection, verdict.gone)
    if word != "kept":
        log.info(f"{row.topic}：{word}", action=word, outbox_id=row.id, topic=row.topic)
    return word
