"""Quiet hours [C16]: when nobody talks in a group, the service least of all."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from steward.clock.walls import to_instant


def in_quiet_hours(at: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> bool:
    """Return whether `at` lies in the window, by the clock on the wall; `quiet_until` itself is not quiet.

    A window that ends before it begins passes midnight; one that ends when it begins is never quiet.
    """
    clock = at.astimezone(UTC).astimezone(zone).time()
    if quiet_from <= quiet_until:
        return quiet_from <= clock < quiet_until
    return clock >= quiet_from or clock < quiet_until


def end_of_quiet(at: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> datetime:
    """Return, in UTC, when a post of `at` may go out: `at` itself outside the window, else the window's end."""
    at = at.astimezone(UTC)
    if not in_quiet_hours(at, quiet_from, quiet_until, zone):
        return at
    today = at.astimezone(zone).date()
    walls = [datetime.combine(today + timedelta(days=days), quiet_until) for days in (0, 1)]
    ends = {to_instant(wall.replace(fold=fold), zone) for wall in walls for fold in (0, 1)}
    return min(end for end in ends if end > at and not in_quiet_hours(end, quiet_from, quiet_until, zone))
