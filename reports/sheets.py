"""Plain tables in a workbook: filters, frozen header, widths for Chinese, nothing that a cell's text could trigger."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.escape import visible

Cell = str | int | datetime | None
Kind = Literal["text", "number", "moment"]
SAFE_OPTIONS: Final = {
    # What people wrote stays text: by default "=HYPERLINK(…)" in a nickname becomes a live formula.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDEST: Final = 50
_MEASURED_ROWS: Final = 300
_CELL_LIMIT: Final = 32_767
"""Characters Excel keeps in a cell, in UTF-16 units: an emoji counts twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, and what its cells hold."""

    heading: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Formats:
    """The few looks of the workbook."""

    title: Any
    head: Any
    text: Any
    guarded: Any
    number: Any
    moment: Any

    @classmethod
    def of(cls, book: Workbook) -> Formats:
        """Add the looks to the workbook."""
        top = {"valign": "top"}
        return cls(
            title=book.add_format({"bold": True, "font_size": 16}),
            head=book.add_format({"bold": True, "bg_color": "#E8EDF2", "bottom": 1, "valign": "vcenter"}),
            text=book.add_format({**top, "text_wrap": True}),
            # As if typed with a leading ': stays a text also when somebody edits the cell.
            guarded=book.add_format({**top, "text_wrap": True, "quote_prefix": True}),
            number=book.add_format({**top, "num_format": "#,##0"}),
            moment=book.add_format({**top, "num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        )


def write_table(
    sheet: Worksheet,
    formats: Formats,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    at_row: int = 0,
) -> int:
    """Write headings and rows and return the number of the first free row.

    Cells are written row by row, top down, which the memory-saving mode needs; widths are measured on the first
    rows for the same reason.
    """
    for index, column in enumerate(columns):
        sheet.write_string(at_row, index, column.heading, formats.head)
    measured: list[Sequence[Cell]] = []
    row_number = at_row
    for row_number, row in enumerate(rows, start=at_row + 1):
        if len(measured) < _MEASURED_ROWS:
            measured.append(row)
        for index, value in enumerate(row):
            _write(sheet, row_number, index, value, formats)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, _width([column.heading, *(row[index] for row in measured)]))
    return row_number + 1


def make_list(sheet: Worksheet, column_count: int, free_row: int) -> None:
    """Make the sheet a list: filters, frozen header, one page wide, header on every printed page."""
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(free_row - 1, 1), column_count - 1)
    sheet.repeat_rows(0)
    make_printable(sheet)


def make_printable(sheet: Worksheet) -> None:
    """Set landscape A4, one page wide."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def clean(text: str) -> str:
    """Return the text without what XML, and so Excel, refuses, and no longer than a cell holds."""
    shown = visible(text)
    if len(shown) * 2 <= _CELL_LIMIT:
        return shown
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * _CELL_LIMIT:
        return shown
    return units[: 2 * (_CELL_LIMIT - 1)].decode("utf-16-le", errors="ignore") + "…"


def looks_like_formula(text: str) -> bool:
    """Return whether Excel would take the text for a formula, were it typed in."""
    return text.startswith(("=", "+", "-", "@"))


def _write(sheet: Worksheet, row: int, column: int, value: Cell, formats: Formats) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value, formats.moment)
    elif isinstance(value, int):
        sheet.write_number(row, column, value, formats.number)
    else:
        text = clean(value)
        look = formats.guarded if looks_like_formula(text) else formats.text
        sheet.write_string(row, column, text, look)


def _width(values: Iterable[Cell]) -> int:
    return min(_WIDEST, max(8, 2 + max(_cell_width(value) for value in values)))


def _cell_width(value: Cell) -> int:
    if isinstance(value, datetime):
        return 16
    # Excel's own measure counts a Chinese character as one; it takes the room of two.
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in str(value or "")[: _WIDEST * 2])
