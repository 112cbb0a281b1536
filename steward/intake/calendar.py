"""A holiday calendar that somebody hands in: CSV, Excel, iCalendar, JSON or TOML -> notices by year."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from steward.clock.working_days import statutory_days
from steward.intake.calendar_days import NoticeDay, kind_of_word, to_holiday_name
from steward.intake.calendar_ics import read_ics
from steward.intake.calendar_json import read_days
from steward.intake.cells import to_date, to_yes
from steward.intake.columns import Column
from steward.intake.decode import decode, kind_of
from steward.intake.errors import IntakeError, RowProblem
from steward.intake.reading import Reader, with_labels
from steward.intake.table import Row, read_table
from steward.model.settings.calendar import Notice, is_of_notice
from steward.model.words import Words

COLUMNS = (
    Column(key="date", label="日期", names=("date", "day", "开始日期", "放假日期", "start")),
    Column(key="until", label="结束日期", names=("until", "end", "截止日期", "至")),
    Column(
        key="kind", label="类型", names=("kind", "type", "安排", "放假/补班", "性质", "日期类型", "status")
    ),
    Column(key="is_off", label="是否放假", names=("isOffDay", "is_off", "is_holiday", "holiday")),
    Column(key="name", label="节日", names=("name", "holiday_name", "节日名称", "名称", "假日", "备注")),
)
_BAD_DATE = Words("不是日期；请写成 2027-01-01", "not a date; write it as 2027-01-01")
_BAD_KIND = Words(
    "看不出是放假还是补班；请写“放假”或“补班”（“调休”两种意思都有，不采用）",
    "neither day off nor make-up day; write 放假 (off) or 补班 (worked); 调休 alone means both",
)
_BAD_UNTIL = Words("结束日期早于开始日期，或相隔超过 31 天", "ends before it begins, or lasts over 31 days")
_NO_DATE = Words("这一行没有日期", "no date in this row")
_FEW, _NEAR_DAYS = 10, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeIntake:
    """What a file gave: a notice for each year, ready for [calendar.notices], and what is worth knowing."""

    notices: Mapping[int, Notice]
    notes: tuple[Words, ...] = ()


def read_notices(data: bytes, *, filename: str, today: date) -> NoticeIntake:
    """Return the notices in a file, whatever its format.

    All or nothing: half a calendar would make days off out of working days without a word.

    Args:
        today: becomes `imported_on`.

    Raises:
        IntakeError: it cannot be read, one of its lines cannot, a day is off and worked at once, or no day of
            either kind is in it.
    """
    days, problems, notes = _read(data, filename)
    if problems:
        raise IntakeError(
            Words(
                f"有 {len(problems)} 处读不懂，没有导入",
                f"{len(problems)} places cannot be read; nothing imported",
            ),
            filename=filename,
            problems=tuple(problems[:20]),
        )
    days, more = _settle(days, filename)
    by_year = _by_year(days, filename)
    if not by_year:
        raise IntakeError(
            Words("里面没有一天放假或补班", "not one day off or make-up day in it"), filename=filename
        )
    notices = {year: _to_notice(days, source=filename, today=today) for year, days in sorted(by_year.items())}
    return NoticeIntake(notices=notices, notes=(*notes, *more))


def _read(data: bytes, filename: str) -> tuple[list[NoticeDay], list[RowProblem], list[Words]]:
    if kind_of(data, filename=filename) == "xlsx":
        return _from_table(data, filename)
    text, _encoding = decode(data, filename=filename)
    start = text.lstrip()[:200].upper()
    if start.startswith("BEGIN:VCALENDAR"):
        days, problems, others = read_ics(text)
        said = f"{others} 条日程不是放假或补班（节气、生日等），没有采用"
        notes = [Words(said, f"{others} entries are no days off or make-up days; left out")] if others else []
        return days, problems, notes
    if start.startswith(("{", "[{", "[\n", "[ ")):
        days, problems = read_days(_parsed(text, filename))
        return days, problems, []
    if (document := _toml(text)) is not None:
        days, problems = read_days(document)
        return days, problems, []
    if filename.lower().endswith(".toml"):
        raise IntakeError(
            Words("不是完整的 TOML", "not valid TOML"), filename=filename, line=_toml_line(text)
        )
    return _from_table(data, filename)


def _parsed(text: str, filename: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if (document := _toml(text)) is not None:
            return document
        line = getattr(error, "lineno", None)
    raise IntakeError(Words("不是完整的 JSON", "not valid JSON"), filename=filename, line=line)


def _toml(text: str) -> dict[str, object] | None:
    """Return a text as TOML; None where it is none: a CSV never is, for a line of it has no = sign."""
    try:
        return tomllib.loads(text) or None
    except (ValueError, RecursionError):
        return None


def _toml_line(text: str) -> int | None:
    try:
        tomllib.loads(text)
    except ValueError as error:
        place = re.search(r"at line (\d+)", str(error))
        return int(place[1]) if place else None
    return None


def _from_table(data: bytes, filename: str) -> tuple[list[NoticeDay], list[RowProblem], list[Words]]:
    table = read_table(data, filename=filename, columns=COLUMNS, needs=(("date",), ("kind", "is_off")))
    reader = Reader(labels=with_labels(COLUMNS, table.labels))
    days = [day for row in table.rows for day in _of_row(row, reader)]
    return days, [*table.problems, *reader.problems], list(table.notes)


def _of_row(row: Row, reader: Reader) -> Iterator[NoticeDay]:
    first = reader.parsed(row, "date", to_date, _BAD_DATE, lost=True)
    if first is None:
        if not reader.text(row, "date"):
            reader.refuse(row, _NO_DATE, lost=True)
        return
    last = reader.parsed(row, "until", to_date, _BAD_DATE, lost=True) or first
    kind = reader.parsed(row, "kind", kind_of_word, _BAD_KIND, lost=True)
    if kind is None and reader.text(row, "kind") is None:
        is_off = reader.parsed(row, "is_off", to_yes, _BAD_KIND, lost=True)
        kind = None if is_off is None else "off" if is_off else "worked"
        if is_off is None and reader.text(row, "is_off") is None:
            reader.refuse(row, _BAD_KIND, lost=True)
    if not first <= last <= first + timedelta(days=31):
        reader.refuse(row, _BAD_UNTIL, key="until", lost=True)
    elif kind in ("off", "worked"):
        name = to_holiday_name(row.values.get("name", ""))
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            yield NoticeDay(day=day, worked=kind == "worked", name=name, place=row.line)


def _settle(days: Sequence[NoticeDay], filename: str) -> tuple[list[NoticeDay], list[Words]]:
    """Return each day once, with a name, and what was left out; a day of both kinds is refused.

    Left out is what goes without saying: working days from Monday to Friday, and weekends off beside no holiday.
    """
    kept: dict[date, NoticeDay] = {}
    repeated = 0
    for day in days:
        first = kept.setdefault(day.day, day)
        if first.worked != day.worked:
            raise IntakeError(_both(first, day), filename=filename)
        if first is not day:
            repeated += 1
            kept[day.day] = first if first.name else replace(first, name=day.name)
    lawful = [day for day in kept.values() if day.worked and day.day in statutory_days(day.day.year)]
    if lawful:
        raise IntakeError(_worked_by_law(lawful[0].day), filename=filename, line=lawful[0].place or None)
    notes = [
        _weekday_worked(day) for day in kept.values() if day.worked and day.name and _goes_without_saying(day)
    ]
    plain = [day for day in kept.values() if _goes_without_saying(day)]
    if repeated:
        notes.append(Words(f"{repeated} 天重复，按一次算", f"{repeated} days stand twice and count once"))
    if plain:
        said = f"{len(plain)} 天是平常的工作日或周末，不必写"
        notes.append(
            Words(said, f"{len(plain)} days are ordinary working days or weekends and go without saying")
        )
    rest = [day for day in kept.values() if day not in plain]
    return _with_names(sorted(rest, key=lambda day: day.day)), notes


def _weekday_worked(day: NoticeDay) -> Words:
    return Words(
        f"{day.day}（{day.name}补班）是周一至周五，本来就上班；请核对日期",
        f"{day.day} (make-up day for {day.name}) is a weekday and worked anyway; check the date",
    )


def _both(first: NoticeDay, second: NoticeDay) -> Words:
    zh, en = f"{first.day} 既写成放假又写成补班", f"{first.day} is both a day off and a make-up day"
    if first.place and second.place:
        zh, en = (
            f"{zh}（第 {first.place} 行和第 {second.place} 行）",
            f"{en} (rows {first.place} and {second.place})",
        )
    return Words(f"{zh}；请改成一种，没有导入", f"{en}; keep one of them; nothing imported")


def _worked_by_law(day: date) -> Words:
    name = statutory_days(day.year)[day]
    return Words(
        f"{day} 是法定节假日（{name}），却写成补班；请核对，没有导入",
        f"{day} is a public holiday ({name}) and yet a make-up day here; check it; nothing imported",
    )


def _goes_without_saying(day: NoticeDay) -> bool:
    is_weekend = day.day.weekday() >= 5
    if day.worked:
        return not is_weekend
    return is_weekend and not day.name and day.day not in statutory_days(day.day.year)


def _with_names(days: Sequence[NoticeDay]) -> list[NoticeDay]:
    """Return the days, each with a holiday's name: the law's own, else that of the nearest named day."""
    named = [replace(day, name=day.name or statutory_days(day.day.year).get(day.day, "")) for day in days]
    sure = [day for day in named if day.name]
    return [day if day.name else replace(day, name=_nearest(day, sure)) for day in named]


def _nearest(day: NoticeDay, named: Iterable[NoticeDay]) -> str:
    near = min(named, key=lambda other: abs((other.day - day.day).days), default=None)
    if near is None or abs((near.day - day.day).days) > _NEAR_DAYS:
        return "放假"
    return near.name


def _by_year(days: Iterable[NoticeDay], filename: str) -> dict[int, list[NoticeDay]]:
    """Return the days by the year of their notice: a few in December before a year that is here are that year's."""
    found: dict[int, list[NoticeDay]] = defaultdict(list)
    for day in days:
        found[day.year or day.day.year].append(day)
    for year, ones in found.items():
        if foreign := [day for day in ones if not is_of_notice(day.day, year)]:
            raise IntakeError(
                _foreign(foreign[0].day, year), filename=filename, line=foreign[0].place or None
            )
    for year in sorted(found):
        early = found[year]
        if year + 1 in found and len(early) < _FEW and all(day.day.month == 12 for day in early):
            found[year + 1] = [*early, *found[year + 1]]
            del found[year]
    return found


def _foreign(day: date, year: int) -> Words:
    return Words(
        f"{day} 不属于 {year} 年的放假通知；请核对，没有导入",
        f"{day} is not of the notice on {year}; check it; nothing imported",
    )


def _to_notice(days: Iterable[NoticeDay], *, source: str, today: date) -> Notice:
    named: tuple[dict[str, list[date]], dict[str, list[date]]] = (defaultdict(list), defaultdict(list))
    for day in sorted(days, key=lambda day: day.day):
        named[day.worked][day.name].append(day.day)
    off, worked = ({name: tuple(days) for name, days in one.items()} for one in named)
    return Notice(days_off=off, make_up_days=worked, source=source, imported_on=today)
