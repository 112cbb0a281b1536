"""What is wrong with a table somebody handed in: with the file as a whole, or with one row of it."""

from __future__ import annotations

from dataclasses import dataclass

from steward.model.words import Language, Words

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """One row that could not be read, or not wholly.

    Args:
        line: the row as Excel or an editor numbers it.
        column: the header as the file spells it; None where the whole row is meant.
        value: what stands there, clipped; None where nothing does.
        lost: the row was left out; otherwise only this value was.
    """

    line: int
    message: Words
    column: str | None = None
    value: str | None = None
    lost: bool = False

    def text(self, language: Language = "zh") -> str:
        """Return the problem in one line."""
        column = f"「{self.column}」" if self.column else ""
        value = f" {shown(self.value)}" if self.value else ""
        if language == "en":
            column = f', "{self.column}"' if self.column else ""
            return (
                f"row {self.line}{column}{value}: {self.message.en}{' (row left out)' if self.lost else ''}"
            )
        return f"第 {self.line} 行{column}{value}：{self.message.zh}{'（此行未采用）' if self.lost else ''}"


class IntakeError(Exception):
    """A file nothing can be taken from. Says what is wrong, where, and what to do."""

    def __init__(
        self, message: Words, *, filename: str, line: int | None = None, problems: tuple[RowProblem, ...] = ()
    ) -> None:
        self.message = message
        self.filename = filename
        self.line = line
        self.problems = problems
        super().__init__(self.text())

    def text(self, language: Language = "zh") -> str:
        """Return the refusal; the rows' own problems follow, one a line."""
        place = self.filename if self.line is None else f"{self.filename}:{self.line}"
        joint = ": " if language == "en" else "："
        rows = [problem.text(language) for problem in self.problems]
        return "\n".join([f"{place}{joint}{self.message.said(language)}", *rows])

    def __str__(self) -> str:
        return self.text()


def shown(value: str) -> str:
    """Return a value fit for a message: one line, clipped, nothing invisible in it."""
    printable = "".join(c if c.isprintable() else "�" for c in value)
    return (
        f"“{printable if len(printable) <= _SHOWN_CHARACTERS else printable[: _SHOWN_CHARACTERS - 1] + '…'}”"
    )
