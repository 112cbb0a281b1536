"""What became of every message, by the receiving side's count and by the rows, and whether the two agree. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.scenarios.campaign.plan import Planned

SETTLED = frozenset({"sent", "dead", "unknown", "expired", "cancelled"})
GROUPS = frozenset({"bot", "appchat"})
_KEY = re.compile(r"campaign:\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt as the rows tell it. `outcome` None: whoever made it never came back."""

    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    errcode: int | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One row of the outbox with its attempts."""

    id: int
    key: str
    channel: str
    status: str
    detail: str | None
    remedy: str | None
    merged_into: int | None
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message as the receiving side has it. `to`: those it was shown to."""

    at: datetime
    channel: str
    to: tuple[str, ...]
    marks: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What was done to the service: somebody killed, frozen, or cut off. `pid` None: it hit all processes."""

    kind: str
    from_at: datetime
    until_at: datetime
    pid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the judgement rests on.

    Args:
        unanswered: marks of the messages whose answer the receiving side kept back.
        drops: how many messages were shown to nobody because a member had too many.
        most_by_bot: bot -> the most of its messages within 60 s, as the receiving side counted.
        edge: a post may come that long into the quiet hours: it was on its way when they began.
    """

    day: Sequence[Planned]
    fates: Sequence[Fate]
    arrivals: Sequence[Arrival]
    unanswered: Collection[str]
    disturbances: Sequence[Disturbance]
    drops: int
    most_by_bot: Mapping[str, int]
    zone: ZoneInfo
    quiet: tuple[time, time]
    edge: timedelta


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Counts by channel, and every single thing that is wrong, in words."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrongs: list[str] = field(default_factory=list)

    def wrong(self, channel: str, word: str, text: str) -> None:
        self.counts[channel][word] += 1
        self.wrongs.append(f"{word}: {text}")


def judge(evidence: Evidence) -> Verdict:
    """Count what arrived against what was planned."""
    verdict = Verdict()
    rows = _Rows(evidence.fates)
    shown = _shown(evidence.arrivals)
    for one in evidence.day:
        verdict.counts[one.channel]["messages"] += 1
        _judge_one(one, rows, shown, evidence, verdict)
    _judge_quiet(evidence, verdict)
    for bot, most in evidence.most_by_bot.items():
        if most > 20:
            verdict.wrong("bot", "over 20 in 60 s", f"{bot}: {most}")
    if evidence.drops:
        verdict.wrong("app", "dropped", f"{evidence.drops} messages shown to nobody: a member had too many")
    return verdict


class _Rows:
    """The rows of a message: its own or its parts, each followed to the row that carries it."""

    def __init__(self, fates: Iterable[Fate]) -> None:
        self._by_id = {one.id: one for one in fates}
        self._by_message: defaultdict[str, list[Fate]] = defaultdict(list)
        for one in self._by_id.values():
            self._by_message[message_key(one.key)].append(one)

    def of(self, key: str) -> list[Fate]:
        return [self._carrier(one) for one in self._by_message.get(key, [])]

    def _carrier(self, one: Fate) -> Fate:
        if one.status == "merged" and one.detail:
            # It was taken out of the message that was to carry it, and says why.
            return replace(one, status="cancelled")
        passed: set[int] = set()
        while one.status == "merged" and one.merged_into in self._by_id and one.id not in passed:
            passed.add(one.id)
            one = self._by_id[one.merged_into]
        return one


def message_key(row_key: str) -> str:
    """Return the key of the message a row is a part of: `campaign:7:2/3` is a part of `campaign:7`."""
    found = _KEY.match(row_key)
    return found[0] if found else row_key


def _shown(arrivals: Iterable[Arrival]) -> dict[str, Counter[str]]:
    shown: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in arrivals:
        for marked in one.marks:
            shown[marked].update(one.to)
    return shown


