"""One clock for every process that shares a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

import structlog
from sqlalchemy import func, select

from steward.store.database import Database

log = structlog.get_logger()
ASK_AGAIN_S = 60.0


class DatabaseClock:
    """The time as the database server has it: our own clock, set right by the server's once a minute.

    Leases, budgets and due times of several machines are held against each other; a machine whose clock is three
    minutes ahead would otherwise take live messages for abandoned. SQLite's processes share one machine's clock.

    Args:
        now: this machine's own time.
        ticks: seconds that only go forward, to know when a minute is over.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], ticks: Callable[[], float] = monotonic
    ) -> None:
        self._database = database
        self._now = now
        self._ticks = ticks
        self._ahead = timedelta()
        self._asked_at: float | None = None
        self._lock = Lock()

    def __call__(self) -> datetime:
        """Return the time, aware, in UTC."""
        if self._is_stale() and self._lock.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._lock.release()
        return self._now() + self._ahead

    def _is_stale(self) -> bool:
        return self._asked_at is None or self._ticks() - self._asked_at >= ASK_AGAIN_S

    def _ask(self) -> None:
        # The first of all waits for its answer; later on, whoever comes meanwhile uses the last one.
        self._asked_at = self._ticks()
        try:
            with self._database.engine.connect() as connection:
                connection.execute(select(1))  # the connection is made before the time is taken
                before = self._now()
                theirs: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
                after = self._now()
        except Exception as error:
            log.warning(
                "无法向数据库核对时间，沿用上一次的结果", action="clock_not_read", error=type(error).__name__
            )
            return
        self._ahead = theirs - (before + (after - before) / 2)
