"""Rows of a CSV, TSV or semicolon file. One broken row is reported and costs no other row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import NamedTuple

from steward.intake.cells import clean
from steward.intake.columns import Column, read_header
from steward.intake.errors import RowProblem
from steward.model.words import Words

_DELIMITERS = (",", "\t", ";", "|", "，")
_LOOK_AT_LINES = 12
_LINES_OF_ONE_ROW = 20
_UNPAIRED = Words("引号不成对或单元格过长，无法读懂", "an unpaired quote or an overlong cell, cannot be read")

RawRow = tuple[int, list[str]]


class Delimited(NamedTuple):
    """All rows with their line numbers (from 1), and the rows nobody can read."""

    rows: list[RawRow]
    problems: list[RowProblem]


def read_delimited(text: str, columns: Sequence[Column]) -> Delimited:
    """Return the rows of a text table; the delimiter is the one under which the most known columns appear."""
    lines = list(StringIO(text, newline=None))
    said = _said_delimiter(lines[0]) if lines else None
    delimiter = said or _best_delimiter(lines, columns)
    rows: list[RawRow] = []
    problems: list[RowProblem] = []
    for start, cells in _records(lines, delimiter, 1 if said else 0):
        if cells is None:
            value = clean(lines[start - 1])
            problems.append(RowProblem(line=start, message=_UNPAIRED, value=value, lost=True))
        else:
            rows.append((start, [clean(cell) for cell in cells]))
    return Delimited(rows, problems)


def _said_delimiter(line: str) -> str | None:
    """Return the delimiter that Excel's own first line `sep=;` names."""
    word = line.rstrip("\n").strip('"')
    return word[4] if len(word) == 5 and word.lower().startswith("sep=") and word[4] != '"' else None


def _best_delimiter(lines: Sequence[str], columns: Sequence[Column]) -> str:
    def merit(delimiter: str) -> tuple[int, int]:
        rows = [cells for _, cells in _records(lines[:_LOOK_AT_LINES], delimiter, 0) if cells]
        known = max((read_header([clean(c) for c in row], columns).known_count for row in rows), default=0)
        return known, sum(len(row) > 1 for row in rows)

    return max(_DELIMITERS, key=merit)


def _records(lines: Sequence[str], delimiter: str, first: int) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line, cells), or (line, None) for a line whose quotes do not pair; reading goes on at the next line."""
    at = first
    while at < len(lines):
        used, cells = _one(lines, at, delimiter)
        yield at + 1, cells
        at += used


def _one(lines: Sequence[str], at: int, delimiter: str) -> tuple[int, list[str] | None]:
    """Return how many lines one record takes, and its cells."""
    record = lines[at]
    cells = _split(record, delimiter)
    if cells is not None:
        return 1, cells
    for used in range(2, min(_LINES_OF_ONE_ROW, len(lines) - at) + 1):
        record += lines[at + used - 1]
        cells = _split(record, delimiter) if '"' in lines[at + used - 1] else None
        # A cell that holds whole rows is a quote that was closed by another row's.
        if cells is not None and not any("\n" in cell and cell.count(delimiter) > 1 for cell in cells):
            return used, cells
    paired = lines[at].count('"') % 2 == 0
    return 1, _split(lines[at], delimiter, strict=False) if paired else None


def _split(record: str, delimiter: str, *, strict: bool = True) -> list[str] | None:
    """Return the cells of one record; None if it is not closed, or (strict) text follows a closing quote."""
    try:
        return next(csv.reader(StringIO(record), delimiter=delimiter, strict=strict), [])
    except csv.Error:
        return None
