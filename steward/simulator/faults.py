"""Faults that were ordered: the next calls to an endpoint, or a share of them, go wrong in a given way."""

import random
import threading
from dataclasses import dataclass
from typing import Literal

EVERY_ENDPOINT = "*"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong. Several ways combine: a delay, and then an errcode.

    `cut` closes the connection before the call is handled, or after it took effect but before the answer. `body`
    stands in for the answer; the call has no effect unless `takes_effect`. `times` None: until cleared. `share`: of
    the calls it is meant for, how many meet it. `only`: a text their address or body holds, such as a bot's key.
    """

    endpoint: str
    errcode: int | None = None
    errmsg: str | None = None
    delay_s: float = 0.0
    cut: Literal["before", "after"] | None = None
    body: bytes | None = None
    status: int = 200
    takes_effect: bool = False
    times: int | None = 1
    share: float = 1.0
    only: str = ""

    def __post_init__(self) -> None:
        if self.cut not in (None, "before", "after"):
            raise ValueError(f"cut={self.cut!r}: 'before' or 'after'")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times={self.times}: at least 1, or None")
        if not 0 < self.share <= 1:
            raise ValueError(f"share={self.share}: above 0, at most 1")

    @property
    def is_stopped(self) -> bool:
        """True when the call never comes to its handler."""
        return self.cut == "before" or (self.body is not None and not self.takes_effect)

    @property
    def leaves_unanswered(self) -> bool:
        """True when the caller learns nothing of what became of the call."""
        return self.cut is not None or self.body is not None


class Faults:
    """The queue of ordered faults; each call takes the oldest one meant for it, if chance will have it."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"{seed}:faults")
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let it happen to the next `fault.times` calls of its endpoint."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, endpoint: str, request: bytes = b"") -> Fault | None:
        """Return the fault this call meets, if any, and count it as used.

        Args:
            request: address and body of the call, searched for `fault.only`.
        """
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if self._meets(fault, endpoint, request):
                    self._use(fault)
                    return fault
        return None

    def _meets(self, fault: Fault, endpoint: str, request: bytes) -> bool:
        return (
            fault.endpoint in (endpoint, EVERY_ENDPOINT)
            and fault.only.encode() in request
            and (fault.share == 1 or self._rng.random() < fault.share)
        )

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)

    def clear(self) -> None:
        """Forget all that were ordered."""
        with self._lock:
            self._waiting.clear()
