"""Pause a schedule, let it run again, write it anew: by a person, for a reason, and written down who."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from steward.engine.runs import Workshop
from steward.engine.timetable import Timetable
from steward.engine.walk import walk
from steward.store.audit import AuditEntry, insert_audit
from steward.store.schedule_state import Pause, delete_pause, load_pauses, save_pause

Action = Literal["pause_schedule", "resume_schedule", "set_schedule"]


class Refusal(Exception):
    """Why it was not done, in a sentence for the person who asked."""


def pause_schedule(
    workshop: Workshop,
    timetable: Timetable | None,
    *,
    job: str,
    reason: str,
    until_on: date | None,
    by: str,
    today: date,
) -> Pause:
    """Let a schedule's slots be missed, with the reason in the history, until a day or until it is resumed.

    A run under way goes on to its end; a pause that is there already is replaced.

    Args:
        timetable: None where the schedule is switched off.
        until_on: the first day it runs again; None: until somebody resumes it.
        today: the company's day.

    Raises:
        Refusal: there is no reason, or the day has come already.
    """
    if not reason.strip():
        raise Refusal("没有写原因：--reason 写一句话，之后查历史的人要靠它")
    if until_on is not None and until_on <= today:
        raise Refusal(
            f"--until {until_on} 不在今天（{today}）之后：写恢复运行的第一天，最早是明天；不写就一直暂停"
        )
    pause = Pause(job=job, reason=reason.strip(), until_on=until_on, by=by, at=workshop.now())
    # What came before is settled by what held then.
    _settle(workshop, timetable)
    with workshop.database.begin() as connection:
        save_pause(connection, pause)
        detail = {"reason": pause.reason, "until_on": until_on.isoformat() if until_on else None}
        _note(connection, "pause_schedule", job, by, pause.at, detail)
    return pause


def resume_schedule(workshop: Workshop, timetable: Timetable | None, *, job: str, by: str) -> Pause:
    """Let a schedule run again from now on; what it missed meanwhile stays missed, and says why.

    Returns:
        The pause that is over.

    Raises:
        Refusal: it is not paused.
    """
    with workshop.database.read() as connection:
        pause = load_pauses(connection).get(job)
    if pause is None:
        raise Refusal(f"{job} 没有暂停，不用恢复")
    _settle(workshop, timetable)
    with workshop.database.begin() as connection:
        delete_pause(connection, job)
        _note(connection, "resume_schedule", job, by, workshop.now(), {"reason": pause.reason})
    return pause


def note_new_schedule(
    workshop: Workshop, *, job: str, by: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Write down that a person wrote a schedule anew in settings.toml."""
    with workshop.database.begin() as connection:
        detail = {"before": dict(before), "after": dict(after)}
        _note(connection, "set_schedule", job, by, workshop.now(), detail)


def _settle(workshop: Workshop, timetable: Timetable | None) -> None:
    if timetable is not None:
        walk(workshop, timetable, may_run=False, alone=workshop.database.is_sqlite)


def _note(
    connection: Connection, action: Action, job: str, by: str, at: datetime, detail: Mapping[str, Any]
) -> None:
    insert_audit(
        connection, AuditEntry(at=at, by=by, action=action, subject=job, outcome="done", detail=detail)
    )
