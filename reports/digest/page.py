"""The digest as one self-contained page: no script, nothing fetched, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reports.digest.message import as_of_words, since_words
from reports.digest.report import DepartmentLine, KindLine, Report
from reports.items import Item
from reports.render import macros, render
from reports.wording import wording
from steward.clock.wording import day_words, local, time_words

OPEN_ROWS: Final = 1000
CHANGED_ROWS: Final = 500
"""Rows shown of new and of closed findings each; with the open ones 2,000. The workbook has them all."""
TASK_ROWS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding as a row of the page."""

    item: Item
    title: str
    found: str
    progress: str
    closed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One thing for HR to do."""

    number: int
    item: Item
    title: str
    line: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One line of a score table, with the lengths of its bars in percent of the longest."""

    name: str | None
    clause: str
    open_count: int
    new_count: int | None
    resolved_count: int | None
    open_percent: int
    resolved_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRows:
    """All open findings of one group."""

    first: Item
    rows: tuple[Row, ...]


def to_html(report: Report) -> str:
    """Return the whole page as text, UTF-8 declared."""
    said = macros("messages/daily_digest.md.j2", report.lang, "plain")
    return render(
        "reports/daily_digest.html.j2",
        report.lang,
        report=report,
        full_day=full_day(report),
        built=time_words(report.built_at, report.zone),
        lead=str(said.verdict_lead(report)).strip(),
        rest=str(said.verdict_rest(report, as_of_words(report))).strip(),
        figure_name=lambda name: str(said.figure_name(name)).strip(),
        title=lambda check_id: wording(check_id, report.lang).title(),
        fine=lambda line: wording(line.check_id, report.lang).fine(line.judged_count),
        definition=lambda check_id: wording(check_id, report.lang).definition(),
        tasks=tuple(_task_rows(report)),
        kinds=scores((wording(k.check_id, report.lang).title(), k.clause, k) for k in report.kinds),
        departments=scores((line.name, "", line) for line in report.departments),
        new=found_rows(report.new, CHANGED_ROWS, report),
        resolved=found_rows(report.resolved, CHANGED_ROWS, report),
        groups=_by_group(found_rows(report.open, OPEN_ROWS, report)),
        open_rows=OPEN_ROWS,
        changed_rows=CHANGED_ROWS,
        task_rows=TASK_ROWS,
        blind_spots=tuple(blind_rows(report)),
    )


def full_day(report: Report) -> str:
    """Return the day with its year: what is kept for years must not be ambiguous."""
    words = day_words(report.day, report.lang)
    return f"{report.day.year}年{words}" if report.lang == "zh" else f"{words} {report.day.year}"


def blind_words(report: Report) -> Iterator[str]:
    """Yield one sentence per blind spot, in plain text."""
    spots = macros("messages/_blind_spots.md.j2", report.lang, "plain")
    for spot in report.blind_spots:
        yield str(spots.words(spot, since_words(spot, report))).strip()


def history(item: Item, report: Report) -> str:
    """Return who has been asked so far."""
    return str(macros("messages/_shared.md.j2", report.lang, "plain").history(item)).strip()


def task_rows(report: Report) -> Iterator[TaskRow]:
    """Yield everything HR has to do, in plain text."""
    said = macros("messages/daily_digest.md.j2", report.lang, "plain")
    for number, task in enumerate(report.tasks, start=1):
        words = wording(task.bundle.first.check_id, report.lang)
        yield TaskRow(
            number=number,
            item=task.bundle.first,
            title=words.title(),
            line=words.digest_line(task.bundle),
            state=str(said.task_state(task.why, task.bundle.first)).strip(),
        )


def _task_rows(report: Report) -> Iterator[TaskRow]:
    return islice(task_rows(report), TASK_ROWS)


def found_rows(items: Sequence[Item], at_most: int, report: Report) -> tuple[Row, ...]:
    """Return the first of the findings as rows, in plain text."""
    return tuple(
        Row(
            item=item,
            title=wording(item.check_id, report.lang).title(),
            found=wording(item.check_id, report.lang).found(item),
            progress=history(item, report),
            closed=_closed(item, report),
        )
        for item in items[:at_most]
    )


def _closed(item: Item, report: Report) -> str:
    if item.resolved_at is None:
        return ""
    return f"{local(item.resolved_at, report.zone):%m-%d %H:%M}"


def _by_group(rows: Iterable[Row]) -> tuple[GroupRows, ...]:
    together: dict[str | None, list[Row]] = {}
    for row in rows:
        together.setdefault(row.item.chat_id, []).append(row)
    return tuple(GroupRows(first=group[0].item, rows=tuple(group)) for group in together.values())


def scores(lines: Iterable[tuple[str | None, str, KindLine | DepartmentLine]]) -> tuple[ScoreRow, ...]:
    """Return lines of a score table with the lengths of their bars."""
    known = list(lines)
    longest = max((max(line.open_count, line.resolved_count or 0) for _, _, line in known), default=0)
    return tuple(
        ScoreRow(
            name=name,
            clause=clause,
            open_count=line.open_count,
            new_count=line.new_count,
            resolved_count=line.resolved_count,
            open_percent=_percent(line.open_count, longest),
            resolved_percent=_percent(line.resolved_count, longest),
        )
        for name, clause, line in known
    )


def _percent(count: int | None, longest: int) -> int:
    # Something is never drawn as nothing.
    return max(2, round(100 * count / longest)) if count else 0


def blind_rows(report: Report) -> Iterator[tuple[str, str | None]]:
    """Yield what cannot be seen, and what to do about it (None: nobody knows)."""
    for words, spot in zip(blind_words(report), report.blind_spots, strict=True):
        yield words, spot.remedy
