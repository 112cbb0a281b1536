"""Cron expressions as crontab(5) means them, read into one object: trigger, slots and wording come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, NoReturn

EXAMPLE = '"37 8 * * 1-5"（周一至周五 08:37）'
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


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSchedule:
    """Every so many minutes, counted from 1970-01-01 00:00 UTC, so that every process rings at the same time."""

    every_minutes: int


class _Field(NamedTuple):
    place: int
    label: str
    low: int
    high: int
    names: dict[str, int]
    example: str
    wraps: bool = False


_FIELDS = (
    _Field(1, "分钟", 0, 59, {}, '"37"、"0,30" 或 "*/15"'),
    _Field(2, "小时", 0, 23, {}, '"8"、"9-18" 或 "*/2"'),
    _Field(3, "日期", 1, 31, {}, '"1"、"1,15" 或 "*"'),
    _Field(4, "月份", 1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}, '"1"、"jan,jul" 或 "*/3"'),
    _Field(5, "星期", 0, 7, {name: n for n, name in enumerate(_WEEKDAYS)}, '"1-5"、"mon,fri" 或 "*"', True),
)


def parse_cron(expression: str) -> CronSchedule:
    """Return what a five-field expression means: minute hour day month weekday.

    Weekdays: 0 and 7 are Sunday, 1-5 is Monday to Friday; names, lists, ranges, steps, and ranges across the
    end of the week (5-1, fri-mon). Months may be named too.

    Raises:
        ValueError: it cannot be read, restricts both day and weekday, or names no date that exists; the text,
            in Chinese, says what, where, and gives an example.
    """
    texts = expression.lower().split()
    if len(texts) != 5:
        raise ValueError(
            f'cron 表达式 "{expression}" 有 {len(texts)} 段，应为 5 段：分钟 小时 日期 月份 星期；例如 {EXAMPLE}'
        )
    parts = [_values(text, field, expression) for text, field in zip(texts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = parts
    _refuse_both_days(expression, texts, days, weekdays)
    _refuse_impossible_date(expression, days, months)
    return CronSchedule(
        expression=expression, minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays
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
        _refuse(part, field, expression, f'步长前面要写 * 或一个范围，如 "*/{step}"')
    first = _number(first_text, part, field, expression)
    last = _number(last_text, part, field, expression) if dash else first
    if last < first:
        if not field.wraps:
            _refuse(part, field, expression, "范围的起点大于终点")
        last += 7
    values = range(first, last + 1, step)
    return [value % 7 for value in values] if field.wraps else list(values)


def _step(part: str, text: str, field: _Field, expression: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        _refuse(part, field, expression, "步长要是大于 0 的整数")
    return int(text)


def _number(text: str, part: str, field: _Field, expression: str) -> int:
    if text in field.names:
        return field.names[text]
    if not (text.isascii() and text.isdigit()):
        _refuse(part, field, expression, "看不懂")
    if not field.low <= int(text) <= field.high:
        _refuse(part, field, expression, f"不在 {field.low}–{field.high} 之内")
    return int(text)


def _refuse(part: str, field: _Field, expression: str, why: str) -> NoReturn:
    raise ValueError(
        f'cron 表达式 "{expression}" 第 {field.place} 段（{field.label}）的 "{part}"：{why}；可以写 {field.example}'
    )


def _refuse_both_days(
    expression: str, texts: list[str], days: tuple[int, ...], weekdays: tuple[int, ...]
) -> None:
    # A full range written out ("1-31") counts as restricted for cron, so it does here.
    by_day = not texts[2].startswith("*") or len(days) < 31
    by_weekday = not texts[4].startswith("*") or len(weekdays) < 7
    if by_day and by_weekday:
        raise ValueError(
            f'cron 表达式 "{expression}" 同时限定了日期（第 3 段 "{texts[2]}"）和星期（第 5 段 "{texts[4]}"），'
            f'含义不明确；请把其中一段写成 *，例如每月 1 日 09:00 写 "0 9 1 * *"，每周一 09:00 写 "0 9 * * 1"'
        )


def _refuse_impossible_date(expression: str, days: tuple[int, ...], months: tuple[int, ...]) -> None:
    if all(min(days) > _LONGEST_MONTHS[month - 1] for month in months):
        named = "、".join(str(month) for month in months)
        raise ValueError(
            f'cron 表达式 "{expression}" 永远不会触发：{named} 月没有 {min(days)} 日；'
            f'请改第 3 段（日期）或第 4 段（月份），例如每月最后一天附近可用 "0 9 28 * *"'
        )
