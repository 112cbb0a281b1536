"""Bring out what is due in the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from jobs import JobContext
from steward.engine.job import Job, Stage, StepArgs
from steward.model.run import Counts
from steward.store.outbox import next_due_at


def something_due(context: JobContext, connection: Connection) -> Sequence[StepArgs]:
    """Open a step only where there is something to send, or something a dead worker left behind."""
    due_at = next_due_at(connection)
    return [{}] if due_at is not None and due_at <= context.worker.now() else []


def deliver_due(context: JobContext, _: StepArgs) -> Counts:
    """Send what is due, most urgent first."""
    return context.worker.deliver_due()


JOB = Job(name="deliver", stages=(Stage(split=something_due, work=deliver_due, parallel=True),))
