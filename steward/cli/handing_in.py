"""Files that people hand in: reading them, and telling what could not be read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.start import FAILED, PARTLY, complain
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.intake.errors import RowProblem
    from steward.model.words import Words

STDIN = "-"


def read_input(name: str) -> bytes:
    """Return a file's bytes, or what comes on standard input for "-"; what cannot be read is told, exit 1."""
    if name == STDIN:
        if sys.stdin.isatty():
            click.echo(_("请粘贴名单，一行一个名字，最后按 Ctrl+D："), err=True)
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        complain(_("找不到文件 {path}").format(path=name))
    except OSError as error:
        complain(_("读不到文件 {path}：{why}").format(path=name, why=error.strerror))


def filename_of(name: str) -> str:
    """Return what messages call the input."""
    return _("粘贴的内容") if name == STDIN else Path(name).name


def say_problems(problems: Sequence[RowProblem], notes: Sequence[Words]) -> None:
    """Tell on standard error every row that was not read wholly, and what else is worth knowing."""
    for note in notes:
        click.echo(note.said(LANGUAGE), err=True)
    for problem in problems:
        click.echo(problem.text(LANGUAGE), err=True)
    if problems:
        text = _("{count} 处没有读懂：请在文件里改好，再交一次（已读懂的不会重复）")
        click.echo(text.format(count=len(problems)), err=True)


def problems_to_json(problems: Sequence[RowProblem]) -> list[dict[str, Any]]:
    """Return the problems as data."""
    return [
        {"line": p.line, "column": p.column, "left_out": p.lost, "text": p.text(LANGUAGE)} for p in problems
    ]


def exit_for(problems: Sequence[RowProblem], *, read_count: int) -> None:
    """Stop with 1 where nothing could be read, with 4 where something could not."""
    if problems:
        raise SystemExit(PARTLY if read_count else FAILED)
