"""What is done to waiting messages before any is claimed: check them again, put them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from steward.delivery.bundling import Bundler
from steward.delivery.recheck import Recheck, Rechecker
from steward.model.run import Counts
from steward.store.database import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Called before messages are claimed, and at least once a minute while some are.

    What expired is given up by the worker before; checking comes before merging, so that what is over is not put
    into a bundle.

    Args:
        bundle: whether messages are merged at all ([delivery] bundle).
        post_characters: how long our own posts to a group may be.
        rechecks: a moment -> by topic, how a message that is late is checked against the facts of that moment.
    """

    database: Database
    bundle: bool
    post_characters: int
    rechecks: Callable[[datetime], Mapping[str, Recheck]]

    def __call__(self, now: datetime) -> Counts:
        """Prepare what is due. A step that fails is logged and keeps nothing from being sent.

        Returns:
            Counts: dropped, reworded, bundles, merged. Absent = none.
        """
        counts: Counter[str] = Counter()
        for step in (self._recheck, self._merge):
            try:
                counts.update(step(now))
            except Exception:
                log.exception("待发消息未能预先整理，照原样发送", action="prepare_failed")
        return +counts

    def _recheck(self, now: datetime) -> Counts:
        return Rechecker(database=self.database, rechecks=self.rechecks(now)).run(now)

    def _merge(self, now: datetime) -> Counts:
        if not self.bundle:
            return {}
        return Bundler(database=self.database, post_characters=self.post_characters).run(now)
