"""What settings cannot see by themselves: schedules that cannot be read, never fire, or ring out of order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from steward.clock.cron import CronSchedule, ScheduleRefused, parse_cron
from steward.model.settings.calendar import Calendar
from steward.model.settings.cross import Fault
from steward.model.settings.operation import Schedule
from steward.model.settings.root import with_defaults
from steward.model.words import Words

# Days that are holidays by law in every year (全国年节及纪念日放假办法): no notice ever made one a working day.
_ALWAYS_OFF = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
_MINUTES_OF_DAY = 24 * 60


def judge_schedules(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with the [schedules.*] of raw settings beyond their shape; for `parse_settings`.

    What is refused does not depend on the day it is asked: settings that are good today stay good.
    """
    schedules = raw.get("schedules")
    for job, given in schedules.items() if isinstance(schedules, Mapping) else ():
        if isinstance(given, Mapping):
            yield from _judge(job, given, _opened(raw))


def _judge(job: str, given: Mapping[str, Any], opened: set[tuple[int, int]]) -> Iterator[Fault]:
    cron = given.get("cron")
    try:
        setting = Schedule.model_validate(with_defaults(job, given))
    except ValidationError:
        setting = None  # told by the settings themselves; the expression is read all the same
        if not isinstance(cron, str) or len(cron.split()) != 5:
            return
    expression = setting.cron if setting else cron
    if expression is None:
        return
    try:
        schedule = parse_cron(expression)
    except ScheduleRefused as error:
        yield _fault(job, "cron", error.words)
        return
    if setting is not None:
        yield from _never(job, setting, schedule, opened)
        yield from _jitter(job, setting, schedule)


def _never(
    job: str, setting: Schedule, schedule: CronSchedule, opened: set[tuple[int, int]]
) -> Iterator[Fault]:
    dates = {(month, day) for month in schedule.months for day in schedule.days}
    if setting.on_non_working_days == "skip" and dates <= _ALWAYS_OFF - opened:
        text = schedule.expression
        words = Words(
            f'cron 表达式 "{text}" 永远不会触发：它只落在法定节假日，而节假日是跳过的'
            '（on_non_working_days = "skip"）；请改日期，或写 on_non_working_days = "postpone"（顺延）或 "run"（照做）',
            f'cron expression "{text}" never fires: it meets public holidays only, and days off are skipped '
            '(on_non_working_days = "skip"); change the date, or write on_non_working_days = "postpone" or "run"',
        )
        yield _fault(job, "cron", words)


def _jitter(job: str, setting: Schedule, schedule: CronSchedule) -> Iterator[Fault]:
    gap = shortest_gap_s(schedule)
    if setting.jitter_s >= gap:
        yield Fault(("schedules", job, "jitter_s"), "jitter_too_long", {"gap": gap}, setting.jitter_s)


def shortest_gap_s(schedule: CronSchedule) -> int:
    """Return the seconds between the two nearest times of a day and of the next one."""
    minutes = [hour * 60 + minute for hour, minute in schedule.times]
    return 60 * min(late - early for early, late in pairwise([*minutes, minutes[0] + _MINUTES_OF_DAY]))


def _fault(job: str, key: str, words: Words) -> Fault:
    return Fault(("schedules", job, key), "schedule_refused", {"zh": words.zh, "en": words.en})


def _opened(raw: Mapping[str, Any]) -> set[tuple[int, int]]:
    """Return month and day of what the company declared a working day, in whichever year."""
    try:
        calendar = Calendar.model_validate(raw.get("calendar", {}))
    except ValidationError:
        return set()  # told by the section itself
    return {(day.month, day.day) for day in calendar.working_days}
