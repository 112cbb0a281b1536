"""From what a clock on the wall shows to the moment it shows it, also where the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return, in UTC, when the clocks of `zone` show `wall`; the first moment after the change where they never do.

    Args:
        wall: without a zone; `fold` says which of two is meant where they show it twice.
    """
    if is_shown(wall, zone):
        return wall.replace(tzinfo=zone).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while (after - _MINUTE).astimezone(zone).utcoffset() == offset:
        after -= _MINUTE
    return after


def is_shown(wall: datetime, zone: ZoneInfo) -> bool:
    """Return whether the clocks of `zone` ever show `wall`: not in an hour that they skip."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    return at.astimezone(zone).replace(tzinfo=None) == wall.replace(fold=0)
