"""The moments a schedule means, one local day after the other: skipped, postponed or run on days off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from steward.clock.cron import CronSchedule, IntervalSchedule
from steward.clock.ordinals import OrdinalSchedule
from steward.clock.walls import is_shown, to_instant
from steward.clock.working_days import WorkingDays

AnySchedule = CronSchedule | IntervalSchedule | OrdinalSchedule
OnNonWorkingDays = Literal["skip", "postpone", "run"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
# 29 February comes every four years, in eight around 2100, and may then be a day off.
_LOOK_AHEAD_DAYS = 366 * 17


def slots_of(
    schedule: AnySchedule,
    after: datetime,
    zone: ZoneInfo,
    working_days: WorkingDays,
    on_non_working_days: OnNonWorkingDays,
) -> Iterator[datetime]:
    """Yield the planned moments after `after`, in UTC, ascending, each once; ends after 17 years."""
    if isinstance(schedule, IntervalSchedule):
        for at in _intervals(schedule, after):
            if on_non_working_days == "run" or working_days.is_working(at.astimezone(zone).date()):
                yield at
        return
    first = after.astimezone(UTC).astimezone(zone).date()
    for day in _days(schedule, first, working_days, on_non_working_days):
        yield from (at for at in moments_of_day(schedule, day, zone) if at > after)


def _intervals(schedule: IntervalSchedule, after: datetime) -> Iterator[datetime]:
    step = timedelta(minutes=schedule.every_minutes)
    slot = _EPOCH + ((after - _EPOCH) // step + 1) * step
    until = after + _DAY * _LOOK_AHEAD_DAYS
    while slot <= until:
        yield slot
        slot += step


def _days(
    schedule: CronSchedule | OrdinalSchedule,
    first: date,
    working_days: WorkingDays,
    on_non_working_days: OnNonWorkingDays,
) -> Iterator[date]:
    """Yield each day from `first` on at which it fires, or to which days off before it were postponed.

    Its times are the same on every day, so that what was put off meets the day's own and is one with it.
    """
    postpones = on_non_working_days == "postpone"
    waiting = postpones and _is_waiting(schedule, first, working_days)
    for number in range(_LOOK_AHEAD_DAYS):
        day = first + timedelta(days=number)
        if not waiting and not schedule.fires_on(day, working_days):
            continue
        if on_non_working_days == "run" or working_days.is_working(day):
            yield day
            waiting = False
        else:
            waiting = postpones


def _is_waiting(schedule: CronSchedule | OrdinalSchedule, first: date, working_days: WorkingDays) -> bool:
    """Return whether one of the days off just before `first` was postponed and has not come yet."""
    day = first - _DAY
    while not working_days.is_working(day):
        if schedule.fires_on(day, working_days):
            return True
        day -= _DAY
    return False


def moments_of_day(schedule: CronSchedule | OrdinalSchedule, day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the day's moments in UTC, ascending, each once.

    As Debian's cron: a time that the clock skips is due when the clock has been put on, a time that it shows twice
    is due the first time. Of a schedule that fires in every hour each moment counts whose wall time fits.
    """
    midnight, next_midnight = (datetime.combine(one, time.min, tzinfo=zone) for one in (day, day + _DAY))
    if midnight.utcoffset() == next_midnight.utcoffset():  # nearly every day; 20 times as fast
        start = midnight.astimezone(UTC)
        return [start + timedelta(hours=hour, minutes=minute) for hour, minute in schedule.times]
    walls = [datetime.combine(day, time(hour, minute)) for hour, minute in schedule.times]
    if schedule.is_hourly:
        walls = [
            wall.replace(fold=fold)
            for wall in walls
            for fold in (0, 1)
            if is_shown(wall.replace(fold=fold), zone)
        ]
    return sorted({to_instant(wall, zone) for wall in walls})
