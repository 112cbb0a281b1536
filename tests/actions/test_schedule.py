"""A person pauses and resumes; history and records say who and why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from steward.actions.schedule import Refusal, note_new_schedule, pause_schedule, resume_schedule
from steward.store.audit import load_audit
from steward.store.database import Database
from steward.store.schedule_state import load_pauses
from tests.engine.keeping import Keeper, at, make_timetable

TODAY = date(2026, 11, 18)


def keep(database: Database, **said: Any) -> Keeper:
    keeper = Keeper(database, make_timetable(**{"missed": "each", **said}), now=at(0, 30))
    keeper.walk()
    return keeper


def pause(keeper: Keeper, **over: Any) -> Any:
    values = {"job": "sync_groups", "reason": "装修", "until_on": None, "by": "hr.wang", "today": TODAY}
    return pause_schedule(keeper.workshop, keeper.timetable, **{**values, **over})


def resume(keeper: Keeper) -> Any:
    return resume_schedule(keeper.workshop, keeper.timetable, job="sync_groups", by="hr.li")


def test_slots_between_pause_and_resume_are_missed_although_nobody_served(database: Database) -> None:
    keeper = keep(database)
    keeper.now = at(1, 30)
    pause(keeper)
    keeper.now = at(3, 30)
    resume(keeper)
    for minute in range(4):
        keeper.walk(at(4, minute))
        keeper.finish()
    # What came before the pause could not be run in it; what comes after it is.
    assert keeper.states == {
        "18 01:00": "missed",
        "18 02:00": "missed",
        "18 03:00": "missed",
        "18 04:00": "ok",
    }
    assert all("装修" in str(run.error) for run in keeper.rows[:3])


def test_new_pause_takes_the_place_of_the_old_one_and_each_has_its_slots(database: Database) -> None:
    keeper = keep(database)
    pause(keeper)
    keeper.now = at(1, 30)
    pause(keeper, reason="年会")
    keeper.walk(at(2))
    assert ["装修" in str(run.error) for run in keeper.rows] == [True, False]


def test_pause_and_resume_are_written_down_with_who(database: Database) -> None:
    keeper = keep(database)
    pause(keeper, until_on=date(2026, 12, 1))
    assert resume(keeper).reason == "装修"
    note_new_schedule(keeper.workshop, job="deliver", by="root", before={"cron": "a"}, after={"cron": "b"})
    with database.read() as connection:
        entries = load_audit(connection)
        assert load_pauses(connection) == {}
    assert [(one.action, one.by) for one in entries] == [
        ("set_schedule", "root"),
        ("resume_schedule", "hr.li"),
        ("pause_schedule", "hr.wang"),
    ]
    assert entries[2].detail == {"reason": "装修", "until_on": "2026-12-01"}


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"reason": "  "}, "--reason"),
        ({"until_on": TODAY}, "明天"),
        ({"until_on": date(2026, 1, 1)}, "2026-01-01"),
    ],
)
def test_pause_is_refused_without_reason_or_with_a_day_that_has_come(
    database: Database, over: Any, words: str
) -> None:
    keeper = keep(database)
    with pytest.raises(Refusal, match=words):
        pause(keeper, **over)
    with database.read() as connection:
        assert load_pauses(connection) == {}


def test_resume_is_refused_when_nothing_is_paused(database: Database) -> None:
    with pytest.raises(Refusal, match="没有暂停"):
        resume(keep(database))


def test_schedule_that_is_switched_off_may_be_paused_too(database: Database) -> None:
    keeper = keep(database)
    values = {"reason": "x", "until_on": None, "by": "hr", "today": TODAY}
    pause_schedule(keeper.workshop, None, job="sync_groups", **values)
    with database.read() as connection:
        assert set(load_pauses(connection)) == {"sync_groups"}
