"""What a schedule does on special days that its author may not have thought of; for `schedule next` and the like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from steward.clock.cron import CronSchedule
from steward.clock.plan import Plan, describe, next_slots, rests_on_working_days
from steward.clock.slots import AnySchedule
from steward.clock.wording import day_words, local
from steward.clock.working_days import WorkingDays
from steward.model.words import Language, Words

_MONDAY_TO_FRIDAY = (1, 2, 3, 4, 5)
_WEEKEND = {0, 6}
_A_YEAR = 366
_MOST_NAMED = 3


def hints(plan: Plan, after: datetime, count: int = 10) -> list[Words]:
    """Return what an admin should know about the plan's coming year; mostly nothing.

    Args:
        count: how many slots are looked at for a year that is not published; as many as are shown.
    """
    found = []
    if isinstance(plan.schedule, CronSchedule):
        today = local(after, plan.zone).date()
        found += [*_monday_to_friday(plan, plan.schedule, today), *_weekend(plan, plan.schedule)]
    return [*found, *_provisional(plan, after, count)]


def _monday_to_friday(plan: Plan, schedule: CronSchedule, today: date) -> Iterator[Words]:
    """Say that 1-5 leaves make-up days out, and how every working day is written."""
    if schedule.weekdays != _MONDAY_TO_FRIDAY:
        return
    missed = _make_up_days(today, plan.working_days)
    if not missed:
        return
    every = to_every_working_day(schedule)
    words = [describe(_every(plan, schedule), language) for language in ("zh", "en")]
    zh, en = _days(missed, "zh"), _days(missed, "en")
    yield Words(
        f"只写了周一至周五，调休补班的 {zh} 不会运行；要每个工作日都运行，写 "
        f'cron = "{every}"，on_non_working_days = "skip"（{words[0]}）',
        f"Monday to Friday only: it does not run on the make-up days {en}; for every working day write "
        f'cron = "{every}", on_non_working_days = "skip" ({words[1]})',
    )


def to_every_working_day(schedule: CronSchedule) -> str:
    """Return the expression that, with days off skipped, means every working day at the same times."""
    return " ".join([*schedule.expression.split()[:4], "*"])


def _every(plan: Plan, schedule: CronSchedule) -> Plan:
    daily: AnySchedule = replace(
        schedule, weekdays=tuple(range(7)), expression=to_every_working_day(schedule)
    )
    return replace(plan, schedule=daily, on_non_working_days="skip")


def _make_up_days(today: date, working_days: WorkingDays) -> list[date]:
    days = (today + timedelta(days=number) for number in range(_A_YEAR))
    return [day for day in days if working_days.kind_of(day).make_up]


def _days(days: Sequence[date], language: Language) -> str:
    zh = language == "zh"
    named = ("、" if zh else ", ").join(day_words(day, language) for day in days[:_MOST_NAMED])
    return named if len(days) <= _MOST_NAMED else named + (" 等" if zh else " and others")


def _weekend(plan: Plan, schedule: CronSchedule) -> Iterator[Words]:
    if plan.on_non_working_days == "skip" and set(schedule.weekdays) <= _WEEKEND:
        yield Words(
            "只在周末而又跳过非工作日：只有调休补班的周末才会运行",
            "weekends only, and days off are skipped: it runs on make-up days alone",
        )


def _provisional(plan: Plan, after: datetime, count: int) -> Iterator[Words]:
    """Say which of the coming slots rest on a guess. Plans that run on any day rest on none."""
    if not rests_on_working_days(plan):
        return
    years = {local(at, plan.zone).year for at in next_slots(plan, after, count)}
    for year in sorted(year for year in years if plan.working_days.is_provisional(year)):
        yield Words(
            f"{year} 年放假安排未公布，该年的时间按法定节假日推算，没有调休；公布后运行 main.py calendar import 文件",
            f"{year}'s holidays are not published yet; its times are guesses by law, without make-up days; once "
            "they are out, run main.py calendar import FILE",
        )