def _judge_one(
    one: Planned, rows: _Rows, shown: Mapping[str, Counter[str]], evidence: Evidence, verdict: Verdict
) -> None:
    found = rows.of(one.key)
    counts = verdict.counts[one.channel]
    what = f"{one.key} ({one.kind}) → {[(row.id, row.status, row.detail) for row in found]}"
    if not found:
        verdict.wrong(one.channel, "lost", f"{what}: never queued")
        return
    for status in {row.status for row in found}:
        counts[status] += 1
    times = {(marked, to): shown.get(marked, Counter())[to] for marked in one.marks for to in one.reaches}
    strays = {to for marked in one.marks for to in shown.get(marked, ())} - set(one.reaches)
    if strays:
        verdict.wrong(one.channel, "misled", f"{what}: shown to {sorted(strays)}")
    if one.reaches and all(times.values()):
        counts["arrived"] += 1
    if any(count > 1 for count in times.values()):
        verdict.wrong(one.channel, "doubled", f"{what}: {max(times.values())} times")
    _judge_fates(one, found, times, what, verdict)
    if one.channel != "app":
        _judge_doubt(one, found, evidence, what, verdict)


def _judge_fates(
    one: Planned,
    found: Sequence[Fate],
    times: Mapping[tuple[str, str], int],
    what: str,
    verdict: Verdict,
) -> None:
    if any(row.status not in SETTLED for row in found):
        verdict.wrong(one.channel, "lost", f"{what}: nothing became of it")
        return
    if all(row.status == "sent" for row in found):
        missing = sorted({to for (_, to), count in times.items() if not count})
        if missing or not one.reaches:
            verdict.wrong(
                one.channel, "lost", f"{what}: said to be sent, not shown to {missing or 'anybody'}"
            )
        return
    silent = [row.id for row in found if row.status not in ("sent", "cancelled") and not row.detail]
    if silent:
        verdict.wrong(one.channel, "without a reason", f"{what}: {silent}")
    if any(row.status in ("dead", "expired") for row in found) and times and all(times.values()):
        # An app message can arrive unheard and its repetition be refused for good. Nothing is lost by it.
        verdict.counts[one.channel]["arrived yet given up"] += 1
        if one.channel != "app" and len(found) == 1:
            verdict.wrong(one.channel, "misjudged", f"{what}: it arrived")


def _judge_doubt(
    one: Planned, found: Sequence[Fate], evidence: Evidence, what: str, verdict: Verdict
) -> None:
    """Every message whose answer never came and that nobody would recognise again is `unknown`, and no other."""
    unheard = any(marked in evidence.unanswered for marked in one.marks)
    unknown = [row for row in found if row.status == "unknown"]
    if unheard and not unknown:
        verdict.wrong(one.channel, "not listed", f"{what}: its answer was kept back")
    if unknown and not unheard and not any(_is_explained(row, evidence) for row in unknown):
        verdict.wrong(one.channel, "needlessly unknown", f"{what}: {unknown[0].tries}")


def _is_explained(row: Fate, evidence: Evidence) -> bool:
    """Tell whether its last attempt was under way when something was done to the service."""
    if not row.tries:
        return False
    last = row.tries[-1]
    for one in evidence.disturbances:
        ended_at = last.finished_at or one.until_at
        touched = last.started_at <= one.until_at and ended_at >= one.from_at
        if touched and (one.pid is None or last.by is None or last.by.endswith(f":{one.pid}")):
            return True
    return False


def _judge_quiet(evidence: Evidence, verdict: Verdict) -> None:
    begin, end = evidence.quiet
    urgent = {marked for one in evidence.day if one.delivery.urgent for marked in one.marks}
    for one in evidence.arrivals:
        # Persons may be woken by what is urgent, and the admins' alerts carry no mark of ours.
        if one.channel not in GROUPS and not one.marks - urgent:
            continue
        local = one.at.astimezone(evidence.zone)
        if end <= local.time() < begin:
            continue
        began_at = local.replace(hour=begin.hour, minute=begin.minute, second=0, microsecond=0)
        if timedelta(0) <= local - began_at <= evidence.edge:
            verdict.counts[one.channel]["on the edge of quiet hours"] += 1
        else:
            verdict.wrong(one.channel, "in quiet hours", f"{one.to} at {local}: {sorted(one.marks)}")
