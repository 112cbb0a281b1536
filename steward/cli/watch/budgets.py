"""How much of each sending budget is used up: pure, from what was sent and the limits the settings give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from steward.delivery.budget import DAY, HOUR, MINUTE, Limit, Log, Reach, Ways
from steward.model.delivery import Channel

Windows = Mapping[timedelta | None, datetime]
_WINDOWS = (MINUTE, HOUR, DAY, None)


def windows_at(now: datetime) -> Windows:
    """Return every window a limit has, with the moment after which an entry counts in it."""
    return {window: Limit(most=1, window=window).since(now) for window in _WINDOWS}


def used_ratios(
    spent: Mapping[timedelta | None, Mapping[str, int]], ways: Ways, accounts: int
) -> dict[str, float]:
    """Return budget -> the share of it that is used up, of several limits the tightest. Untouched ones are absent.

    Args:
        spent: window -> budget -> units.
        accounts: employees known, by which the app's day is reckoned.
    """
    ratios: dict[str, float] = {}
    for name in {name for used in spent.values() for name in used}:
        for log in _logs(name, ways, Reach(accounts=accounts)):
            if log.name == name:
                ratios[name] = max(spent.get(one.window, {}).get(name, 0) / one.most for one in log.limits)
    return ratios


def _logs(budget: str, ways: Ways, reach: Reach) -> Iterator[Log]:
    """Yield the budgets a message takes from that takes from this one."""
    kind, _colon, name = budget.partition(":")
    channels: dict[str, tuple[Channel, str]] = {
        "bot": ("bot", name),
        "member": ("app", name),
        "app": ("app", name),
        "appchat": ("appchat", name),
    }
    if kind in channels:
        yield from ways.logs(budget, *channels[kind], reach)
