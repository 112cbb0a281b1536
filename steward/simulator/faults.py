"""Faults that were ordered: the next call to an endpoint goes wrong in a given way."""

import threading
from dataclasses import dataclass
from typing import Literal

EVERY_ENDPOINT = "*"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong. Several ways combine: a delay, and then an errcode.

    `cut` closes the connection before the call is handled, or after it took effect but before the answer.
    """

    endpoint: str
    errcode: int | None = None
    delay_s: float = 0.0
    cut: Literal["before", "after"] | None = None
    body: bytes | None = None
    status: int = 200
    times: int = 1

    def __post_init__(self) -> None:
        if self.cut not in (None, "before", "after"):
            raise ValueError(f"cut={self.cut!r}: 'before' or 'after'")
        if self.times < 1:
            raise ValueError(f"times={self.times}: at least 1")


class Faults:
    """The queue of ordered faults; each call takes the oldest one meant for its endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let it happen to the next `fault.times` calls of its endpoint."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, endpoint: str) -> Fault | None:
        """Return the fault this call meets, if any, and count it as used."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.endpoint in (endpoint, EVERY_ENDPOINT):
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Forget all that were ordered."""
        with self._lock:
            self._waiting.clear()
