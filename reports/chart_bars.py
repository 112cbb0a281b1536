"""A chart of bars lying side by side in rows: how much there is of each kind, and in whose hands it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reports.chart import COLOURS, WIDTH, Box, Chart, Label, Part, clip_width, legend_boxes, legend_labels

_NAME_WIDTH: Final = 148
_ROW: Final = 30
_BAR: Final = 16
_TOP: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: its name, and how much each part has of it."""

    name: str
    counts: tuple[int, ...]


def stacked_bars(parts: Sequence[Part], bars: Sequence[Bar], description: str) -> Chart:
    """Return rows of bars, each of as many parts as there are colours, with its total behind it."""
    longest = max((sum(bar.counts) for bar in bars), default=0) or 1
    room = WIDTH - _NAME_WIDTH - 60
    boxes: list[Box] = []
    labels = list(legend_labels(parts))
    boxes += legend_boxes(parts)
    for number, bar in enumerate(bars):
        y = _TOP + number * _ROW
        x = float(_NAME_WIDTH)
        labels.append(_name_label(bar.name, y))
        for part, count in zip(parts, bar.counts, strict=True):
            width = count / longest * room
            if count:
                boxes.append(Box(x=x, y=y, width=max(width, 2), height=_BAR, colour=COLOURS[part.colour]))
            x += width
        labels.append(Label(x=x + 8, y=y + 13, text=f"{sum(bar.counts):,}"))
    height = _TOP + len(bars) * _ROW
    return Chart(height=height, description=description, boxes=tuple(boxes), labels=tuple(labels))


def _name_label(name: str, y: float) -> Label:
    return Label(x=_NAME_WIDTH - 12, y=y + 13, text=clip_width(name, _NAME_WIDTH - 16), anchor="end")
