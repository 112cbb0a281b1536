"""The simulated time of day: it flows with the real clock, as fast as told, and can be set."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

COMPANY_TIME = timezone(timedelta(hours=8), "UTC+8")
"""Where the company works. WeCom reckons its days in UTC+8 as well (document path 92133)."""


@dataclass(frozen=True, slots=True)
class _Course:
    """It was `start_s` (Unix) when the machine's monotonic clock said `since_s`; `speed` seconds pass in one."""

    start_s: float
    since_s: float
    speed: float


class SimulatedClock:
    """Aware UTC time that flows from wherever it was last set."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def set(self, now: datetime, *, speed: float = 1.0, since_s: float | None = None) -> None:
        """Jump to a moment.

        Args:
            speed: simulated seconds in one real second.
            since_s: when it was `now`, by `time.monotonic()`, which all processes of a machine share; None: it is
                now. Another process that is told the same three values has the same time.

        Raises:
            ValueError: `now` has no time zone, or the speed is not above 0.
        """
        if now.tzinfo is None:
            raise ValueError(f"now={now!r}: needs a time zone")
        if not speed > 0:
            raise ValueError(f"speed={speed!r}: above 0")
        # One assignment: others read while it is set.
        self._course = _Course(now.timestamp(), time.monotonic() if since_s is None else since_s, speed)

    def seconds(self) -> float:
        """Return the simulated Unix time in seconds."""
        course = self._course
        return course.start_s + (time.monotonic() - course.since_s) * course.speed

    def now(self) -> datetime:
        """Return the simulated moment, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)
