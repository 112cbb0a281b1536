"""How a campaign's counts are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

CHANNELS = ("app", "bot", "appchat", "email")
_FIRST = ("messages", "arrived", "sent", "unknown", "dead", "expired", "cancelled", "lost", "doubled")


def to_table(counts: Mapping[str, Counter[str]]) -> str:
    """Return counts by channel, one word a line; words that always matter first."""
    others = sorted({word for found in counts.values() for word in found} - set(_FIRST))
    lines = [("", *CHANNELS, "all")]
    for word in (*_FIRST, *others):
        row = [counts[channel][word] if channel in counts else 0 for channel in CHANNELS]
        lines.append((word, *(str(number) for number in row), str(sum(row))))
    return align(lines)


def align(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as columns, the first flush left."""
    rows = list(rows)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    )
