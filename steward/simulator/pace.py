"""Counting what happened within a span of time."""

from collections import deque


class SlidingCount:
    """How often something happened within the last `span_s` seconds of simulated time."""

    __slots__ = ("_moments", "_span_s")

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._moments: deque[float] = deque()

    def count(self, now: float) -> int:
        """Return how many there were within the span that ends now."""
        moments = self._moments
        while moments and moments[0] <= now - self._span_s:
            moments.popleft()
        # The simulated clock can be set back; what lies ahead of it did not happen yet.
        while moments and moments[-1] > now:
            moments.pop()
        return len(moments)

    def admit(self, now: float, limit: int) -> bool:
        """Note it if there is room for one more within the limit, and say whether there was."""
        if self.count(now) >= limit:
            return False
        self._moments.append(now)
        return True


class Gate:
    """A frequency limit that blocks for as long as its own span once it was exceeded (90313, note to 45009)."""

    __slots__ = ("_blocked_until", "_count", "_span_s")

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._count = SlidingCount(span_s)
        self._blocked_until = 0.0

    def is_blocked(self, now: float) -> bool:
        """True while the block lasts; a clock set back by more than the span ends it too."""
        return self._blocked_until - self._span_s <= now < self._blocked_until

    def admit(self, now: float, limit: int) -> bool:
        """Let one through, or block."""
        if self.is_blocked(now):
            return False
        if self._count.admit(now, limit):
            return True
        self._blocked_until = now + self._span_s
        return False
