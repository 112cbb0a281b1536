"""By which lanes a message may go, and how much may go by them: decided from settings and a log. Pure.

Every budget is a sliding log and not a token bucket: a bucket of 20 lets 39 through in a minute, its burst and what
flows in meanwhile (measured; docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from steward.model.delivery import Channel
from steward.model.settings.operation import Budgets, OnUnknown

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
PERSON_TIMES_PER_ACCOUNT: Final = 200
"""A day (document path 90236)."""
BIGGEST_CHAT: Final = 2000
"""Members of an app chat (document path 90244): what a chat nobody has read yet is taken for."""
EVERYBODY: Final = "@all"
_WECOM_TIME: Final = timezone(timedelta(hours=8))
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many units in any window of that length; None: in a natural day of WeCom's."""

    most: int
    window: timedelta | None

    def since(self, now: datetime) -> datetime:
        """Return after which moment an entry counts now."""
        if self.window is not None:
            return now - self.window
        local = now.astimezone(_WECOM_TIME)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.astimezone(now.tzinfo) - _INSTANT

    def frees_at(self, at: datetime) -> datetime:
        """Return when an entry of that moment counts no more."""
        return at + self.window if self.window is not None else self.since(at) + _INSTANT + DAY

    def has_room(self, used: int, units: int) -> bool:
        """Tell whether so many units more may go. What is larger than the whole budget goes when nothing else does."""
        return used + units <= self.most or used == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One budget a message takes `units` from, and its limits. `shared`: with every recipient of the channel."""

    name: str
    units: int
    limits: tuple[Limit, ...]
    shared: bool = False


def room_at(entries: Iterable[tuple[datetime, int]], log: Log, limit: Limit, now: datetime) -> datetime:
    """Return when there will be room for what `log` takes; `now` where there is room.

    Args:
        entries: (at, units) of the log. What is still on the way is dated ahead; it is taken to arrive now, so this
            is the earliest moment, not a promise.
    """
    counted = sorted((at, units) for at, units in entries if at > limit.since(now))
    used = sum(units for _, units in counted)
    for at, units in counted:
        if limit.has_room(used, log.units):
            break
        used -= units
        room = limit.frees_at(min(at, now))
        if limit.has_room(used, log.units):
            return room
    return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom a message reaches. `accounts`: employees known, 0 = not known · `chat_size`: None = not known."""

    accounts: int = 0
    chat_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways out, as the settings have them.

    Args:
        budgets: None: nothing is counted (benchmarks, a rehearsal).
        bots: bot's name -> how many keys it has; a bot that is not here has one.
        on_unknown: what becomes of a message that may have arrived, by (channel, recipient), else by
            (channel, None), else `default_unknown`.
    """

    budgets: Budgets | None = None
    bots: Mapping[str, int] = field(default_factory=dict)
    on_unknown: Mapping[tuple[Channel, str | None], OnUnknown] = field(default_factory=dict)
    default_unknown: OnUnknown = "ask"

    def lanes(self, channel: Channel, recipient: str) -> tuple[str, ...]:
        """Return the lanes that lead there. Each key of a bot is one: WeCom counts and closes them one by one."""
        match channel:
            case "bot":
                return tuple(f"bot:{recipient}#{n}" for n in range(1, self.bots.get(recipient, 1) + 1))
            case "webhook":
                return (f"webhook:{recipient}",)
            case _:
                return (channel,)

    def when_unknown(self, channel: Channel, recipient: str) -> OnUnknown:
        """Return what the recipient's setting says about a message that may have arrived."""
        of_channel = self.on_unknown.get((channel, None), self.default_unknown)
        return self.on_unknown.get((channel, recipient), of_channel)

    def logs(self, lane: str, channel: Channel, recipient: str, reach: Reach) -> tuple[Log, ...]:
        """Return the budgets a message takes from; empty: it is not counted."""
        budgets = self.budgets
        if budgets is None:
            return ()
        match channel:
            case "bot":
                return (Log(name=lane, units=1, limits=(Limit(most=budgets.bot_per_minute, window=MINUTE),)),)
            case "app":
                return _app_logs(budgets, recipient, reach)
            case "appchat":
                return _chat_logs(budgets, reach)
            case _:
                return ()


def is_exclusive(lane: str) -> bool:
    """Tell whether one worker at a time drains that lane."""
    return lane.startswith("bot:")


def members_of(channel: Channel, recipient: str) -> tuple[str, ...]:
    """Return those to whom messages go in order, one after the other: the persons, or the group."""
    names = recipient.split("|") if channel == "app" else [recipient]
    return tuple(f"{channel}:{name}" for name in names)


def _app_logs(budgets: Budgets, recipient: str, reach: Reach) -> tuple[Log, ...]:
    members = [name for name in recipient.split("|") if name]
    per_member = (
        Limit(most=budgets.member_per_minute, window=MINUTE),
        Limit(most=budgets.member_per_hour, window=HOUR),
    )
    logs = [
        Log(name=f"member:{name}", units=1, limits=per_member)
        for name in dict.fromkeys(members)
        if name != EVERYBODY
    ]
    per_day = budgets.app_person_times_per_day or reach.accounts * PERSON_TIMES_PER_ACCOUNT
    if per_day:
        units = max(1, reach.accounts if EVERYBODY in members else len(logs))
        logs.append(Log(name="app", units=units, limits=(Limit(most=per_day, window=None),), shared=True))
    return tuple(logs)


def _chat_logs(budgets: Budgets, reach: Reach) -> tuple[Log, ...]:
    # Who is in which chats changes; but no member gets more than all chats together.
    messages = (
        Limit(most=budgets.chat_messages_per_minute, window=MINUTE),
        Limit(most=budgets.chat_messages_per_day, window=DAY),
    )
    persons = (
        Limit(most=budgets.chat_person_times_per_minute, window=MINUTE),
        Limit(most=budgets.chat_person_times_per_hour, window=HOUR),
    )
    size = BIGGEST_CHAT if reach.chat_size is None else max(1, reach.chat_size)
    return (
        Log(name="appchat", units=1, limits=messages, shared=True),
        Log(name="appchat:persons", units=size, limits=persons, shared=True),
    )
