"""What a run said last: the log's lines of each run under way, the last fifty of them, kept until it ends."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping, MutableMapping
from threading import Lock
from typing import Any, Final

LINES: Final = 50
LONGEST_LINE: Final = 500
_MOST_RUNS: Final = 64
_LEFT_OUT: Final = frozenset({"timestamp", "level", "event", "action", "run_id", "job", "exception"})


class Excerpts:
    """Keeps lines by run, in memory: bounded, whatever is never asked for is forgotten."""

    def __init__(self) -> None:
        self._lines: OrderedDict[int, deque[str]] = OrderedDict()
        self._lock = Lock()

    def keep(self, run_id: int, line: str) -> None:
        """Add a line."""
        with self._lock:
            self._lines.setdefault(run_id, deque(maxlen=LINES)).append(line)
            self._lines.move_to_end(run_id)
            while len(self._lines) > _MOST_RUNS:
                self._lines.popitem(last=False)

    def take(self, run_id: int) -> list[str]:
        """Return the lines kept for a run, and forget them; empty where it said nothing."""
        with self._lock:
            return list(self._lines.pop(run_id, ()))


EXCERPTS: Final = Excerpts()
"""Of this process."""


def keep_for_run(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep a line of the log that belongs to a run: a structlog processor, to stand behind the one that redacts."""
    run_id = event.get("run_id")
    if isinstance(run_id, int):
        EXCERPTS.keep(run_id, to_line(event))
    return event


def to_line(event: Mapping[str, Any]) -> str:
    """Return "10:12:03 warning 步骤失败 … step_id=7": one line, clipped; of a traceback the last line."""
    at = str(event.get("timestamp", ""))[11:19]
    fields = [
        f"{name}={value}" for name, value in event.items() if name not in _LEFT_OUT and value is not None
    ]
    trace = [line for line in str(event.get("exception") or "").splitlines() if line.strip()]
    words = [at, str(event.get("level", "")), str(event.get("event", "")), *fields, *trace[-1:]]
    return " ".join(" ".join(word for word in words if word).split())[:LONGEST_LINE]
