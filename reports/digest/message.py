"""The digest as one WeCom message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from reports.digest.report import CheckLine, KindLine, Report, Task
from reports.fitting import APP_LIMIT_BYTES, Line, clip_bytes, fit
from reports.render import macros
from reports.wording import wording
from steward.clock.wording import local, near_day_words, time_words
from steward.model.source import BlindSpot

_MANY: Final = 4
"""More groups of one kind than this are told in one line: nobody reads forty lines that say the same."""
_BLIND_SPOT_LIMIT_BYTES: Final = 160
_SPACE: Final = Line(text="", rank=1)


def to_message(report: Report, limit_bytes: int = APP_LIMIT_BYTES) -> str:
    """Return the digest as WeCom markdown (v1) within the limit.

    What has no room is left out from the least important on: kinds, then blind spots' tail, then tasks' tail;
    what was left out is counted.
    """
    words = macros("messages/daily_digest.md.j2", report.lang, "markdown")
    lines = [
        *_top(report, words),
        *_tasks(report, words),
        *_kinds(report, words),
        *_checks(report, words),
        *_blind_spots(report, words),
        Line(text=words.foot(report.console_url), rank=30),
    ]
    return fit(lines, limit_bytes, words.more).text


def _top(report: Report, words: Any) -> Iterable[Line]:
    yield Line(text=words.head(report))
    yield Line(text=words.verdict(report, as_of_words(report)))
    yield _SPACE
    yield Line(text=words.figures(report).strip())
    yield _SPACE


def as_of_words(report: Report) -> str | None:
    """Return when the data was read: "08:12", "昨天 08:12"; None where it never was."""
    if report.data_as_of is None:
        return None
    day = local(report.data_as_of, report.zone).date()
    clock = time_words(report.data_as_of, report.zone)
    return clock if day == report.day else f"{near_day_words(day, report.day, report.lang)} {clock}"


def _tasks(report: Report, words: Any) -> Iterable[Line]:
    if not report.tasks:
        return
    yield Line(text=words.tasks_head(), list_name="tasks", count=0)
    for number, alike in enumerate(_alike(report.tasks), start=1):
        yield Line(
            text=_task_words(number, alike, report, words),
            rank=10 + min(number, 9),
            list_name="tasks",
            count=len(alike),
        )
    yield _SPACE


def _alike(tasks: Sequence[Task]) -> list[tuple[Task, ...]]:
    """Return the tasks one by one, but those of a kind that has many together."""
    alike: list[tuple[Task, ...]] = []
    for _, group in groupby(tasks, key=lambda task: (task.why, task.bundle.first.check_id)):
        same = tuple(group)
        alike += [same] if len(same) > _MANY else [(task,) for task in same]
    return alike


def _task_words(number: int, alike: tuple[Task, ...], report: Report, words: Any) -> str:
    task = alike[0]
    first = task.bundle.first
    said = wording(first.check_id, report.lang, "markdown")
    if len(alike) == 1:
        line = said.digest_line(task.bundle)
        return str(words.task(number, said.title(), line, task.why, first)).strip()
    groups = [words.group_name(each.bundle.first.group or each.bundle.first.subject) for each in alike[:2]]
    earliest = min((each.bundle.first for each in alike), key=lambda item: item.first_seen_on)
    return str(words.many_tasks(number, said.title(), groups, len(alike), task.why, earliest)).strip()


def _kinds(report: Report, words: Any) -> Iterable[Line]:
    new = [(line, line.new_count) for line in report.kinds if line.new_count]
    resolved = [(line, line.resolved_count) for line in report.kinds if line.resolved_count]
    if new:
        head = words.new_head(len(report.new))
        yield Line(text=words.kinds(head, _counted(new, report)), rank=40)
    if resolved:
        head = words.resolved_head(len(report.resolved))
        yield Line(text=words.kinds(head, _counted(resolved, report)), rank=41)


def _counted(lines: Iterable[tuple[KindLine, int]], report: Report) -> list[tuple[str, str, int]]:
    return [(_title(line.check_id, report), line.clause, count) for line, count in lines]


def _checks(report: Report, words: Any) -> Iterable[Line]:
    if report.not_run and report.verdict.ran_count:
        yield Line(text=words.not_run(_titles(report.not_run, report)), rank=5)
    if report.fine and report.verdict.state != "clean":
        yield Line(text=words.fine(_titles(report.fine, report)), rank=50)
    if report.verdict.state == "clean":
        yield Line(text=words.fine(_titles(report.fine, report)), rank=6)


def _blind_spots(report: Report, words: Any) -> Iterable[Line]:
    if not report.blind_spots:
        yield Line(text=words.no_blind_spots(), rank=2)
        return
    spots = macros("messages/_blind_spots.md.j2", report.lang, "markdown")
    yield Line(text=words.blind_head(), list_name="blind", count=0)
    for number, spot in enumerate(report.blind_spots):
        said = clip_bytes(str(spots.words(spot, since_words(spot, report))).strip(), _BLIND_SPOT_LIMIT_BYTES)
        yield Line(text=words.blind_spot(said), rank=8 + min(number, 20), list_name="blind")


def since_words(spot: BlindSpot, report: Report) -> str | None:
    """Return the day since when something cannot be seen; None where that is not known."""
    if spot.since is None:
        return None
    return near_day_words(local(spot.since, report.zone).date(), report.day, report.lang)


def _title(check_id: str, report: Report) -> str:
    return wording(check_id, report.lang, "markdown").title()


def _titles(lines: Iterable[CheckLine], report: Report) -> list[str]:
    return [_title(line.check_id, report) for line in lines]
