"""What the admins are told of schedules and settings, as messages for their channels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from reports.service_notice import Kind, NoticeFacts, command_of, to_message
from steward.cli.alerts import to_admins
from steward.engine.missed import MissedRow
from steward.model.run import Run
from steward.store.remembered import load_fact, save_fact
from steward.store.runs import load_running, load_usual_duration

if TYPE_CHECKING:
    from steward.cli.house import House

LEAST_PATIENCE: Final = timedelta(minutes=30)
_UNASKED: Final = ("down", "busy")
"""Why a slot was missed that nobody meant to be missed."""


def tell(house: House, connection: Connection, kind: Kind, key: str, **facts: Any) -> int:
    """Queue one notice for the admins; returns how many messages that were: none where it was told before."""
    now = house.now()
    values = {
        "at": now,
        "now": now,
        "zone": house.zone,
        "lang": house.settings.company.language,
        "detail": "",
    }
    told = NoticeFacts(kind=kind, **{**values, **facts})
    key = f"{kind}:{key}"
    messages = to_admins(to_message(told), key, house.settings, now, command=command_of(told))
    return house.gate.enqueue(connection, messages, now=now)


def tell_missed(house: House, connection: Connection, row: MissedRow) -> None:
    """Tell of slots that were not run although nobody wanted that, where nothing is run in their place."""
    if row.why in _UNASKED:
        house.observers.on_missed(row.job, row.count)
    setting = house.settings.schedules[row.job]
    # By "once" and "each" a late run takes place, and work that is done as it comes is not lost.
    if row.why not in _UNASKED or setting.missed != "skip" or is_as_it_comes(house, row.job):
        return
    _note_trouble(connection, row.job, house.now())
    tell(house, connection, "missed", f"{row.job}:{row.slot}", job=row.job, at=row.at, detail=row.reason)


def tell_overdue(house: House, connection: Connection) -> int:
    """Tell of runs that take much longer than usual, each once; returns how many messages were queued."""
    told = 0
    for run in load_running(connection):
        patience = max(2 * (load_usual_duration(connection, run.job) or timedelta()), LEAST_PATIENCE)
        if house.now() - run.started_at > patience:
            facts = {"job": run.job, "run_id": run.id, "at": run.started_at}
            new = tell(house, connection, "overdue", str(run.id), **facts)
            if new:
                _note_trouble(connection, run.job, house.now())
            told += new
    return told


def follow_run(house: House, connection: Connection, run: Run) -> None:
    """Remember that a job is in trouble, and tell when it is well again."""
    if run.state == "failed":
        _note_trouble(connection, run.job, house.now())
    elif run.state != "missed" and load_fact(connection, _trouble(run.job)):
        save_fact(connection, _trouble(run.job), "")
        tell(house, connection, "recovered", str(run.id), job=run.job)


def _note_trouble(connection: Connection, job: str, now: datetime) -> None:
    save_fact(connection, _trouble(job), now.isoformat())


def _trouble(job: str) -> str:
    return f"trouble:{job}"


def is_as_it_comes(house: House, job: str) -> bool:
    """Return whether a job's work is done whenever there is any: `deliver`, once a minute, is brought out at once.

    Any other schedule of `deliver` is kept to the letter: who sends on the hour means it.
    """
    return job == "deliver" and house.settings.schedules[job].every_minutes == 1
