"""Charts as SVG: every place computed here, drawn by templates/reports/chart.svg.j2. No script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from unicodedata import east_asian_width

from reports.render import render

Colour = Literal["ink", "soft", "line", "open", "head", "owner", "new", "closed"]
COLOURS: Final[dict[Colour, str]] = {
    "ink": "#1c2430",
    "soft": "#5a6675",
    "line": "#dfe4ea",
    "open": "#b45309",
    "head": "#64748b",
    "owner": "#cbd5e1",
    "new": "#64748b",
    "closed": "#15803d",
}
WIDTH: Final = 592
MARGIN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text; `anchor` tells which part of it stands at x."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = COLOURS["ink"]
    size: int = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A line through points; `dots` are drawn on it."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 2.0
    dots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A whole drawing. `description` says in words what it shows, for who cannot see it."""

    height: int
    description: str
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]
    paths: tuple[Path, ...] = ()
    width: int = WIDTH

    def to_svg(self) -> str:
        """Return the drawing as text."""
        return render("reports/chart.svg.j2", "zh", form="html", chart=self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one colour stands for."""

    name: str
    colour: Colour


def _legend_places(parts: Sequence[Part]) -> Iterable[tuple[Part, float]]:
    x = float(MARGIN)
    for part in parts:
        yield part, x
        x += 18 + text_width(part.name) + 22


def legend_boxes(parts: Sequence[Part]) -> Iterable[Box]:
    """Yield the colour patches of a legend, side by side at the top."""
    for part, x in _legend_places(parts):
        yield Box(x=x, y=6, width=12, height=12, colour=COLOURS[part.colour])


def legend_labels(parts: Sequence[Part]) -> Iterable[Label]:
    """Yield the names of a legend, each behind its patch."""
    for part, x in _legend_places(parts):
        yield Label(x=x + 18, y=17, text=part.name, colour=COLOURS["soft"])


def text_width(text: str, size: int = 13) -> float:
    """Return about how wide a text is drawn: Chinese as wide as high, other letters a little over half of it."""
    return sum(size if east_asian_width(sign) in "WF" else size * 0.58 for sign in text)


def clip_width(text: str, width: float) -> str:
    """Return the text, or its beginning and "…", as far as there is room."""
    if text_width(text) <= width:
        return text
    while text and text_width(text + "…") > width:
        text = text[:-1]
    return text + "…"
