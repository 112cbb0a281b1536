"""How many calls run at once: a limit per endpoint that yields when WeCom complains and recovers slowly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Condition
from typing import TypeVar

from steward.wecom.errors import WeComError

_T = TypeVar("_T")
_R = TypeVar("_R")
_GOOD_CALLS_PER_STEP = 50
_WINDOW = 3


class Gate:
    """Lets at most `limit` calls of one endpoint through at once.

    45033 halves the limit; every 50 good calls give one back. 45009 closes the gate until its window is over.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._running = 0
        self._good = 0
        self._closed_until: datetime | None = None
        self._changed = Condition()

    @property
    def limit(self) -> int:
        return self._limit

    @contextmanager
    def passage(self, now: Callable[[], datetime], sleep: Callable[[float], None]) -> Iterator[int]:
        """Wait for a place, hold it, give it back. Yields the limit it was given under, for `slow_down`."""
        self._wait_until_open(now, sleep)
        with self._changed:
            while self._running >= self._limit:
                self._changed.wait()
            self._running += 1
            limit = self._limit
        try:
            yield limit
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify()

    def _wait_until_open(self, now: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        closed_until = self._closed_until
        if closed_until is None:
            return
        # Once, not in a loop: whoever injects a clock that stands still must not hang here.
        if (remaining_s := (closed_until - now()).total_seconds()) > 0:
            sleep(remaining_s)
        self._closed_until = None

    def slow_down(self, limit_met: int) -> None:
        """WeCom said 45033 to a call let in under `limit_met`: half as many at once.

        The others of the same crowd hear it too; only the first of them counts.
        """
        with self._changed:
            if limit_met <= self._limit:
                self._limit = max(1, self._limit // 2)
                self._good = 0

    def close_for(self, wait: timedelta, now: datetime) -> None:
        """WeCom said 45009: nobody else runs into the same wall meanwhile."""
        self._closed_until = now + wait

    def went_well(self) -> None:
        """Count a good call towards one more at once."""
        if self._limit >= self._most:
            return
        with self._changed:
            self._good += 1
            if self._good >= _GOOD_CALLS_PER_STEP:
                self._limit, self._good = min(self._most, self._limit + 1), 0
                self._changed.notify()


def map_parallel(
    function: Callable[[_T], _R], items: Iterable[_T], *, workers: int
) -> Generator[tuple[_T, _R | WeComError], None, None]:
    """Yield each item with its result, in the order of `items`, `workers` at once.

    A `WeComError` is yielded in place of the result; any other exception ends it. At most three times
    `workers` results wait to be taken, however many items there are. Closing the iterator drops what has not begun.
    """
    waiting: deque[tuple[_T, Future[_R | WeComError]]] = deque()
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="wecom")
    try:
        for item in items:
            waiting.append((item, pool.submit(_settled, function, item)))
            if len(waiting) >= workers * _WINDOW:
                yield _taken(waiting)
        while waiting:
            yield _taken(waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _settled(function: Callable[[_T], _R], item: _T) -> _R | WeComError:
    try:
        return function(item)
    except WeComError as error:
        return error


def _taken(waiting: deque[tuple[_T, Future[_R | WeComError]]]) -> tuple[_T, _R | WeComError]:
    item, future = waiting.popleft()
    return item, future.result()
