"""Holiday calendars in iCalendar files (RFC 5545), as phones subscribe to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from steward.intake.calendar_days import DayWord, NoticeDay, kind_of_title, to_holiday_name
from steward.intake.cells import to_date
from steward.intake.errors import RowProblem
from steward.model.words import Words

# A whole day given as a moment in UTC is a Chinese day.
_ZONE = ZoneInfo("Asia/Shanghai")
_MOST_DAYS = 31
_APPLE: dict[str, DayWord] = {"WORK-HOLIDAY": "off", "ALTERNATE-WORKDAY": "worked"}
_BAD_DATE = Words("看不懂这个日期", "this date cannot be read")
_BOTH_WAYS = Words(
    "“调休”可以是放假，也可以是补班；请在标题里写明“休”或“班”",
    "调休 can mean the day off or the day worked for it; write 休 or 班 into the title",
)
_BAD_SPAN = Words(
    f"结束不在开始之后，或长于 {_MOST_DAYS} 天",
    f"does not end after its start, or lasts over {_MOST_DAYS} days",
)


def read_ics(text: str) -> tuple[list[NoticeDay], list[RowProblem], int]:
    """Return the days off and worked, what could not be read, and how many entries say neither (solar terms).

    An entry's kind is Apple's X-APPLE-SPECIAL-DAY where it has one, else what title and categories say.
    """
    days: list[NoticeDay] = []
    problems: list[RowProblem] = []
    others = 0
    for line, fields in _events(text):
        kind = _kind(fields)
        if kind is None and "调休" in fields.get("SUMMARY", "") + fields.get("CATEGORIES", ""):
            problems.append(RowProblem(line=line, value=fields.get("SUMMARY"), message=_BOTH_WAYS, lost=True))
            continue
        if kind is None or "RRULE" in fields:
            others += 1
            continue
        first, last = _dates(fields)
        if first is None or last is None:
            problems.append(RowProblem(line=line, value=fields.get("DTSTART"), message=_BAD_DATE, lost=True))
        elif not first <= last < first + timedelta(days=_MOST_DAYS):
            problems.append(RowProblem(line=line, value=fields.get("SUMMARY"), message=_BAD_SPAN, lost=True))
        else:
            days += _each(first, last, line, kind == "worked", to_holiday_name(fields.get("SUMMARY", "")))
    return days, problems, others


def _each(first: date, last: date, line: int, worked: bool, name: str) -> Iterator[NoticeDay]:
    for number in range((last - first).days + 1):
        yield NoticeDay(day=first + timedelta(days=number), worked=worked, name=name, place=line)


def _kind(fields: dict[str, str]) -> DayWord | None:
    special = fields.get("X-APPLE-SPECIAL-DAY", "").strip().upper()
    return (
        _APPLE.get(special)
        or kind_of_title(fields.get("SUMMARY", ""))
        or kind_of_title(fields.get("CATEGORIES", ""))
    )


def _events(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each VEVENT: the line it begins on, and its properties by name without parameters."""
    started = 0
    fields: dict[str, str] = {}
    for line, content in _unfolded(text):
        name, _, value = content.partition(":")
        name = name.split(";")[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            started, fields = line, {}
        elif name == "END" and value.strip().upper() == "VEVENT" and started:
            yield started, fields
            started = 0
        elif started:
            fields.setdefault(name, value.replace("\\,", ",").replace("\\n", " ").strip())


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield each content line with the number it begins on; a line that begins with a blank goes on the last."""
    begun, content = 0, ""
    for line, raw in enumerate(text.splitlines(), start=1):
        if raw[:1] in (" ", "\t") and begun:
            content += raw[1:]
            continue
        if begun:
            yield begun, content
        begun, content = line, raw
    if begun:
        yield begun, content


def _dates(fields: dict[str, str]) -> tuple[date | None, date | None]:
    """Return the first and last day; DTEND itself is outside (RFC 5545, 3.6.1), and without it one day is meant."""
    first = _day(fields.get("DTSTART", ""))
    ends = fields.get("DTEND")
    if first is None or not ends:
        return first, first
    end = _day(ends)
    if end is None:
        return first, None
    last = end - timedelta(days=1) if _is_midnight(ends) else end
    return first, first if end == first else last


def _day(value: str) -> date | None:
    match = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z?))?", value.strip())
    if match is None:
        return None
    if not match[3]:
        return to_date(match[1])
    at = datetime.strptime(value.strip(), "%Y%m%dT%H%M%S%z")
    return at.astimezone(_ZONE).date()


def _is_midnight(value: str) -> bool:
    value = value.strip()
    if value.endswith("Z"):
        at = datetime.strptime(value, "%Y%m%dT%H%M%S%z").astimezone(_ZONE)
        return (at.hour, at.minute) == (0, 0)
    return "T" not in value or value.endswith("T000000")
