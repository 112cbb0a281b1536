"""Which days are worked in China: the company's own decisions, the published calendar, and honest guesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from steward.model.settings.calendar import Calendar

Why = Literal["override", "imported", "published", "statutory_provisional", "weekday"]
"""override: the company's own [calendar] days · imported: the notice of that year as the admin imported it, or
entered by hand · published: the State Council's notice for that year, as the package knows it ·
statutory_provisional: the notice is not out yet, the day is a holiday by law · weekday: not out yet, and no
holiday by law: Monday to Friday are worked."""
_DAY = timedelta(days=1)
# How the package marks the day given for a holiday on a weekend, and a weekday that a notice exchanged.
_IN_LIEU, _EXCHANGED = "（补假）", "休息日"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKind:
    """What one day is and who says so.

    Args:
        name: the holiday's Chinese name; for a make-up day the holiday it pays for. None on ordinary days.
        make_up: a Saturday or Sunday that is worked (调休补班).
    """

    working: bool
    why: Why
    name: str | None = None
    make_up: bool = False


class WorkingDays:
    """The company's calendar. Safe to share: each day is worked out once."""

    def __init__(self, calendar: Calendar) -> None:
        self._overrides = dict.fromkeys(calendar.working_days, True) | dict.fromkeys(calendar.days_off, False)
        self._imported_years = frozenset(map(int, calendar.notices))
        self._imported = dict(_imported_days(calendar))
        self._known: dict[date, DayKind] = {}
        self._entered: dict[int, bool] = {}

    def kind_of(self, day: date) -> DayKind:
        """Return what kind of day it is.

        The company's word comes first, then imported notices, then the published calendar, then the law.
        """
        kind = self._known.get(day)
        if kind is None:
            kind = self._known[day] = self._decide(day)
        return kind

    def _decide(self, day: date) -> DayKind:
        if day in self._overrides:
            working = self._overrides[day]
            return DayKind(working=working, why="override", make_up=working and _is_weekend(day))
        if day in self._imported:
            return self._imported[day]
        if day.year not in self._imported_years:
            if published := _published(day):
                return published
            if not self.is_entered(day.year):
                return _provisional(day)
        return DayKind(working=not _is_weekend(day), why="imported")

    def is_imported(self, year: int) -> bool:
        """Return whether the admin imported the notice of that year."""
        return year in self._imported_years

    def is_entered(self, year: int) -> bool:
        """Return whether the admin wrote the whole of a year by hand into [calendar].

        It is whole when every holiday by law is among the days off and a make-up day among the working days:
        nobody knows a make-up day before the notice is out, and no notice of twenty years was without one.
        """
        if year not in self._entered:
            self._entered[year] = self._looks_entered(year)
        return self._entered[year]

    def _looks_entered(self, year: int) -> bool:
        mine = {day: working for day, working in self._overrides.items() if day.year == year}
        if not any(working and _is_weekend(day) for day, working in mine.items()):
            return False
        return all(mine.get(day) is False for day in statutory_days(year))

    def is_working(self, day: date) -> bool:
        """Return whether the company works that day."""
        return self.kind_of(day).working

    def is_provisional(self, year: int) -> bool:
        """Return whether the year's exchange of days (调休) is not known yet, so that its days are guesses."""
        return not (self.is_imported(year) or self.is_entered(year) or is_published(year))

    def next(self, day: date) -> date:
        """Return the first working day after `day`."""
        return self._walk(day, _DAY)

    def previous(self, day: date) -> date:
        """Return the last working day before `day`."""
        return self._walk(day, -_DAY)

    def _walk(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_working(day):
            day += step
        return day

    def add(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; `day` itself for 0.

        Raises:
            ValueError: `count` is negative.
        """
        if count < 0:
            raise ValueError(f"{count} working days after {day}: the count must not be negative")
        for _ in range(count):
            day = self.next(day)
        return day

    def between(self, after: date, until: date) -> int:
        """Return how many working days lie after `after`, up to and including `until`; 0 where none do."""
        days = (until - after).days
        return sum(self.is_working(after + timedelta(days=number)) for number in range(1, days + 1))


def _is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def _imported_days(calendar: Calendar) -> Iterator[tuple[date, DayKind]]:
    """Yield the days of all notices; a later year's comes last and wins, for it may correct a December."""
    for year in sorted(calendar.notices, key=int):
        for day, name, working in calendar.notices[year].days():
            make_up = working and _is_weekend(day)
            yield day, DayKind(working=working, why="imported", name=name, make_up=make_up)


def is_published(year: int) -> bool:
    """Return whether the package knows the State Council's notice of that year."""
    return _published(date(year, 1, 1)) is not None


def _published(day: date) -> DayKind | None:
    """Return what the State Council's notice says; None where the package knows no notice for that year."""
    # Imported late: a process that never asks for a day does not pay for the tables.
    import chinese_calendar

    try:
        off, english = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    name = _chinese_names().get(english) if english else None
    return DayKind(working=not off, why="published", name=name, make_up=not off and _is_weekend(day))


def _provisional(day: date) -> DayKind:
    name = _statutory(day.year).get(day)
    if name is not None:
        return DayKind(working=False, why="statutory_provisional", name=name)
    return DayKind(working=not _is_weekend(day), why="weekday")


@cache
def _chinese_names() -> Mapping[str, str]:
    from chinese_calendar import Holiday

    return {holiday.value: holiday.chinese for holiday in Holiday}


@cache
def _statutory(year: int) -> Mapping[date, str]:
    """Return the holidays by law with the days given for those on a weekend.

    Make-up days are missing by nature: only a notice can name them.
    """
    return {day: name.removesuffix(_IN_LIEU).replace("; ", "、") for day, name in _by_law(year).items()}


def statutory_days(year: int) -> Mapping[date, str]:
    """Return the holidays by law, each on its very day: thirteen, or fewer where two festivals meet.

    Source: 全国年节及纪念日放假办法 (State Council decree 270, as amended in November 2024).
    """
    return {
        day: name.replace("; ", "、")
        for day, name in _by_law(year).items()
        if not name.endswith(_IN_LIEU) and not name.startswith(_EXCHANGED)
    }


@cache
def _by_law(year: int) -> Mapping[date, str]:
    import holidays

    return dict(holidays.country_holidays("CN", years=year, language="zh_CN", expand=False))
