"""Cron expressions as crontab(5) means them, read into one object: trigger, slots and wording come from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import NamedTuple, NoReturn

from steward.model.words import Words

_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class CronSchedule:
    """When it fires: every local minute whose five parts are all in these ascending tuples.

    `weekdays` are crontab's numbers with Sunday as 0 only. Days of the month and weekdays are never both
    restricted: cron would fire on either, APScheduler only on both, and an admin expects one of the two.
    """

    expression: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @property
    def is_hourly(self) -> bool:
        """It fires in every hour of its days: an hour that the clock repeats is then another hour's work."""
        return len(self.hours) == 24

    @property
    def times(self) -> tuple[tuple[int, int], ...]:
        """Its hours and minutes of day, ascending, the same on every day it fires."""
        return tuple(product(self.hours, self.minutes))

    def fires_on(self, day: date, working_days: object = None) -> bool:
        """Return whether it fires on that day; working days are not asked, here."""
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSchedule:
    """Every so many minutes, counted from 1970-01-01 00:00 UTC, so that every process rings at the same time."""

    every_minutes: int


class ScheduleRefused(ValueError):
    """A schedule that cannot be kept: what is wrong, where, and an example, in both languages; `str` is Chinese."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.zh)


class _Field(NamedTuple):
    place: int
    label: Words
    low: int
    high: int
    names: dict[str, int]
    example: Words
    wraps: bool = False


def _examples(*texts: str) -> Words:
    quoted = [f'"{text}"' for text in texts]
    return Words(
        f"{'、'.join(quoted[:-1])} 或 {quoted[-1]}",
        f"{', '.join(quoted[:-1])} or {quoted[-1]}",
    )


_MONTH_NUMBERS = {name: n for n, name in enumerate(_MONTHS, 1)}
_WEEKDAY_NUMBERS = {name: n for n, name in enumerate(_WEEKDAYS)}
_FIELDS = (
    _Field(1, Words("分钟", "minute"), 0, 59, {}, _examples("37", "0,30", "*/15")),
    _Field(2, Words("小时", "hour"), 0, 23, {}, _examples("8", "9-18", "*/2")),
    _Field(3, Words("日期", "day of the month"), 1, 31, {}, _examples("1", "1,15", "*")),
    _Field(4, Words("月份", "month"), 1, 12, _MONTH_NUMBERS, _examples("1", "jan,jul", "*/3")),
    _Field(5, Words("星期", "weekday"), 0, 7, _WEEKDAY_NUMBERS, _examples("1-5", "mon,fri", "*"), True),
)


def parse_cron(expression: str) -> CronSchedule:
    """Return what a five-field expression means: minute hour day month weekday.

    Weekdays: 0 and 7 are Sunday, 1-5 is Monday to Friday; names, lists, ranges, steps, and ranges across the
    end of the week (5-1, fri-mon). Months may be named too.

    Raises:
        ScheduleRefused: it cannot be read, restricts both day and weekday, or names no date that exists.
    """
    texts = expression.lower().split()
    if len(texts) != 5:
        raise ScheduleRefused(_not_five_fields(expression, len(texts)))
    parts = [_values(text, field, expression) for text, field in zip(texts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = parts
    _refuse_both_days(expression, texts, days, weekdays)
    _refuse_impossible_date(expression, days, months)
    return CronSchedule(
        expression=expression, minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays
    )


def _not_five_fields(expression: str, count: int) -> Words:
    # "@daily" and seconds are what other programs' cron knows.
    return Words(
        f'cron 表达式 "{expression}" 有 {count} 段，应为 5 段：分钟 小时 日期 月份 星期；'
        '例如 "37 8 * * 1-5"（周一至周五 08:37）',
        f'cron expression "{expression}" has {count} fields, not 5: minute hour day month weekday; '
        'such as "37 8 * * 1-5" (Monday to Friday 08:37)',
    )


def _values(text: str, field: _Field, expression: str) -> tuple[int, ...]:
    values: set[int] = set()
    for part in text.split(","):
        values.update(_part(part, field, expression))
    return tuple(sorted(values))


def _part(part: str, field: _Field, expression: str) -> list[int]:
    span, slash, step_text = part.partition("/")
    step = _step(part, step_text, field, expression) if slash else 1
    if span == "*":
        # Not up to 7: a step would meet Sunday twice.
        return list(range(field.low, field.high + (0 if field.wraps else 1), step))
    first_text, dash, last_text = span.partition("-")
    if slash and not dash:
        _refuse(
            part,
            field,
            expression,
            f'步长前面要写 * 或一个范围，如 "*/{step}"',
            f'a step needs * or a range before it, such as "*/{step}"',
        )
    first = _number(first_text, part, field, expression)
    last = _number(last_text, part, field, expression) if dash else first
    if last < first:
        if not field.wraps:
            _refuse(part, field, expression, "范围的起点大于终点", "the range ends before it begins")
        last += 7
    values = range(first, last + 1, step)
    return [value % 7 for value in values] if field.wraps else list(values)


def _step(part: str, text: str, field: _Field, expression: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        _refuse(part, field, expression, "步长要是大于 0 的整数", "the step must be a whole number above 0")
    return int(text)


def _number(text: str, part: str, field: _Field, expression: str) -> int:
    if text in field.names:
        return field.names[text]
    if not (text.isascii() and text.isdigit()):
        _refuse(part, field, expression, "看不懂", "cannot be read")
    if not field.low <= int(text) <= field.high:
        _refuse(
            part,
            field,
            expression,
            f"不在 {field.low}–{field.high} 之内",
            f"not within {field.low} to {field.high}",
        )
    return int(text)


def _refuse(part: str, field: _Field, expression: str, zh: str, en: str) -> NoReturn:
    raise ScheduleRefused(
        Words(
            f'cron 表达式 "{expression}" 第 {field.place} 段（{field.label.zh}）的 "{part}"：{zh}；'
            f"可以写 {field.example.zh}",
            f'cron expression "{expression}", field {field.place} ({field.label.en}), "{part}": {en}; '
            f"write {field.example.en}",
        )
    )


def _refuse_both_days(
    expression: str, texts: list[str], days: tuple[int, ...], weekdays: tuple[int, ...]
) -> None:
    # A full range written out ("1-31") counts as restricted for cron, so it does here.
    by_day = not texts[2].startswith("*") or len(days) < 31
    by_weekday = not texts[4].startswith("*") or len(weekdays) < 7
    if by_day and by_weekday:
        raise ScheduleRefused(
            Words(
                f'cron 表达式 "{expression}" 同时限定了日期（第 3 段 "{texts[2]}"）和星期（第 5 段 "{texts[4]}"），'
                '含义不明确；请把其中一段写成 *，例如每月 1 日 09:00 写 "0 9 1 * *"，每周一 09:00 写 "0 9 * * 1"',
                f'cron expression "{expression}" restricts both the day of the month (field 3, "{texts[2]}") and '
                f'the weekday (field 5, "{texts[4]}"), which can mean two things; write * for one of them, such '
                'as "0 9 1 * *" for the 1st of each month at 09:00, "0 9 * * 1" for Mondays at 09:00',
            )
        )


def _refuse_impossible_date(expression: str, days: tuple[int, ...], months: tuple[int, ...]) -> None:
    if not all(min(days) > _LONGEST_MONTHS[month - 1] for month in months):
        return
    raise ScheduleRefused(
        Words(
            f'cron 表达式 "{expression}" 永远不会触发：{"、".join(map(str, months))} 月没有 {min(days)} 日；'
            '请改第 3 段（日期）或第 4 段（月份），例如每月最后一天附近可用 "0 9 28 * *"',
            f'cron expression "{expression}" never fires: no {min(days)}th in month {", ".join(map(str, months))}; '
            'change field 3 (day) or field 4 (month), such as "0 9 28 * *" for the end of each month',
        )
    )
