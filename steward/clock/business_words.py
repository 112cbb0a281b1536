"""A deadline explained in one sentence: when, how much business time, from when, and what was not counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from steward.clock.business_time import BusinessHours, Deadline
from steward.clock.holiday_names import holiday_words
from steward.clock.wording import Lang, day_words, local, time_words


def explain(deadline: Deadline, hours: BusinessHours, lang: Lang) -> str:
    """Return the sentence.

    "10月8日 周四 09:00 前：30 分钟工作时间，从 9月30日 周三 17:45 起，国庆节放假不计", or
    "By 09:00 Thu 8 Oct: 30 minutes of business time from 17:45 Wed 30 Sep; National Day not counted".
    Years are said where the two days lie in different ones. A deadline that rests on a year whose notice is not
    out says so.
    """
    zone, zh = hours.zone, lang == "zh"
    with_year = local(deadline.due_at, zone).year != local(deadline.start_at, zone).year
    due, start = (_moment(at, zone, lang, with_year) for at in (deadline.due_at, deadline.start_at))
    if zh:
        parts = [f"{due} 前：{deadline.minutes} 分钟工作时间，从 {start} 起", *_notes(deadline, hours, lang)]
        return "，".join(parts)
    unit = "minute" if deadline.minutes == 1 else "minutes"
    first = f"By {due}: {deadline.minutes} {unit} of business time from {start}"
    return "; ".join([first, *_notes(deadline, hours, lang)])


def _moment(at: datetime, zone: ZoneInfo, lang: Lang, with_year: bool) -> str:
    day, time = local(at, zone).date(), time_words(at, zone)
    words = day_words(day, lang)
    if lang == "zh":
        return f"{day.year}年{words} {time}" if with_year else f"{words} {time}"
    return f"{time} {words} {day.year}" if with_year else f"{time} {words}"


def _notes(deadline: Deadline, hours: BusinessHours, lang: Lang) -> Iterator[str]:
    zh = lang == "zh"
    names, has_others = _passed_over(deadline, hours)
    if names:
        said = [holiday_words(name, lang) for name in names]
        yield f"{'、'.join(said)}放假不计" if zh else f"{', '.join(said)} not counted"
    elif has_others:
        # Beside a holiday the weekend goes without saying.
        yield "休息日不计" if zh else "days off not counted"
    for day in _make_up_days(deadline, hours):
        yield (
            f"{day_words(day, lang)} 补班计入"
            if zh
            else f"{day_words(day, lang)} is a make-up day and counts"
        )
    if deadline.is_provisional:
        yield "放假安排未公布，暂按推算" if zh else "provisional: that year's holidays are not published yet"


def _passed_over(deadline: Deadline, hours: BusinessHours) -> tuple[list[str], bool]:
    """Return the holidays passed over, each once, and whether unnamed days off were passed over."""
    names = [hours.working_days.kind_of(day).name for day in deadline.days_off]
    return list(dict.fromkeys(name for name in names if name)), None in names


def _make_up_days(deadline: Deadline, hours: BusinessHours) -> Iterator[date]:
    """Yield the make-up days with open time between start and deadline."""
    first, last = (local(at, hours.zone).date() for at in (deadline.start_at, deadline.due_at))
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number)
        spans = hours.spans(day)
        counted = any(low < deadline.due_at and deadline.start_at < high for low, high in spans)
        if counted and hours.working_days.kind_of(day).make_up:
            yield day
