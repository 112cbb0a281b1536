"""What becomes of planned moments: run, missed for a reason, or not yet settled. Pure: decides and touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from steward.clock.plan import Missed

GRACE: Final = timedelta(minutes=5)
"""Until then a slot is on time: a restart, a slow minute."""
FREQUENT: Final = timedelta(hours=1)
"""Slots closer than that may share one row when they are missed."""
_TICK: Final = timedelta(microseconds=1)

WhyMissed = Literal["down", "paused", "busy", "changed", "off", "older"]
"""down: no process was there · paused: by a person · busy: a run of the job was under way · changed: the schedule was
written anew · off: it was switched off · older: a newer slot was run in its place."""


class Slot(NamedTuple):
    """One planned moment. `rings_at` is when its run is to begin: the slot and its jitter."""

    key: str
    at: datetime
    rings_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSpan:
    """From when to when a schedule is paused; `until` None: open."""

    since: datetime
    until: datetime | None
    reason: str
    by: str
    until_on: date | None

    def covers(self, at: datetime) -> bool:
        """Return whether that moment lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the decision is made on.

    Args:
        seen: when a process last looked at this schedule: what rang after it, and long ago, met nobody.
        is_busy: a run of the job is under way.
        as_it_comes: the job's work is done whenever there is any, so its slots need no run.
    """

    now: datetime
    seen: datetime
    policy: Missed
    pause: PauseSpan | None = None
    is_busy: bool = False
    as_it_comes: bool = False


class MissedSlot(NamedTuple):
    """A slot that will not be run, and why."""

    slot: Slot
    why: WhyMissed


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was decided.

    Args:
        run: the slot to be run now; None: none.
        missed: in order.
        until: every slot up to then is settled once `run` has its row.
    """

    run: Slot | None = None
    missed: Sequence[MissedSlot] = field(default_factory=tuple)
    until: datetime


def settle(slots: Sequence[Slot], of: Situation) -> Settled:
    """Decide about the slots that have come and are not settled yet, ascending.

    A slot on time is run, whatever the policy; only the newest of several is, unless the policy is "each". What is
    late is run by policy: none ("skip"), the newest ("once"), each in its order ("each"). While a run of the job is
    under way nothing is run, and what may still be run waits. While the schedule is paused nothing is run at all.
    """
    due = [slot for slot in slots if slot.rings_at <= of.now]
    paused = [slot for slot in due if _is_paused(slot, of)]
    left = [slot for slot in due if not _is_paused(slot, of)]
    missed = [MissedSlot(slot, "paused") for slot in paused]
    candidates: list[Slot] = []
    if of.as_it_comes:
        missed += [
            MissedSlot(slot, "down") for slot in left if _is_late(slot, of) and slot.rings_at > of.seen
        ]
    elif of.policy == "each":
        candidates = left
    elif left:
        *older, newest = left
        missed += [MissedSlot(slot, _why(slot, of)) for slot in older]
        if of.policy == "skip" and _is_late(newest, of):
            missed.append(MissedSlot(newest, _why(newest, of)))
        else:
            candidates = [newest]
    run = candidates[0] if candidates and not of.is_busy else None
    waiting = [slot.at for slot in slots if slot.rings_at > of.now]
    waiting += [slot.at for slot in candidates if slot is not run]
    until = min(waiting) - _TICK if waiting else of.now
    return Settled(run=run, missed=sorted(missed, key=lambda one: one.slot.at), until=until)


def _is_paused(slot: Slot, of: Situation) -> bool:
    # What waited when the pause began must not run in it either.
    return of.pause is not None and (of.pause.covers(slot.rings_at) or of.pause.covers(of.now))


def _is_late(slot: Slot, of: Situation) -> bool:
    return of.now - slot.rings_at > GRACE


def _why(slot: Slot, of: Situation) -> WhyMissed:
    if not _is_late(slot, of):
        return "older"
    if slot.rings_at <= of.seen:
        return "busy"
    return "down"


class Group(NamedTuple):
    """Missed slots that are told in one row."""

    why: WhyMissed
    slots: tuple[Slot, ...]


def group_missed(missed: Sequence[MissedSlot], known: Sequence[Slot]) -> list[Group]:
    """Put neighbours of a frequent schedule that were missed for one reason together; others stand alone.

    Args:
        known: every slot of the walk, so that neighbours are known as such.
    """
    place = {slot.key: number for number, slot in enumerate(known)}
    groups: list[Group] = []
    for slot, why in missed:
        last = groups[-1] if groups else None
        if (
            last is not None
            and last.why == why
            and place[slot.key] == place[last.slots[-1].key] + 1
            and slot.at - last.slots[-1].at < FREQUENT
        ):
            groups[-1] = Group(why, (*last.slots, slot))
        else:
            groups.append(Group(why, (slot,)))
    return groups


def without_taken(slots: Sequence[Slot], taken: Mapping[str, int]) -> list[Slot]:
    """Return the slots about which nothing is written yet; `taken`: slot -> how many slots its row stands for."""
    left: list[Slot] = []
    covered = 0
    for slot in slots:
        covered = max(covered - 1, taken.get(slot.key, 0))
        if covered <= 0:
            left.append(slot)
    return left


def why_words(
    why: WhyMissed, *, now: datetime, seen: datetime, zone: ZoneInfo, pause: PauseSpan | None
) -> str:
    """Return the reason as the history tells it."""
    match why:
        case "down":
            return f"服务没有运行（{_moment(seen, zone)} 至 {_moment(now, zone)}）"
        case "paused" if pause is not None:
            until = f"至 {pause.until_on} 恢复" if pause.until_on else "恢复时间未定"
            return f"已由 {pause.by} 暂停（{_moment(pause.since, zone)} 起，{until}）：{pause.reason}"
        case "busy":
            return "前一次运行还没有结束，这一次不补做"
        case "changed":
            return "这之前日程改了，新的日程里没有这一次"
        case "off":
            return "这之前任务停用了（enabled = false）"
        case _:
            return "没有按时运行，由更近的一次代替"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%m-%d %H:%M")


def span_words(reason: str, count: int, first_at: datetime, last_at: datetime, zone: ZoneInfo) -> str:
    """Return the reason of a row that stands for several slots."""
    if count == 1:
        return reason
    return f"{_moment(first_at, zone)} 至 {_moment(last_at, zone)} 共 {count} 次：{reason}"
