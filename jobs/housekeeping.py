"""Forget what the retention settings no longer allow to keep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from jobs import JobContext
from steward.engine.job import Job, Stage, StepArgs
from steward.model.run import Counts
from steward.store.directory import delete_changes_before
from steward.store.findings import delete_resolved_before
from steward.store.lanes import KEEP_SPENT, delete_spent_before
from steward.store.memberships import delete_events_before
from steward.store.outbox import delete_settled_before
from steward.store.reports import ArchivedReport, delete_reports_before
from steward.store.runs import delete_runs_before

IDLE_RUNS = timedelta(days=2)
"""Runs that had nothing to do are worth remembering for this long: `deliver` alone makes 1,440 a day."""


def forget(context: JobContext, _: StepArgs) -> Counts:
    """Delete rows older than their retention, and the files of forgotten reports."""
    keep = context.settings.retention

    def days(count: int) -> timedelta:
        return timedelta(days=count)

    now = context.as_of
    with context.database.begin() as connection:
        delete_spent_before(connection, now - KEEP_SPENT)
        reports = delete_reports_before(connection, now - days(keep.reports_days))
        counts = {
            "reports": len(reports),
            "outbox": delete_settled_before(connection, now - days(keep.outbox_days)),
            "runs": delete_runs_before(connection, now - days(keep.runs_days), idle_before=now - IDLE_RUNS),
            "membership_events": delete_events_before(connection, now - days(keep.membership_history_days)),
            "directory_changes": delete_changes_before(connection, now - days(keep.membership_history_days)),
            "findings": delete_resolved_before(connection, now - days(keep.resolved_findings_days)),
        }
    for report in reports:
        for path in _files(context, report):
            path.unlink(missing_ok=True)
    return counts


def _files(context: JobContext, report: ArchivedReport) -> list[Path]:
    """Return the files of a report; the charts of its mail lie beside it."""
    found = [context.files / path for path in (report.html_path, report.xlsx_path) if path is not None]
    return [*found, *(chart for path in found[:1] for chart in path.parent.glob("*.png"))]


JOB = Job(name="housekeeping", stages=(Stage(work=forget),))
