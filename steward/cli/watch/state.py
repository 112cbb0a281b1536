"""What health and metrics are made of: the rows' figures, and what this process knows of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from steward.cli.watch.look import Seen
from steward.cli.watch.verdicts import Verdict
from steward.model.source import SourceState
from steward.store.schedule_state import Pause
from steward.wecom.errors import Refused

ALIVE_FOR: Final = timedelta(seconds=90)
"""A process not heard of for so long counts as silent."""
_NAMED_LANES: Final = frozenset({"bot", "webhook"})
_OURS: Final = frozenset({"appchat:persons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How things stand at `now`.

    Args:
        process: the name of this process.
        tick_age_s: how long ago the scheduler came round.
        refused_secrets: which secrets WeCom called wrong, by name.
        settings_trouble: why the settings file as it is now is not in force; None: it is.
        next_at: job -> its next planned moment; absent: switched off, or never.
        budgets: budget -> the share of it that is used up, 0 to 1 and beyond.
        zone: the company's.
    """

    now: datetime
    process: str
    seen: Seen
    tick_age_s: float
    verdict: Verdict
    refused_secrets: Mapping[str, Refused]
    settings_trouble: str | None
    next_at: Mapping[str, datetime]
    budgets: Mapping[str, float]
    zone: ZoneInfo

    @property
    def pauses(self) -> list[Pause]:
        """The pauses in force today."""
        today = self.now.astimezone(self.zone).date()
        found = self.seen.figures.pauses if self.seen.figures else ()
        return [pause for pause in found if pause.until_on is None or today < pause.until_on]

    @property
    def paused_jobs(self) -> set[str]:
        """The jobs that do not run because a person said so."""
        return {pause.job for pause in self.pauses}

    @property
    def source_ages(self) -> dict[str, timedelta | None]:
        """Kind of source -> since when the oldest of that kind last answered fully; None: one never did."""
        found: dict[str, timedelta | None] = {}
        for source in self.sources:
            age = self.now - source.good_at if source.good_at is not None else None
            known = found.setdefault(kind_of(source), age)
            found[kind_of(source)] = None if age is None or known is None else max(age, known)
        return found

    @property
    def refused_sources(self) -> dict[str, SourceState]:
        """Kind of source -> one that refused when it was last asked."""
        return {kind_of(source): source for source in self.sources if source.detail is not None}

    @property
    def sources(self) -> tuple[SourceState, ...]:
        """Every source; the names hold chat ids."""
        return self.seen.figures.sources if self.seen.figures else ()

    @property
    def public_budgets(self) -> dict[str, float]:
        """The budgets as anybody may read them: of all members the one who is nearest to the limit."""
        found: dict[str, float] = {}
        for name, ratio in sorted(self.budgets.items()):
            found[public_lane(name)] = max(ratio, found.get(public_lane(name), 0.0))
        return found


def kind_of(source: SourceState) -> str:
    """Return "roster" for "roster:<chat id>"."""
    return source.name.partition(":")[0]


def public_lane(name: str) -> str:
    """Return what a lane or budget is called where anybody may read it.

    Bots and webhooks have names an admin chose; behind "app:", "member:" or "appchat:" stand userids and chat ids.
    """
    kind, _colon, rest = name.partition(":")
    return name if not rest or kind in _NAMED_LANES or name in _OURS else kind
