"""What the daily digest is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from steward.clock.wording import Lang
from steward.model.finding import Check, TrackedFinding
from steward.model.source import BlindSpot


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The five numbers of one digest, kept so that the next one can compare.

    None = unknown: no roster was read (`member_count`), no check ran (`new_count`, `resolved_count`).
    """

    group_count: int
    member_count: int | None
    new_count: int | None
    resolved_count: int | None
    open_count: int

    def to_json(self) -> dict[str, int | None]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figures:
        """Return the figures a former digest stored.

        Raises:
            ValueError: a figure is missing; its name is said.
        """
        try:
            return cls(**{name: stored[name] for name in cls.__slots__})
        except KeyError as missing:
            raise ValueError(f"stored figures lack {missing}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """Everything the digest may say; nothing else is looked up.

    Args:
        day: the local day of the digest.
        day_words: what kind of day it is ("工作日", "补班"); may be "".
        data_as_of: when the oldest of the sources that matter was last read fully; None = never.
        member_count: memberships over all groups; None where no roster could be read.
        previous: figures of the previous working day's digest; None for the first digest.
        open: lasting findings that are still open, those of `new` included.
        new: first seen within the digest's window, events and lasting ones alike.
        resolved: closed within the window.
        checks: every check there is, in the order to show them.
        checks_run: check id -> number of groups it judged; 0 or absent = it did not run.
        departments: id -> name, in the order of the company's own tree.
        employees: userid -> name.
        console_url: None where there is no console: then no link is written.
    """

    company_name: str
    day: date
    day_words: str
    built_at: datetime
    zone: ZoneInfo
    lang: Lang
    data_as_of: datetime | None
    group_count: int
    member_count: int | None
    groups_by_kind: Mapping[str, int]
    previous: Figures | None
    previous_day: date | None
    open: Sequence[TrackedFinding]
    new: Sequence[TrackedFinding]
    resolved: Sequence[TrackedFinding]
    checks: Sequence[Check]
    checks_run: Mapping[str, int]
    blind_spots: Sequence[BlindSpot]
    departments: Mapping[int, str]
    employees: Mapping[str, str]
    console_url: str | None = None
