"""[business_hours]: when the company works, and what each department does otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from steward.model.settings.base import Section, refusal

_WRITTEN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–—~至]\s*([0-9]{1,2}):([0-9]{2})")
_DAY = 24 * 60
_LONGEST_NIGHT = 12 * 60


class Window(NamedTuple):
    """A stretch of one day by the clock on the wall, in minutes after midnight; `ends` itself is outside.

    A window that passes midnight ends after 1440 and belongs to the day it begins on.
    """

    starts: int
    ends: int

    @property
    def passes_midnight(self) -> bool:
        """It goes on into the next day."""
        return self.ends > _DAY

    def __str__(self) -> str:
        return f"{_clock(self.starts)}-{_clock(self.ends - _DAY if self.passes_midnight else self.ends)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _to_window(value: object) -> object:
    """Return "08:30-12:00" as a window. A night shift lasts at most 12 hours: more are start and end swapped."""
    if isinstance(value, Window):
        return value
    written = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if written is None:
        raise refusal("window")
    first, second = (int(written[n]) * 60 + int(written[n + 1]) for n in (1, 3))
    if int(written[2]) > 59 or int(written[4]) > 59 or first >= _DAY or second > _DAY:
        raise refusal("window")
    if first == second:
        raise refusal("window_empty", window=str(value).strip())
    if second < first and second + _DAY - first > _LONGEST_NIGHT:
        raise refusal("window_reversed", window=str(value).strip())
    return Window(first, second if second > first else second + _DAY)


def _at_least_one(value: tuple[Window, ...]) -> tuple[Window, ...]:
    if not value:
        raise refusal("no_windows")
    return value


WorkWindow = Annotated[Window, BeforeValidator(_to_window)]
WorkWindows = Annotated[tuple[WorkWindow, ...], AfterValidator(_at_least_one)]


class DepartmentHours(Section):
    """What one department does otherwise; what is not written is the company's.

    `on_days_off`: windows that are open on days off, too (a duty roster); none where it is empty.
    """

    windows: WorkWindows | None = None
    on_days_off: tuple[WorkWindow, ...] | None = None

    @model_validator(mode="after")
    def _do_not_overlap(self) -> DepartmentHours:
        refuse_overlaps(self.windows or (), self.on_days_off or ())
        return self


class BusinessHoursSettings(Section):
    """[business_hours]: the windows of a working day, make-up Saturdays included; days off have `on_days_off`."""

    windows: WorkWindows = (Window(8 * 60 + 30, 12 * 60), Window(13 * 60 + 30, 17 * 60 + 30))
    on_days_off: tuple[WorkWindow, ...] = ()
    departments: dict[str, DepartmentHours] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _do_not_overlap(self) -> BusinessHoursSettings:
        refuse_overlaps(self.windows, self.on_days_off)
        for name, own in self.departments.items():
            windows, on_days_off = self.of((name,))
            if own.windows is None or own.on_days_off is None:
                refuse_overlaps(windows, on_days_off, department=name)
        return self

    def of(self, departments: Sequence[str]) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
        """Return the windows of working days and of days off that hold for somebody.

        Args:
            departments: names from the person's own department upwards; the first that is written here decides.
        """
        own = next((self.departments[name] for name in departments if name in self.departments), None)
        if own is None:
            return self.windows, self.on_days_off
        return (
            self.windows if own.windows is None else own.windows,
            self.on_days_off if own.on_days_off is None else own.on_days_off,
        )


def refuse_overlaps(
    windows: Sequence[Window], on_days_off: Sequence[Window], *, department: str | None = None
) -> None:
    """Refuse windows that meet twice in one minute, naming both; also where a night meets the next morning.

    Raises:
        PydanticCustomError: `window_overlap`.
    """
    for first, second in _meetings(windows, on_days_off):
        place = f'departments."{department}" ' if department else ""
        raise refusal("window_overlap", first=str(first), second=str(second), place=place)


def _meetings(windows: Sequence[Window], on_days_off: Sequence[Window]) -> Iterator[tuple[Window, Window]]:
    for same_day in (windows, on_days_off):
        yield from (pair for pair in combinations(same_day, 2) if _meet(*pair))
    for before, after in product((*windows, *on_days_off), repeat=2):
        if before.passes_midnight and after.starts < before.ends - _DAY:
            yield before, after


def _meet(first: Window, second: Window) -> bool:
    return first.starts < second.ends and second.starts < first.ends
