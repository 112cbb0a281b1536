"""A year of working days as people read it: each holiday with its days and what is worked for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from steward.cli.words import LANGUAGE, _
from steward.clock.holiday_names import holiday_words
from steward.clock.notices import YearState, state_of
from steward.clock.wording import WEEKDAYS_EN, WEEKDAYS_ZH, day_words
from steward.clock.working_days import WorkingDays

STATES: Mapping[YearState, str] = {
    "imported": _("已导入放假通知"),
    "entered": _("放假安排已手工写在 [calendar]"),
    "published": _("放假安排已公布（内置）"),
    "provisional": _("放假安排未公布，按法定节假日推算，没有调休"),
}
_GUESSED = ("statutory_provisional", "weekday")
Day = Mapping[str, Any]


def title(year: int, days: WorkingDays) -> tuple[YearState, str]:
    """Return where the year's days come from, and the line that heads it."""
    state = state_of(year, days)
    return state, _("{year} 年：{state}").format(year=year, state=STATES[state])


def days_of(year: int, month: int | None, days: WorkingDays) -> list[Day]:
    """Return every day of a year or month: date, weekday, working, make_up, name, why, provisional."""
    found: list[Day] = []
    day = date(year, month or 1, 1)
    while day.year == year and month in (None, day.month):
        kind = days.kind_of(day)
        found.append(
            {
                "date": day,
                "weekday": (WEEKDAYS_EN if LANGUAGE == "en" else WEEKDAYS_ZH)[day.weekday()],
                "working": kind.working,
                "make_up": kind.make_up,
                "name": holiday_words(kind.name, LANGUAGE) if kind.name else None,
                "why": kind.why,
                "provisional": kind.why in _GUESSED,
            }
        )
        day += timedelta(days=1)
    return found


def month_cells(days: Sequence[Day]) -> list[list[str]]:
    """Return one row for each day: date, weekday, what it is."""
    return [[day["date"].isoformat(), day["weekday"], words_of(day)] for day in days]


def words_of(day: Day) -> str:
    """Return what a day is: "工作日", "休息日", "国庆节", "春节 补班", with who says so where that matters."""
    name = day["name"] or ""
    if day["make_up"]:
        text = _("{name} 补班").format(name=name) if name else _("补班")
    elif day["working"]:
        text = _("工作日")
    else:
        text = name or _("休息日")
    if day["why"] == "override":
        return text + _("（公司自定）")
    return text + _("（推算）") if day["why"] == "statutory_provisional" else text


def stretches(days: Sequence[Day]) -> list[list[str]]:
    """Return one row for each stretch of days off with a name, and of what the company decided itself.

    Columns: name, from and until, how many days, the make-up days named after it.
    """
    rows = []
    make_up = [day for day in days if day["make_up"] and day["why"] != "override"]
    for stretch in _runs(days):
        name, guessed = stretch[0]["name"], stretch[0]["why"] == "statutory_provisional"
        worked = _nearest_of(stretch, name, make_up)
        make_up = [day for day in make_up if day not in worked]
        rows.append(
            [name + (_("（推算）") if guessed else ""), _span(stretch), str(len(stretch)), _listed(worked)]
        )
    rows += [[day["name"] or "", "", "", _listed([day])] for day in make_up]
    rows += [[words_of(day), _span([day]), "1", ""] for day in days if _is_own(day) and not day["working"]]
    rows += [[words_of(day), "", "", _listed([day])] for day in days if _is_own(day) and day["working"]]
    return rows


def _is_own(day: Day) -> bool:
    return bool(day["why"] == "override")


def _runs(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Yield each unbroken stretch of days off of one holiday."""
    run: list[Day] = []
    for day in days:
        named_off = not day["working"] and day["name"] and not _is_own(day)
        if run and not (named_off and day["name"] == run[-1]["name"] and _follows(run[-1], day)):
            yield run
            run = []
        if named_off:
            run.append(day)
    if run:
        yield run


def _follows(before: Day, day: Day) -> bool:
    return bool(day["date"] - before["date"] == timedelta(days=1))


def _nearest_of(stretch: Sequence[Day], name: str, make_up: Sequence[Day]) -> list[Day]:
    """Return the make-up days of a holiday that lie about this stretch: New Year's may come twice in a year."""
    first, last = stretch[0]["date"], stretch[-1]["date"]
    near = timedelta(days=40)
    return [day for day in make_up if day["name"] == name and first - near <= day["date"] <= last + near]


def _span(stretch: Sequence[Day]) -> str:
    first, last = day_words(stretch[0]["date"], LANGUAGE), day_words(stretch[-1]["date"], LANGUAGE)
    return first if len(stretch) == 1 else _("{first} 至 {last}").format(first=first, last=last)


def _listed(days: Sequence[Day]) -> str:
    return ("、" if LANGUAGE == "zh" else ", ").join(day_words(day["date"], LANGUAGE) for day in days)
