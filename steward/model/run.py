"""Runs of jobs and the steps they are split into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RunState = Literal["running", "ok", "partial", "nothing", "failed", "missed"]
"""ok: all steps done · partial: some steps failed, the rest stands · nothing: there was nothing to do · missed: the
planned moment was not run; `error` says why."""
Counts = Mapping[str, int]
"""What a step did, by word: {"groups": 50, "failed_groups": 1}. Keys that start with "failed" make a run partial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one job for one planned moment.

    Args:
        slot: the planned time, never the time it began; "manual …" where a person asked for it.
        by: the process that opened it, or the person who asked for it; None where nobody wrote it down.
    """

    id: int
    job: str
    slot: str
    as_of: datetime
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    counts: Counts
    error: str | None
    by: str | None = None
