"""Reading the cells of one row, and remembering what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from steward.intake.cells import folded, to_userid
from steward.intake.columns import Column
from steward.intake.errors import RowProblem
from steward.intake.table import Row
from steward.model.words import Words

T = TypeVar("T")

BAD_USERID = Words(
    "不是企业微信账号（userid）：只有字母、数字和 _ - @ . ；长数字请把该列设为文本",
    "not a WeCom userid: letters, digits and _ - @ . only; format a column of long numbers as text",
)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads the cells of a table's rows; keeps the problems in the order met."""

    labels: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list)

    def text(self, row: Row, key: str) -> str | None:
        """Return a cell's text; None where the column is missing or the cell is empty."""
        return row.values.get(key) or None

    def parsed(
        self, row: Row, key: str, parse: Callable[[str], T | None], message: Words, *, lost: bool = False
    ) -> T | None:
        """Return a cell as something else; None where it is empty or, with a problem noted, cannot be."""
        value = self.text(row, key)
        if value is None:
            return None
        result = parse(value)
        if result is None:
            self.refuse(row, message, key=key, lost=lost)
        return result

    def userid(self, row: Row, key: str, *, lost: bool = False) -> str | None:
        """Return a userid; None where there is none."""
        return self.parsed(row, key, to_userid, BAD_USERID, lost=lost)

    def refuse(self, row: Row, message: Words, *, key: str | None = None, lost: bool = False) -> None:
        """Note a problem of one row."""
        column = self.labels.get(key, key) if key else None
        value = row.values.get(key) if key else None
        self.problems.append(
            RowProblem(line=row.line, column=column, value=value, message=message, lost=lost)
        )


def one_of(words: Mapping[str, Sequence[str]]) -> Callable[[str], str | None]:
    """Return a parser for a column with a fixed choice: value -> the words people write for it."""
    meanings = {folded(word): value for value, spellings in words.items() for word in (value, *spellings)}
    return lambda text: meanings.get(folded(text))


def with_labels(columns: Sequence[Column], labels: Mapping[str, str]) -> dict[str, str]:
    """Return key -> header for messages: as the file spells it, else as we call it."""
    return {column.key: column.label for column in columns} | dict(labels)
