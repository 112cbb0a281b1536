"""The digest as data for a system of the company's own: the same facts, as numbers and lists."""

from __future__ import annotations

from typing import Any

from reports.digest.page import TASK_ROWS, blind_rows, task_rows
from reports.digest.report import DepartmentLine, KindLine, Report, Task
from reports.wording import wording


def to_data(report: Report) -> dict[str, Any]:
    """Return the facts of the digest, ready for JSON. None = unknown; of the tasks at most `TASK_ROWS`."""
    verdict = report.verdict
    return {
        "day": report.day.isoformat(),
        "company": report.company_name,
        "data_as_of": report.data_as_of and report.data_as_of.isoformat(timespec="seconds"),
        "verdict": {
            "state": verdict.state,
            "task_count": verdict.task_count,
            "check_count": verdict.check_count,
            "ran_count": verdict.ran_count,
        },
        "figures": {figure.name: figure.value for figure in report.figures},
        "changes": {figure.name: figure.delta for figure in report.figures},
        "compared_with": report.previous_day and report.previous_day.isoformat(),
        "tasks": _tasks(report),
        "kinds": [{"check_id": k.check_id, "clause": k.clause, **_counts(k)} for k in report.kinds],
        "departments": [{"name": line.name, **_counts(line)} for line in report.departments],
        "not_run": [line.check_id for line in report.not_run],
        "blind_spots": [{"text": words, "remedy": remedy} for words, remedy in blind_rows(report)],
    }


def _counts(line: KindLine | DepartmentLine) -> dict[str, int | None]:
    return {"new": line.new_count, "resolved": line.resolved_count, "open": line.open_count}


def _tasks(report: Report) -> list[dict[str, Any]]:
    worded = list(task_rows(report))[:TASK_ROWS]
    return [_task(task, row.line, row.state, report) for task, row in zip(report.tasks, worded, strict=False)]


def _task(task: Task, line: str, state: str, report: Report) -> dict[str, Any]:
    first = task.bundle.first
    return {
        "check_id": first.check_id,
        "clause": first.clause,
        "title": wording(first.check_id, report.lang).title(),
        "text": line,
        "state": state,
        "why": task.why,
        "count": task.bundle.count,
        "chat_id": first.chat_id,
        "group": first.group,
        "finding_ids": list(task.bundle.ids),
    }
