"""The time of a campaign: a straight line over the machine's monotonic clock, the same in every process."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """It was `start` when `time.monotonic()` said `since_s`; since then `speed` seconds pass in one.

    Args:
        jumps_at: from this moment on the clock is wrong by `jump`.
    """

    start: datetime
    since_s: float
    speed: float
    jumps_at: datetime | None = None
    jump: timedelta = timedelta()

    def at(self, monotonic_s: float) -> datetime:
        """Return the moment at that reading of the machine's clock."""
        moment = self.start + timedelta(seconds=(monotonic_s - self.since_s) * self.speed)
        return moment + self.jump if self.jumps_at is not None and moment >= self.jumps_at else moment

    def now(self) -> datetime:
        return self.at(time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the campaign's time."""
        time.sleep(max(0.0, seconds) / self.speed)

    def wait_until(self, moment: datetime) -> None:
        self.sleep((moment - self.now()).total_seconds())

    def jumping(self, at: datetime, by: timedelta) -> Line:
        """Return the line of a machine whose clock is set wrong by that at a moment, and stays so."""
        return replace(self, jumps_at=at, jump=by)


def begin(start: datetime, speed: float) -> Line:
    """Return a line on which it is `start` now."""
    return Line(start=start, since_s=time.monotonic(), speed=speed)
