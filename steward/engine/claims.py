"""Which steps this process has in hand, so that their leases can be renewed while they are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from steward.store.database import Database, Rehearsal
from steward.store.steps import release_claims, renew_claims


class Claims:
    """The claims of one process. Threads add and take away; one of them renews."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._lock = Lock()

    @contextmanager
    def holding(self, claim: str) -> Iterator[None]:
        """Count a claim as in hand for the length of a step."""
        with self._lock:
            self._words.add(claim)
        try:
            yield
        finally:
            with self._lock:
                self._words.discard(claim)

    @property
    def words(self) -> list[str]:
        """Those in hand now."""
        with self._lock:
            return sorted(self._words)

    def renew(self, database: Database, *, now: datetime, lease: timedelta) -> None:
        """Hold each for another lease."""
        # A rehearsal's claims nobody else can see; its one connection belongs to the step.
        if (words := self.words) and not isinstance(database, Rehearsal):
            with database.begin() as connection:
                renew_claims(connection, words, lease_until=now + lease)

    def release(self, database: Database) -> int:
        """Let go of what is still in hand when the process ends; returns how many steps that were."""
        if not (words := self.words):
            return 0
        with database.begin() as connection:
            return release_claims(connection, words)
