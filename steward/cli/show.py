"""One list, shown as it is asked for: a table on a terminal, aligned columns in a pipe, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from steward.cli.words import _

Row = Mapping[str, Any]
Columns = Sequence[tuple[str, Callable[[Row], str]]]
"""Each column: its heading, and how a row says it. "" where there is nothing to say."""


def echo_json(value: Any) -> None:
    """Print a value as JSON; moments and dates become ISO text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_to_json))


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def show_list(
    rows: Sequence[Row], columns: Columns, *, as_json: bool, empty: str, spare: Sequence[str] = ()
) -> None:
    """Print rows on standard output.

    Args:
        rows: what `--json` prints, as it is.
        empty: said on standard error where there is no row; JSON prints `[]` all the same.
        spare: headings that a narrow terminal may do without, the first of them first.
    """
    if as_json:
        echo_json([dict(row) for row in rows])
    elif not rows:
        click.echo(empty, err=True)
    else:
        cells = [[to_cell(say(row)) for _heading, say in columns] for row in rows]
        show_cells([heading for heading, _column in columns], cells, spare)


def show_cells(headings: Sequence[str], cells: Sequence[Sequence[str]], spare: Sequence[str] = ()) -> None:
    """Print a table of finished texts; `spare` as in `show_list`."""
    if sys.stdout.isatty():
        kept = fitting(headings, cells, spare, shutil.get_terminal_size().columns)
        _show_rich([headings[n] for n in kept], [[row[n] for n in kept] for row in cells])
        left_out = [heading for n, heading in enumerate(headings) if n not in kept]
        if left_out:
            text = _("窗口较窄，省去了：{columns}；加宽窗口，或用 --json 看全部")
            click.echo(text.format(columns="、".join(left_out)), err=True)
        return
    for line in align([headings, *cells]):
        click.echo(line)


def fitting(
    headings: Sequence[str], cells: Sequence[Sequence[str]], spare: Sequence[str], room: int
) -> list[int]:
    """Return the places of the columns to show: all of them, or without spare ones until they fit the room."""
    kept = list(range(len(headings)))
    taken = [max(width(cell) for cell in column) + 3 for column in zip(headings, *cells, strict=True)]
    for heading in spare:
        if sum(taken[place] for place in kept) <= room:
            break
        kept.remove(headings.index(heading))
    return kept


def _show_rich(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))  # Text: a group's name is no markup
    Console().print(table)


def to_cell(text: str) -> str:
    """Return a text on one line, without what would move a terminal's cursor: people write these names."""
    from reports.escape import visible

    return visible(text)


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: Chinese characters take two, joined marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def align(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the rows as lines with aligned columns, two spaces between; no spaces at the end of a line."""
    rows = [tuple(row) for row in rows]
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def show_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Print named values, one a line."""
    for line in align([(name, to_cell(value)) for name, value in fields]):
        click.echo(line)


def minute(at: datetime | None, zone: ZoneInfo) -> str:
    """Return "2026-11-20 08:37" in the company's time; "" for None."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
