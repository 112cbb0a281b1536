"""A chart of how one report followed another: what was open, what came, what went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.chart import (
    COLOURS,
    MARGIN,
    WIDTH,
    Box,
    Chart,
    Colour,
    Label,
    Part,
    Path,
    legend_boxes,
    legend_labels,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One report among its former ones; None = unknown."""

    name: str
    open_count: int | None
    new_count: int | None
    resolved_count: int | None


_LINE_TOP, _LINE_BOTTOM = 48, 112
_BARS_TOP, _BARS_BOTTOM = 150, 232


def trend(days: Sequence[Day], names: tuple[str, str, str], unknown: str, description: str) -> Chart:
    """Return how reports followed one another: above what was open, below what came and went; oldest first.

    Args:
        names: of what is open, what came, what went.
        unknown: the word for a number nobody knows; nothing is drawn for it, least of all a zero.
    """
    parts = [Part(name=names[1], colour="new"), Part(name=names[2], colour="closed")]
    boxes, labels = list(_trend_frame()), list(_trend_names(names[0], parts))
    paths = [_zero_line(_LINE_BOTTOM), _zero_line(_BARS_BOTTOM)]
    boxes += [
        Box(x=box.x, y=box.y + 120, width=12, height=12, colour=box.colour) for box in legend_boxes(parts)
    ]
    tallest = max((n for day in days for n in (day.new_count, day.resolved_count) if n), default=1)
    step = (WIDTH - 2 * MARGIN) / len(days)
    for number, day in enumerate(days):
        middle = MARGIN + step * (number + 0.5)
        labels.append(
            Label(
                x=middle, y=_BARS_BOTTOM + 18, text=day.name, anchor="middle", colour=COLOURS["soft"], size=11
            )
        )
        boxes += _day_bars(day, middle, min(step * 0.3, 16), tallest)
        labels += _day_labels(day, middle, min(step * 0.3, 16), tallest, unknown)
    paths += _open_line(days, step)
    labels += _open_labels(days, step)
    height = _BARS_BOTTOM + 28
    return Chart(
        height=height, description=description, boxes=tuple(boxes), labels=tuple(labels), paths=tuple(paths)
    )


def _trend_frame() -> Iterable[Box]:
    yield Box(x=MARGIN, y=6, width=12, height=12, colour=COLOURS["open"])


def _trend_names(open_name: str, parts: Sequence[Part]) -> Iterable[Label]:
    yield Label(x=MARGIN + 18, y=17, text=open_name, colour=COLOURS["soft"])
    for label in legend_labels(parts):
        yield Label(x=label.x, y=label.y + 120, text=label.text, colour=label.colour)


def _zero_line(y: float) -> Path:
    ends = ((float(MARGIN), float(y)), (float(WIDTH - MARGIN), float(y)))
    return Path(points=ends, colour=COLOURS["line"], width=1.0)


def _day_bars(day: Day, middle: float, width: float, tallest: int) -> Iterable[Box]:
    pair: tuple[tuple[int | None, float, Colour], ...] = (
        (day.new_count, middle - width, "new"),
        (day.resolved_count, middle, "closed"),
    )
    for count, x, colour in pair:
        if count:
            height = _height(count, tallest)
            yield Box(x=x, y=_BARS_BOTTOM - height, width=width - 1, height=height, colour=COLOURS[colour])


def _height(count: int, tallest: int) -> float:
    # Something is never drawn as nothing; the number above it needs its room.
    return max(count / tallest * (_BARS_BOTTOM - _BARS_TOP - 14), 2)


def _day_labels(day: Day, middle: float, width: float, tallest: int, unknown: str) -> Iterable[Label]:
    if day.new_count is None and day.resolved_count is None:
        yield Label(
            x=middle, y=_BARS_BOTTOM - 6, text=unknown, anchor="middle", colour=COLOURS["soft"], size=11
        )
        return
    for count, x in ((day.new_count, middle - width / 2), (day.resolved_count, middle + width / 2)):
        if count:
            yield Label(
                x=x, y=_BARS_BOTTOM - _height(count, tallest) - 4, text=f"{count:,}", anchor="middle", size=11
            )


def _open_points(days: Sequence[Day], step: float) -> list[tuple[float, float] | None]:
    # From zero up: cut off below, a change by one would look like a landslide.
    highest = max((day.open_count for day in days if day.open_count), default=1)
    return [
        None
        if day.open_count is None
        else (
            MARGIN + step * (number + 0.5),
            _LINE_BOTTOM - day.open_count / highest * (_LINE_BOTTOM - _LINE_TOP),
        )
        for number, day in enumerate(days)
    ]


def _open_line(days: Sequence[Day], step: float) -> Iterable[Path]:
    run: list[tuple[float, float]] = []
    for point in [*_open_points(days, step), None]:
        if point is not None:
            run.append(point)
        elif run:
            yield Path(points=tuple(run), colour=COLOURS["open"], dots=True)
            run = []


def _open_labels(days: Sequence[Day], step: float) -> Iterable[Label]:
    for day, point in zip(days, _open_points(days, step), strict=True):
        if point is not None:
            yield Label(x=point[0], y=point[1] - 8, text=f"{day.open_count:,}", anchor="middle", size=11)
