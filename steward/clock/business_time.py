"""Business time: real minutes within the company's windows, over lunch, holidays, make-up days and clock changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from steward.clock.working_days import WorkingDays
from steward.model.settings.hours import BusinessHoursSettings, Window

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_MINUTES_OF_DAY = 24 * 60
_LOOK_AHEAD = timedelta(days=366 * 20)

Span = tuple[datetime, datetime]
"""Two moments in UTC; the second is outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When so much business time has passed, and what was passed over on the way.

    Args:
        start_at, due_at: in UTC. A deadline that falls on the end of a window is that end, not the next opening.
        minutes: business time between the two.
        days_off: the local days in between without a single open minute, ascending.
        is_provisional: a day in between belongs to a year whose notice is not out: the deadline may still move.
    """

    start_at: datetime
    due_at: datetime
    minutes: int
    days_off: tuple[date, ...]
    is_provisional: bool


class BusinessHours:
    """When somebody works. Open is every moment whose local wall clock lies in a window of its day.

    So an hour that the clock repeats counts twice where it is open, one that the clock skips counts not at all:
    minutes are real, elapsed ones. Safe to share: each day is worked out once.

    Args:
        windows: of working days, make-up days included.
        on_days_off: of all other days.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        zone: ZoneInfo,
        working_days: WorkingDays,
        on_days_off: Sequence[Window] = (),
    ) -> None:
        self.zone = zone
        self.working_days = working_days
        self._windows = {True: tuple(sorted(windows)), False: tuple(sorted(on_days_off))}
        self._known: dict[date, tuple[Span, ...]] = {}

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return when the local day is open, ascending, in UTC; a night shift of the day before reaches into it."""
        spans = self._known.get(day)
        if spans is None:
            spans = self._known[day] = tuple(self._open(day))
        return spans

    def _open(self, day: date) -> Iterator[Span]:
        walls = sorted([*self._of_yesterday(day), *self._of_today(day)])
        for low, high, offset in _offsets(day, self.zone):
            midnight = datetime.combine(day, time.min, tzinfo=UTC) - offset
            for starts, ends in walls:
                start, end = midnight + starts * _MINUTE, midnight + ends * _MINUTE
                if max(start, low) < min(end, high):
                    yield max(start, low), min(end, high)

    def _of_today(self, day: date) -> list[tuple[int, int]]:
        windows = self._windows[self.working_days.is_working(day)]
        return [(window.starts, min(window.ends, _MINUTES_OF_DAY)) for window in windows]

    def _of_yesterday(self, day: date) -> list[tuple[int, int]]:
        windows = self._windows[self.working_days.is_working(day - _DAY)]
        return [(0, window.ends - _MINUTES_OF_DAY) for window in windows if window.passes_midnight]

    def days_from(self, day: date) -> Iterator[tuple[date, tuple[Span, ...]]]:
        """Yield each day from `day` on with its spans; ends after 20 years."""
        for _ in range(_LOOK_AHEAD // _DAY):
            yield day, self.spans(day)
            day += _DAY


def to_business_hours(
    setting: BusinessHoursSettings,
    zone: ZoneInfo,
    working_days: WorkingDays,
    departments: Sequence[str] = (),
) -> BusinessHours:
    """Return the hours of somebody whose departments, his own first and then upwards, have these names."""
    windows, on_days_off = setting.of(departments)
    return BusinessHours(windows, zone, working_days, on_days_off)


def add_business_time(start: datetime, minutes: int, hours: BusinessHours) -> Deadline:
    """Return when `minutes` of business time have passed after `start`; for 0 when business time begins.

    Raises:
        ValueError: `minutes` is negative, or 20 years do not hold as many.
    """
    if minutes < 0:
        raise ValueError(f"{minutes} business minutes after {start}: must not be negative")
    start = start.astimezone(UTC)
    left = minutes * _MINUTE
    off: list[date] = []
    provisional = False
    for day, spans in hours.days_from(_local_day(start, hours.zone)):
        provisional = provisional or _is_guess(day, hours.working_days)
        if not spans:
            off.append(day)
        for low, high in spans:
            low = max(low, start)
            if low < high and left <= high - low:
                return Deadline(
                    start_at=start,
                    due_at=low + left,
                    minutes=minutes,
                    days_off=tuple(off),
                    is_provisional=provisional,
                )
            left -= max(high - low, timedelta())
    raise ValueError(f"{minutes} business minutes after {start}: 20 years do not hold as many")


def business_time_between(start: datetime, end: datetime, hours: BusinessHours) -> timedelta:
    """Return how much business time lies between two moments; nothing where `end` is not after `start`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    if end <= start:
        return total
    last = _local_day(end, hours.zone)
    day = _local_day(start, hours.zone)
    while day <= last:
        for low, high in hours.spans(day):
            total += max(min(high, end) - max(low, start), timedelta())
        day += _DAY
    return total


def business_minutes_between(start: datetime, end: datetime, hours: BusinessHours) -> int:
    """Return the whole minutes of business time between two moments; 0 where `end` is not after `start`."""
    return business_time_between(start, end, hours) // _MINUTE


def next_open(at: datetime, hours: BusinessHours) -> datetime:
    """Return, in UTC, the first moment from `at` on that is business time: `at` itself within a window."""
    return add_business_time(at, 0, hours).due_at


def is_open(at: datetime, hours: BusinessHours) -> bool:
    """Return whether `at` is business time; the end of a window is not."""
    at = at.astimezone(UTC)
    return any(low <= at < high for low, high in hours.spans(_local_day(at, hours.zone)))


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _is_guess(day: date, working_days: WorkingDays) -> bool:
    return working_days.kind_of(day).why in ("weekday", "statutory_provisional")


def _offsets(day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime, timedelta]]:
    """Return the stretches of a local day between changes of the clock: from, until (UTC), offset to UTC.

    Mostly one. Searched from noon to noon around it, for a clock may be changed at midnight itself.
    """
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    edges = [noon - timedelta(days=2), *_changes(noon - timedelta(days=2), noon + timedelta(days=2), zone)]
    edges.append(noon + timedelta(days=2))
    return [(low, high, _offset(low, zone)) for low, high in pairwise(edges)]


def _changes(low: datetime, high: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the moments at which the zone's offset changes, at most one in each day between the two."""
    probes = [low + number * _DAY for number in range((high - low) // _DAY + 1)]
    return [
        _change(early, late, zone)
        for early, late in pairwise(probes)
        if _offset(early, zone) != _offset(late, zone)
    ]


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second with another offset than `low` has, where `high` has another."""
    before = _offset(low, zone)
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
