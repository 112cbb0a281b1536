"""A schedule in words, from the very object the trigger is made of: what the words say is what will happen."""

from __future__ import annotations

from itertools import pairwise

from steward.clock.cron import CronSchedule, IntervalSchedule
from steward.clock.ordinals import OrdinalSchedule
from steward.clock.slots import AnySchedule, OnNonWorkingDays
from steward.clock.wording import MONTHS_EN, WEEKDAYS_EN, WEEKDAYS_ZH, Lang

_MOST_TIMES = 4
_ORDINALS = {
    "first_working_day": ("每月第一个工作日", "First working day of the month at"),
    "last_working_day": ("每月最后一个工作日", "Last working day of the month at"),
    "first_working_day_of_week": ("每周第一个工作日", "First working day of the week at"),
    "last_working_day_of_week": ("每周最后一个工作日", "Last working day of the week at"),
}


def describe(
    schedule: AnySchedule,
    lang: Lang = "zh",
    on_non_working_days: OnNonWorkingDays = "run",
) -> str:
    """Return "每个工作日 08:37", "周一至周五 08:37", "每月第一个工作日 09:00", "每 1 分钟" and the like.

    A daily schedule that skips days off is "每个工作日", make-up Saturdays included; any other that skips them
    says so at its end, for Monday to Friday on working days is less than every working day.
    """
    zh = lang == "zh"
    if isinstance(schedule, OrdinalSchedule):
        day = _ORDINALS[schedule.on][0 if zh else 1]
        return f"{day} {schedule.hour:02d}:{schedule.minute:02d}"
    on_days_off = _on_days_off(on_non_working_days, zh)
    if isinstance(schedule, IntervalSchedule):
        return _interval(schedule.every_minutes, zh) + on_days_off
    times = _times_zh(schedule) if zh else _times_en(schedule)
    if on_non_working_days == "skip" and _is_daily(schedule):
        return f"每个工作日 {times}" if zh else f"Every working day {times}"
    days = _days_zh(schedule) if zh else _days_en(schedule)
    every_hour = _is_daily(schedule) and schedule.is_hourly
    words = times[0].upper() + times[1:] if every_hour else f"{days} {times}"
    return words + on_days_off


def _interval(minutes: int, zh: bool) -> str:
    if zh:
        return f"每 {minutes} 分钟"
    return "Every minute" if minutes == 1 else f"Every {minutes} minutes"


def _on_days_off(policy: OnNonWorkingDays, zh: bool) -> str:
    if policy == "run":
        return ""
    if policy == "postpone":
        return "（非工作日顺延）" if zh else " (postponed to the next working day)"
    return "（仅工作日）" if zh else " (working days only)"


def _is_daily(schedule: CronSchedule) -> bool:
    return len(schedule.days) == 31 and len(schedule.months) == 12 and len(schedule.weekdays) == 7


def _days_zh(schedule: CronSchedule) -> str:
    months = f"{_numbers(schedule.months, '至', '、')} 月" if len(schedule.months) < 12 else ""
    if len(schedule.days) < 31:
        days = f"{_numbers(schedule.days, '至', '、')} 日"
        return f"每年 {months} {days}" if months else f"每月 {days}"
    if len(schedule.weekdays) < 7:
        days = _weekdays(schedule.weekdays, WEEKDAYS_ZH, "至", "、")
        return f"{months}的{days}" if months else days
    return f"{months}每天" if months else "每天"


def _days_en(schedule: CronSchedule) -> str:
    months = ", ".join(MONTHS_EN[month - 1] for month in schedule.months) if len(schedule.months) < 12 else ""
    if len(schedule.days) < 31:
        days = f"day {_numbers(schedule.days, ' to ', ', ')}"
        return f"On {days} of {months or 'every month'}"
    days = _weekdays(schedule.weekdays, WEEKDAYS_EN, " to ", ", ") if len(schedule.weekdays) < 7 else "Daily"
    return f"{days} in {months}" if months else days


def _times_zh(schedule: CronSchedule) -> str:
    if listed := _listed_times(schedule):
        return "、".join(listed)
    if step := _step(schedule.minutes, 60):
        minutes = "每分钟" if step == 1 else f"每 {step} 分钟"
        return minutes if schedule.is_hourly else f"{_numbers(schedule.hours, '至', '、')} 点内{minutes}"
    minutes = f"{_two_digits(schedule.minutes, '、')} 分"
    if schedule.is_hourly:
        return f"每小时 {minutes}"
    if (step := _step(schedule.hours, 24)) and step > 1:
        return f"每 {step} 小时 {minutes}（从 0 点起）"
    return f"{_numbers(schedule.hours, '至', '、')} 点的 {minutes}"


def _times_en(schedule: CronSchedule) -> str:
    if listed := _listed_times(schedule):
        return "at " + ", ".join(listed)
    if step := _step(schedule.minutes, 60):
        minutes = "every minute" if step == 1 else f"every {step} minutes"
        hours = "" if schedule.is_hourly else f" within hours {_numbers(schedule.hours, ' to ', ', ')}"
        return minutes + hours
    minutes = f"at minute {_two_digits(schedule.minutes, ', ')}"
    if schedule.is_hourly:
        return f"every hour {minutes}"
    if (step := _step(schedule.hours, 24)) and step > 1:
        return f"every {step} hours from midnight {minutes}"
    return f"in hours {_numbers(schedule.hours, ' to ', ', ')} {minutes}"


def _listed_times(schedule: CronSchedule) -> list[str]:
    """Return the times of day one by one where they are few, else nothing."""
    if len(schedule.hours) * len(schedule.minutes) > _MOST_TIMES:
        return []
    return [f"{hour:02d}:{minute:02d}" for hour in schedule.hours for minute in schedule.minutes]


def _step(values: tuple[int, ...], size: int) -> int | None:
    """Return n where the values are every n-th of the whole circle from 0, else None."""
    count = len(values)
    if count > 1 and size % count == 0 and values == tuple(range(0, size, size // count)):
        return size // count
    return None


def _two_digits(values: tuple[int, ...], comma: str) -> str:
    return comma.join(f"{value:02d}" for value in values)


def _numbers(values: tuple[int, ...], to: str, comma: str) -> str:
    """Return "1、15" or "1至5、9": runs of three and more are drawn together."""
    return comma.join(_span([str(value) for value in run], to, comma) for run in _runs(values))


def _weekdays(values: tuple[int, ...], names: tuple[str, ...], to: str, comma: str) -> str:
    """Return "周一至周五" or "周五至周一": a range across the week's end begins after a day that is missing."""
    days = {(value - 1) % 7 for value in values}
    start = 0
    if {5, 6, 0} <= days:
        start = next(day for day in range(7) if day not in days)
    places = tuple(sorted((day - start) % 7 for day in days))
    return comma.join(
        _span([names[(place + start) % 7] for place in run], to, comma) for run in _runs(places)
    )


def _runs(values: tuple[int, ...]) -> list[list[int]]:
    runs = [[values[0]]]
    for before, value in pairwise(values):
        if value == before + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def _span(words: list[str], to: str, comma: str) -> str:
    return f"{words[0]}{to}{words[-1]}" if len(words) > 2 else comma.join(words)
