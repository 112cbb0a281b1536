"""Holiday calendars as public interfaces give them in JSON, and the same shapes written as TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from steward.intake.calendar_days import NoticeDay, kind_of_word, to_holiday_name
from steward.intake.cells import to_date, to_text
from steward.intake.errors import RowProblem
from steward.model.words import Words

_BAD_DATE = Words("不是日期；应为 2027-01-01", "not a date; should be 2027-01-01")
_NO_KIND = Words(
    '没有说是放假还是补班；应有 "isOffDay": true/false、"holiday": true/false 或 "kind": "放假"/"补班"',
    'says neither day off nor make-up day; give "isOffDay" or "holiday" as true/false, or "kind"',
)
_SAYS_OFF = ("isOffDay", "is_off_day", "isOff", "holiday", "is_holiday", "isHoliday", "off")
_SAYS_KIND = ("kind", "type", "类型", "status")


def read_days(data: object) -> tuple[list[NoticeDay], list[RowProblem]]:
    """Return the days in a parsed document, and the entries that could not be read, numbered from 1.

    Known shapes: {"year": …, "days": [{"name", "date", "isOffDay"}]} and a list of such documents or days;
    {"holiday": {"01-01": {"holiday": true, "name", "date"}}}; {"2027": {"days_off": …, "make_up_days": …}},
    also below [calendar.notices], the days by name or in one list.
    """
    days: list[NoticeDay] = []
    problems: list[RowProblem] = []
    for place, (entry, year) in enumerate(_entries(data, None), start=1):
        if isinstance(entry, NoticeDay):
            days.append(entry)
            continue
        day = _to_day(entry, place, year)
        if isinstance(day, NoticeDay):
            days.append(day)
        elif day is not None:
            problems.append(day)
    return days, problems


def _entries(data: object, year: int | None) -> Iterator[tuple[Any, int | None]]:
    if isinstance(data, list):
        for one in data:
            yield from _entries(one, year)
        return
    if not isinstance(data, Mapping):
        return
    if "date" in data or "日期" in data:
        yield data, year
        return
    own = data.get("year", year)
    year = own if isinstance(own, int) else year
    for key in ("days_off", "make_up_days"):
        if key in data:
            yield from ((day, year) for day in _named(data[key], key == "make_up_days", year))
    for key, inner in data.items():
        if key in ("days_off", "make_up_days") or not isinstance(inner, Mapping | list):
            continue
        is_year = isinstance(key, str) and len(key) == 4 and key.isascii() and key.isdigit()
        yield from _entries(inner, int(key) if is_year else year)


def _named(value: object, worked: bool, year: int | None) -> Iterator[NoticeDay | Mapping[str, Any]]:
    """Yield the days of our own shape; what is no date becomes an entry that is refused with its value."""
    by_name = value if isinstance(value, Mapping) else {"": value}
    for name, days in by_name.items():
        for day in days if isinstance(days, Sequence) and not isinstance(days, str) else (days,):
            read = day if isinstance(day, date) else to_date(str(day))
            if read is None:
                yield {"date": day, "kind": "放假"}
            else:
                yield NoticeDay(day=read, worked=worked, name=str(name), place=0, year=year)


def _to_day(entry: Mapping[str, Any], place: int, year: int | None) -> NoticeDay | RowProblem | None:
    written = to_text(entry.get("date", entry.get("日期")))
    day = to_date(written)
    if day is None:
        return RowProblem(line=place, column="date", value=written, message=_BAD_DATE, lost=True)
    worked = _is_worked(entry)
    if worked is None:
        return RowProblem(line=place, value=written, message=_NO_KIND, lost=True)
    if worked == "ordinary":
        return None
    # A make-up day's own name is "春节后补班"; `target` names the holiday.
    name = entry.get("target") or entry.get("name") or entry.get("节日") or ""
    return NoticeDay(
        day=day, worked=worked == "worked", name=to_holiday_name(str(name)), place=place, year=year
    )


def _is_worked(entry: Mapping[str, Any]) -> str | None:
    for key in _SAYS_OFF:
        if isinstance(entry.get(key), bool):
            return "off" if entry[key] else "worked"
    for key in _SAYS_KIND:
        if isinstance(entry.get(key), str) and (kind := kind_of_word(entry[key])):
            return kind
    return None
