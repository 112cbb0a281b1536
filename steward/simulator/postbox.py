"""What really arrived, and what silently did not."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from steward.simulator.limits import Limits
from steward.simulator.pace import SlidingCount

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


class Postbox:
    """Keeps every accepted message, and the counts that decide which are dropped with errcode 0.

    The lists grow while the server runs; they are meant to be read, and cleared, by tests. `is_answering` is set,
    under the site's lock, while a call is handled whose answer will get through.
    """

    def __init__(self, limits: Limits, stamp: Callable[[], str]) -> None:
        self._limits = limits
        self._stamp = stamp
        self.received: list[dict[str, Any]] = []
        self.dropped: list[dict[str, Any]] = []
        self.unanswered: list[dict[str, Any]] = []
        self.is_answering = True
        self.recalled: list[str] = []
        self.updated_cards: list[dict[str, Any]] = []
        self.calls: Counter[tuple[str, int | None]] = Counter()
        self._sent_this_minute = _counts(_MINUTE_S)
        self._sent_this_hour = _counts(_HOUR_S)
        self._chat_this_minute = _counts(_MINUTE_S)
        self._chat_today = _counts(_DAY_S)

    def deliver(self, endpoint: str, to: str, body: dict[str, Any]) -> None:
        """Note a message that arrived."""
        self.received.append(self._record(endpoint, to, body))

    def drop(self, endpoint: str, to: str, body: dict[str, Any], why: str) -> None:
        """Note a message WeCom accepted and never showed to anybody."""
        self.dropped.append({**self._record(endpoint, to, body), "why": why})

    def _record(self, endpoint: str, to: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "at": self._stamp(),
            "endpoint": endpoint,
            "to": to,
            "body": body,
            "is_answered": self.is_answering,
        }

    def leave_unanswered(self, endpoint: str, to: str, body: dict[str, Any], *, is_accepted: bool) -> None:
        """Note a message whose sender never learned what became of it."""
        self.unanswered.append(
            {"at": self._stamp(), "endpoint": endpoint, "to": to, "body": body, "is_accepted": is_accepted}
        )

    def may_message(self, userid: str, now: float) -> bool:
        """Count an application's message to a member; False beyond 30 a minute or 1000 an hour (90236)."""
        minute, hour = self._sent_this_minute[userid], self._sent_this_hour[userid]
        if hour.count(now) >= self._limits.member_messages_per_hour:
            return False
        return minute.admit(now, self._limits.member_messages_per_minute) and hour.admit(now, 1 << 30)

    def may_chat(self, userid: str, now: float) -> bool:
        """Count a message to a member in the application's chats; False beyond 200 a minute (90248)."""
        minute, today = self._chat_this_minute[userid], self._chat_today[userid]
        if today.count(now) >= self._limits.chat_messages_per_day:
            return False
        return minute.admit(now, self._limits.chat_messages_per_minute) and today.admit(now, 1 << 30)


def _counts(span_s: int) -> defaultdict[str, SlidingCount]:
    return defaultdict(lambda: SlidingCount(span_s))
