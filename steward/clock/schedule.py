"""When a job is due: its slots, their keys, and the trigger that rings, all from one parsed schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, product
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from steward.clock.cron import CronSchedule, IntervalSchedule, parse_cron
from steward.clock.schedule_words import describe
from steward.clock.working_days import WorkingDays

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

    from steward.model.settings.operation import Schedule

__all__ = [
    "CronSchedule",
    "IntervalSchedule",
    "describe",
    "next_slots",
    "parse_cron",
    "slot_at",
    "slot_key",
    "to_schedule",
    "trigger",
]

OnNonWorkingDays = Literal["skip", "run"]
_WEEKDAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
# 29 February comes every four years, in eight around 2100, and may then be a day off.
_LOOK_AHEAD_DAYS = 366 * 17


def to_schedule(setting: Schedule) -> CronSchedule | IntervalSchedule:
    """Return a [schedules.*] section as a parsed schedule.

    Raises:
        ValueError: the cron expression is refused; see `parse_cron`.
    """
    if setting.cron is not None:
        return parse_cron(setting.cron)
    return IntervalSchedule(every_minutes=setting.every_minutes or 1)


def trigger(schedule: CronSchedule | IntervalSchedule, zone: ZoneInfo) -> BaseTrigger:
    """Return the APScheduler trigger; it knows no working days: what it rings for is decided by the slot.

    Weekdays go in by name: APScheduler's number 0 is Monday, crontab's is Sunday (agronholm/apscheduler #286).
    """
    # Imported late: it costs 0.2 s, and only the scheduler needs it.
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if isinstance(schedule, IntervalSchedule):
        return IntervalTrigger(minutes=schedule.every_minutes, start_date=_EPOCH, timezone=UTC)
    return CronTrigger(
        minute=_listed(schedule.minutes),
        hour=_listed(schedule.hours),
        day=_listed(schedule.days),
        month=_listed(schedule.months),
        day_of_week=",".join(_WEEKDAY_NAMES[number] for number in schedule.weekdays),
        timezone=zone,
    )


def _listed(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))


def next_slots(
    schedule: CronSchedule | IntervalSchedule,
    after: datetime,
    count: int,
    zone: ZoneInfo,
    working_days: WorkingDays,
    on_non_working_days: OnNonWorkingDays = "run",
) -> list[datetime]:
    """Return the next `count` planned moments after `after`, in UTC, ascending.

    A time that the clock skips is due when the clock has been put on; a time it shows twice is due once, unless
    the schedule fires in every hour. Fewer than `count` where 17 years do not hold as many: a yearly 1 October
    09:00 that skips days off never comes.
    """
    slots = (
        _intervals(schedule, after)
        if isinstance(schedule, IntervalSchedule)
        else _crons(schedule, after, zone)
    )
    if on_non_working_days == "skip":
        slots = (at for at in slots if working_days.is_working(at.astimezone(zone).date()))
    return list(islice(slots, count))


def _intervals(schedule: IntervalSchedule, after: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=schedule.every_minutes)
    slot = _EPOCH + ((after - _EPOCH) // step + 1) * step
    until = after + _DAY * _LOOK_AHEAD_DAYS
    while slot <= until:
        yield slot
        slot += step


def _crons(schedule: CronSchedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    first = after.astimezone(UTC).astimezone(zone).date()
    for number in range(_LOOK_AHEAD_DAYS):
        day = first + timedelta(days=number)
        if _fires_on(schedule, day):
            yield from (at for at in _slots_of_day(schedule, day, zone) if at > after)


def _fires_on(schedule: CronSchedule, day: date) -> bool:
    return (
        day.month in schedule.months
        and day.day in schedule.days
        and day.isoweekday() % 7 in schedule.weekdays
    )


def _slots_of_day(schedule: CronSchedule, day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the day's moments in UTC, ascending; a set, for a skipped hour falls on the next one."""
    folds = (0, 1) if schedule.is_hourly else (0,)
    return sorted(
        {
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)
            for hour, minute, fold in product(schedule.hours, schedule.minutes, folds)
        }
    )


def slot_key(schedule: CronSchedule | IntervalSchedule, at: datetime, zone: ZoneInfo) -> str:
    """Return the name a planned moment has in the runs table, the same in every process.

    "2026-11-20T08:37" is the company's wall time: a time the clock shows twice is one slot. Schedules that fire
    in every hour are named in UTC, "2026-11-20T00:37Z", for there each of the two is meant.
    """
    in_utc = at.astimezone(UTC)
    if isinstance(schedule, IntervalSchedule) or schedule.is_hourly:
        return in_utc.strftime("%Y-%m-%dT%H:%MZ")
    return in_utc.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def slot_at(key: str, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, that a slot key names; the first of two where the clock shows it twice."""
    at = datetime.fromisoformat(key)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
