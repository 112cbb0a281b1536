"""The scheduler's pulse."""

from __future__ import annotations

import time
from collections.abc import Callable


class Ticks:
    """Remembers when the scheduler last came round.

    Args:
        monotonic: seconds of a clock nobody sets: a wall clock put on by an hour must not stop a healthy process.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = monotonic()

    def tick(self) -> None:
        """Note that the scheduler came round."""
        self._last = self._monotonic()

    @property
    def age_s(self) -> float:
        """How long ago that was; since the start where it never did."""
        return self._monotonic() - self._last
