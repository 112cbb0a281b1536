"""The daily digest, computed: what its message, its page and its workbook only have to word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from reports.digest.facts import Figures
from reports.items import Bundle, Item
from steward.clock.wording import Lang
from steward.model.source import BlindSpot

VerdictState = Literal["attention", "in_hand", "clean", "partly_checked", "not_checked"]
"""attention: HR has something to do · in_hand: others are at it · clean: everything was checked, nothing found ·
partly_checked: nothing found, but not everything was checked · not_checked: nothing can be said today."""
Why = Literal["remove", "escalated", "hr", "admin", "old"]
"""remove: the service could remove the member, a person decides · escalated: owner and head were asked in vain ·
hr: only HR can mend it · admin: only an admin can · old: grave, and open for long."""

FigureName = Literal["groups", "members", "new", "resolved", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The one line on top. `ran_count` of `check_count` checks ran; `fine_count` of these found nothing."""

    state: VerdictState
    task_count: int
    check_count: int
    ran_count: int
    fine_count: int

    @property
    def unfinished_count(self) -> int:
        """Return how many checks did not run."""
        return self.check_count - self.ran_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number against the previous working day. `delta` is None where either day's number is unknown."""

    name: FigureName
    value: int | None
    delta: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something HR has to do or decide today."""

    why: Why
    bundle: Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """How much of one kind there is. New and closed are None where the check did not run."""

    check_id: str
    clause: str
    open_count: int
    new_count: int | None
    resolved_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentLine:
    """One department's own score. `name` is None for groups that belong to no known department.

    New and closed are None where no check ran.
    """

    name: str | None
    open_count: int
    new_count: int | None
    resolved_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check: how many groups it judged. 0 where it did not run."""

    check_id: str
    clause: str
    judged_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The digest of one day, every number computed.

    `departments` stand in the order of the company's tree and no person is counted: nobody is ranked.
    `quiet_department_count` departments have nothing open, new or closed; 0 where no check ran.
    `data_as_of` None = never read.
    """

    company_name: str
    day: date
    day_words: str
    built_at: datetime
    zone: ZoneInfo
    lang: Lang
    data_as_of: datetime | None
    verdict: Verdict
    current: Figures
    previous_day: date | None
    figures: tuple[Figure, ...]
    groups_by_kind: tuple[tuple[str, int], ...]
    tasks: tuple[Task, ...]
    kinds: tuple[KindLine, ...]
    departments: tuple[DepartmentLine, ...]
    quiet_department_count: int
    checks: tuple[CheckLine, ...]
    fine: tuple[CheckLine, ...]
    not_run: tuple[CheckLine, ...]
    blind_spots: tuple[BlindSpot, ...]
    open: tuple[Item, ...]
    new: tuple[Item, ...]
    resolved: tuple[Item, ...]
    console_url: str | None

    def figure(self, name: FigureName) -> Figure:
        """Return the figure of that name."""
        return next(figure for figure in self.figures if figure.name == name)
