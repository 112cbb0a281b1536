"""Counting what arrived, after the fact: the other side's figures against ours."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

SPAN_S = 60.0


def most_within(moments: Iterable[float], span_s: float = SPAN_S) -> int:
    """Return the most moments that lie within any span of that length; 0 when there are none.

    Args:
        moments: seconds, in any order.
        span_s: its end does not belong to it: two moments exactly that far apart are never in one span.
    """
    most = 0
    window: deque[float] = deque()
    for moment in sorted(moments):
        while window and window[0] <= moment - span_s:
            window.popleft()
        window.append(moment)
        most = max(most, len(window))
    return most


def busiest(received: Iterable[Mapping[str, Any]], span_s: float = SPAN_S) -> dict[str, int]:
    """Return for each bot, member and chat the most messages that arrived within any such span."""
    moments: defaultdict[str, list[float]] = defaultdict(list)
    for one in received:
        at_s = datetime.fromisoformat(one["at"]).timestamp()
        for to in one["to"].split("|"):
            moments[to].append(at_s)
    return {to: most_within(found, span_s) for to, found in sorted(moments.items())}
