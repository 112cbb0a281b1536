"""Rows of an Excel workbook: visible sheets, cached values of formulas, merged cells filled."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from steward.intake.cells import to_text
from steward.intake.delimited import RawRow
from steward.intake.errors import IntakeError
from steward.model.words import Words

MAX_UNPACKED_BYTES = 400 * 1024 * 1024
_MAX_COLUMNS = 100
_ROWS_AT_ONCE = 500
_EXCEL_ROWS = 1_048_576
_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 400
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NO_RESULT = re.compile(rb"</(?:\w+:)?f>\s*(?:<v\s*/>|<v></v>)?\s*</(?:\w+:)?c>")


class Merged(NamedTuple):
    """One merged range, from (first_row, first_column) to (last_row, last_column), all counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    name: str


class Sheet(NamedTuple):
    """One visible sheet: its rows with their Excel numbers, and what had to be done to read them."""

    title: str
    rows: Iterator[RawRow]
    merged: list[Merged]
    formulas_without_result: int


def read_workbook(data: bytes, *, filename: str) -> Iterator[Sheet]:
    """Yield the visible sheets in their order. The rows of a sheet are read as they are asked for.

    Raises:
        IntakeError: no workbook, a damaged one, or one that unpacks to too much.
    """
    archive = _open(data, filename)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions it does not read
            book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets: list[Any] = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except Exception as error:  # a damaged file fails inside zip, XML or openpyxl in a dozen ways
        raise _damaged(filename, error) from None
    for sheet in sheets:
        try:
            merged, without_result = _look_through(archive, sheet._worksheet_path)
        except Exception as error:  # as above
            raise _damaged(filename, error) from None
        yield Sheet(sheet.title, _rows(sheet, merged, filename), merged, without_result)


def _open(data: bytes, filename: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise _damaged(filename, error) from None
    names = archive.namelist()
    if not any(name.startswith("xl/") for name in names):
        raise IntakeError(
            Words(
                "这是压缩包或别的文档，不是 Excel 工作簿；请交 xlsx 或 CSV",
                "an archive or another document, no workbook; hand in xlsx or CSV",
            ),
            filename=filename,
        )
    if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise IntakeError(
            Words(
                "工作簿解压后过大；请删去多余的工作表和格式，或另存为 CSV",
                "the workbook unpacks to too much; save it as CSV",
            ),
            filename=filename,
        )
    return archive


def _damaged(filename: str, error: Exception) -> IntakeError:
    why = type(error).__name__
    return IntakeError(
        Words(
            f"工作簿已损坏或不是 xlsx（{why}）；请在 Excel 里打开后“另存为” xlsx",
            f"damaged, or no xlsx ({why}); open it in Excel and save it as xlsx",
        ),
        filename=filename,
    )


def _look_through(archive: zipfile.ZipFile, path: str) -> tuple[list[Merged], int]:
    """Return the merged ranges and the count of formulas without a cached result: read-only sheets know neither."""
    merged: dict[str, Merged] = {}
    without_result, tail = 0, b""
    with archive.open(path.lstrip("/")) as part:
        while chunk := part.read(_CHUNK_BYTES):
            block = tail + chunk
            for match in _MERGED.finditer(block):
                name = match[1].decode()
                left, top, right, bottom = range_boundaries(name)
                merged[name] = Merged(top or 1, left or 1, bottom or 1, right or 1, name)
            without_result += sum(1 for m in _NO_RESULT.finditer(block) if m.end() > len(tail))
            tail = block[-_OVERLAP_BYTES:]
    return sorted(merged.values()), without_result


def _rows(sheet: Any, merged: list[Merged], filename: str) -> Iterator[RawRow]:
    """Yield the rows, every cell of a merged range with the value of its first."""
    waiting = merged[::-1]
    reached: dict[Merged, str] = {}
    for number, cells in _values(sheet, filename):
        while waiting and waiting[-1].first_row <= number:
            one = waiting.pop()
            reached[one] = cells[one.first_column - 1] if one.first_column <= len(cells) else ""
        for one in [m for m in reached if m.last_row < number]:
            del reached[one]
        for one, value in reached.items():
            _fill(cells, one, value)
        yield number, cells


def _fill(cells: list[str], merged: Merged, value: str) -> None:
    last = min(merged.last_column, _MAX_COLUMNS)
    if merged.first_column > last:
        return
    cells += [""] * (last - len(cells))
    cells[merged.first_column - 1 : last] = [value] * (last - merged.first_column + 1)


def _values(sheet: Any, filename: str) -> Iterator[RawRow]:
    try:
        sheet.reset_dimensions()  # the size a file states is often wrong
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        while batch := _quietly(rows):
            for number, row in batch:
                if number > _EXCEL_ROWS:  # a row number made up: openpyxl would count up to it
                    raise ValueError("row number")
                yield number, [to_text(value) for value in row[:_MAX_COLUMNS]]
    except Exception as error:  # as above: a damaged sheet shows itself only while it is read
        raise _damaged(filename, error) from None


def _quietly(rows: Iterator[tuple[int, Any]]) -> list[tuple[int, Any]]:
    # openpyxl warns of dates no calendar has; such a cell becomes an Excel error and is told with its row.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(islice(rows, _ROWS_AT_ONCE))
