"""A look at the rows that never keeps anybody waiting: bounded in time, shared by all who ask at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Final

from steward.cli.log import REDACTOR
from steward.cli.trouble import to_sentence
from steward.cli.words import _
from steward.store.figures import Figures

PATIENCE_S: Final = 2.0
KEPT_FOR_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look brought: figures, or in one sentence why there are none."""

    figures: Figures | None
    trouble: str | None = None


class Look:
    """Looks at the database in a thread of its own.

    One look at a time, and its result holds for five seconds: a hundred scrapes cost one transaction. While a look
    hangs no second one begins; whoever asks is told so.

    Args:
        load: reads the figures; may take for ever or raise.
        monotonic: seconds.
    """

    def __init__(
        self,
        load: Callable[[], Figures],
        *,
        patience_s: float = PATIENCE_S,
        kept_for_s: float = KEPT_FOR_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._monotonic = load, monotonic
        self._patience_s, self._kept_for_s = patience_s, kept_for_s
        self._lock = Lock()
        self._seen: Seen | None = None
        self._seen_at = self._began_at = 0.0
        self._done: Event | None = None

    def get(self) -> Seen:
        """Return what was seen within the last five seconds; waits two seconds at most."""
        with self._lock:
            now = self._monotonic()
            if self._seen is not None and now - self._seen_at < self._kept_for_s:
                return self._seen
            if self._done is None:
                done = Event()
                # A daemon: a database that hangs must not keep the process from ending.
                Thread(target=self._look, args=(done,), name="watch-look", daemon=True).start()
                self._done, self._began_at = done, now
            done, left_s = self._done, self._patience_s - (now - self._began_at)
        done.wait(max(left_s, 0))
        with self._lock:
            if done.is_set() and self._seen is not None:
                return self._seen
        return Seen(figures=None, trouble=_("数据库 {s:.0f} 秒内没有回答").format(s=self._patience_s))

    def _look(self, done: Event) -> None:
        try:
            seen = Seen(figures=self._load())
        except Exception as error:  # whatever a driver says is an answer, too
            seen = Seen(figures=None, trouble=REDACTOR.text(to_sentence(error)))
        with self._lock:
            self._seen, self._seen_at, self._done = seen, self._monotonic(), None
        done.set()
