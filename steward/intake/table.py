"""A table somebody handed in, as rows of text under known column names: CSV, TSV or xlsx, whatever its encoding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import NamedTuple

from steward.intake.cells import EXCEL_ERRORS
from steward.intake.columns import Column, Header, header_notes, labels_of, read_header
from steward.intake.decode import decode, kind_of
from steward.intake.delimited import RawRow, read_delimited
from steward.intake.errors import IntakeError, RowProblem
from steward.intake.workbook import Sheet, read_workbook
from steward.model.words import Words

MAX_ROWS = 200_000
_HEADER_WITHIN_ROWS = 10


class Row(NamedTuple):
    """One row: its line as people see it, and column key -> clean text ("" where the cell is empty)."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What was read. `columns` are keys in the file's order, `labels` their headers as the file spells them.

    `problems` are rows left out; `notes` are things to know that cost nothing.
    """

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    labels: dict[str, str]
    header_line: int
    sheet: str | None = None
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[Words, ...] = ()


def read_table(
    data: bytes, *, filename: str, columns: Sequence[Column] = (), needs: Sequence[Sequence[str]] = ()
) -> Table:
    """Return the table in a file.

    Args:
        filename: for messages; what the file is, is told by its bytes.
        columns: the columns we know, in all their spellings; with none, the first row that is not empty is the header.
        needs: groups of keys; of each group at least one column must be there.

    Raises:
        IntakeError: no table, no known header within the first ten rows, a needed column missing, or too large.
    """
    if kind_of(data, filename=filename) == "xlsx":
        return _from_workbook(data, filename, columns, needs)
    text, encoding = decode(data, filename=filename)
    rows, problems = read_delimited(text, columns)
    table = _build(rows, columns, needs, filename)
    notes = table.notes
    if encoding == "gb18030":
        notes = (Words("文件按 GBK（GB18030）编码读入", "read as GBK (GB18030)"), *notes)
    broken = (*problems, *table.problems)
    return replace(table, problems=tuple(sorted(broken, key=lambda p: p.line)), notes=notes)


def _from_workbook(
    data: bytes, filename: str, columns: Sequence[Column], needs: Sequence[Sequence[str]]
) -> Table:
    refused: IntakeError | None = None
    for sheet in read_workbook(data, filename=filename):
        try:
            table = _build(sheet.rows, columns, needs, filename)
        except IntakeError as error:
            refused = refused or error
            continue
        return replace(table, sheet=sheet.title, notes=(*table.notes, *_sheet_notes(sheet, table)))
    raise refused or IntakeError(
        Words("工作簿里没有可见的工作表", "no visible sheet in the workbook"), filename=filename
    )


def _sheet_notes(sheet: Sheet, table: Table) -> Iterator[Words]:
    ranges = [m.name for m in sheet.merged if m.last_row > table.header_line]
    if ranges:
        some = "、".join(ranges[:3]) + ("…" if len(ranges) > 3 else "")
        yield Words(
            f"{len(ranges)} 处合并单元格（{some}）：其中每一格都按同一个值读入",
            f"{len(ranges)} merged ranges ({some}): every cell in them was given the same value",
        )
    if sheet.formulas_without_result:
        yield Words(
            f"{sheet.formulas_without_result} 个公式没有保存结果，按空白读入；请在 Excel 里打开、保存后再交",
            f"{sheet.formulas_without_result} formulas hold no saved result, read as empty; save the file in Excel",
        )


def _build(
    raw: Iterable[RawRow], columns: Sequence[Column], needs: Sequence[Sequence[str]], filename: str
) -> Table:
    rows = (row for row in raw if any(row[1]))
    head = list(islice(rows, _HEADER_WITHIN_ROWS))
    place, header = _find_header(head, columns, needs, filename)
    taken: list[Row] = []
    problems: list[RowProblem] = []
    for line, cells in chain(head[place + 1 :], rows):
        values = {key: cells[at] if at < len(cells) else "" for at, key in header.keys.items()}
        if not any(values.values()) or values == header.labels:  # a header repeated on each printed page
            continue
        problem = _formula_error(line, values, header)
        if problem:
            problems.append(problem)
        else:
            taken.append(Row(line, values))
        if len(taken) > MAX_ROWS:
            raise IntakeError(
                Words(
                    f"超过 {MAX_ROWS:,} 行；请拆成几个文件", f"more than {MAX_ROWS:,} rows; split the file"
                ),
                filename=filename,
            )
    return Table(
        rows=tuple(taken),
        columns=tuple(header.keys.values()),
        labels=header.labels,
        header_line=head[place][0],
        problems=tuple(problems),
        notes=tuple(header_notes(header, columns)),
    )


def _find_header(
    head: Sequence[RawRow], columns: Sequence[Column], needs: Sequence[Sequence[str]], filename: str
) -> tuple[int, Header]:
    if not head:
        raise IntakeError(Words("表格是空的", "the table is empty"), filename=filename)
    if not columns:
        return 0, read_header(head[0][1], columns)
    headers = [read_header(cells, columns) for _, cells in head]
    place = max(range(len(head)), key=lambda at: headers[at].known_count)
    header = headers[place]
    lacking = [keys for keys in needs if not any(key in header.labels for key in keys)]
    if header.known_count == 0 or lacking:
        raise _no_header(head[place][1], lacking or list(needs), columns, filename, head[place][0])
    return place, header


def _no_header(
    cells: Sequence[str],
    lacking: Sequence[Sequence[str]],
    columns: Sequence[Column],
    filename: str,
    line: int,
) -> IntakeError:
    seen = "、".join(cell for cell in cells if cell)[:200]
    wanted = "；".join(" / ".join(labels_of(columns, [key]) for key in keys) for keys in lacking)
    every = labels_of(columns, [column.key for column in columns])
    return IntakeError(
        Words(
            f"缺少必需的列：{wanted}。看到的是：{seen}。可用的列：{every}",
            f"a needed column is missing: {wanted}. Seen: {seen}. Known columns: {every}",
        ),
        filename=filename,
        line=line,
    )


def _formula_error(line: int, values: dict[str, str], header: Header) -> RowProblem | None:
    for key, value in values.items():
        if value in EXCEL_ERRORS:
            message = Words(
                "Excel 公式出错，请改正后再交", "an Excel formula failed here; mend it and hand in again"
            )
            return RowProblem(line=line, column=header.labels[key], value=value, message=message, lost=True)
    return None
