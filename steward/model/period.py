"""A day, week or month in the company's time zone, half-open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `starts_at` (in) to `ends_at` (out), both aware. `key` names it for good: "2026-11-20", "2026-W47"."""

    kind: Literal["day", "week", "month"]
    key: str
    starts_at: datetime
    ends_at: datetime
