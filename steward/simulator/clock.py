"""The simulated time of day: it flows with the real clock and can be set."""

import time
from datetime import UTC, datetime, timedelta, timezone

COMPANY_TIME = timezone(timedelta(hours=8), "UTC+8")
"""Where the company works. WeCom reckons its days in UTC+8 as well (document path 92133)."""


class SimulatedClock:
    """Aware UTC time that flows in real time from wherever it was last set."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def set(self, now: datetime) -> None:
        """Jump to a moment.

        Raises:
            ValueError: `now` has no time zone.
        """
        if now.tzinfo is None:
            raise ValueError(f"now={now!r}: needs a time zone")
        self._start_s = now.timestamp()
        self._started_at = time.monotonic()

    def seconds(self) -> float:
        """Return the simulated Unix time in seconds."""
        return self._start_s + time.monotonic() - self._started_at

    def now(self) -> datetime:
        """Return the simulated moment, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)
