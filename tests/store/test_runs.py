"""Runs: one for a slot, one of a job at a time, and what is written down of those that were missed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from steward.model.run import Counts, RunState
from steward.store.database import Database
from steward.store.runs import (
    add_log,
    add_to_run,
    finish_run,
    insert_missed,
    insert_run,
    load_log,
    load_run_before,
    load_run_of_slot,
    load_running,
    load_runs,
    load_slots_since,
    load_usual_duration,
)
from tests.factories import DAY, NOW

MINUTE = timedelta(minutes=1)


def open_run(database: Database, slot: str = "08:13", job: str = "check_members", **over: Any) -> int | None:
    with database.begin() as connection:
        return insert_run(connection, job, slot, **{"as_of": NOW, "now": NOW, **over})


def end_run(database: Database, run_id: int | None, *, state: Any = "ok", now: Any = NOW) -> None:
    assert run_id is not None
    with database.begin() as connection:
        assert finish_run(connection, run_id, state=state, counts={}, error=None, now=now)


def miss(database: Database, slot: str, why: str = "服务没有运行", **over: Any) -> int | None:
    with database.begin() as connection:
        values = {"as_of": NOW, "now": NOW, "why": why, "by": "host:1", **over}
        return insert_missed(connection, "check_members", slot, **values)


def decide_by_failures(counts: Counts) -> RunState:
    return "partial" if counts.get("failed_dead") else "ok"


def test_slot_is_run_by_one_of_many_threads(database: Database) -> None:
    def ring(number: int) -> int | None:
        return open_run(database, job=f"job{number % 5}")

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(ring, range(40)))
    assert sum(one is not None for one in ids) == 5


def test_second_run_of_a_job_is_refused_while_one_is_under_way_whatever_its_slot(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda number: open_run(database, f"slot{number}"), range(12)))
    [first] = [one for one in ids if one is not None]
    assert open_run(database, "slot0", "another_job") is not None
    end_run(database, first)
    assert open_run(database, "later") is not None


def test_refusal_tells_a_taken_slot_from_a_busy_job(database: Database) -> None:
    end_run(database, open_run(database, "done"))
    assert open_run(database, "done") is None
    open_run(database, "under way")
    assert open_run(database, "waits") is None
    with database.read() as connection:
        taken, busy = (load_run_of_slot(connection, "check_members", slot) for slot in ("done", "waits"))
    assert (taken and taken.state, busy) == ("ok", None)


def test_missed_slot_says_why_and_is_never_run_after(database: Database) -> None:
    assert miss(database, "07:13") is not None
    assert miss(database, "07:13", "另一个原因") is None
    assert open_run(database, "07:13") is None
    with database.read() as connection:
        [row] = load_runs(connection, state="missed")
    assert (row.error, row.by, row.finished_at) == ("服务没有运行", "host:1", NOW)


def test_many_slots_may_be_missed_while_a_run_is_under_way(database: Database) -> None:
    open_run(database)
    assert None not in [miss(database, f"slot{number}") for number in range(3)]


def test_work_done_as_it_comes_is_summed_up_in_its_slot(database: Database) -> None:
    def deliver(count: int) -> int:
        with database.begin() as connection:
            values = {"as_of": NOW, "now": NOW, "by": "host:1", "decide": decide_by_failures}
            return add_to_run(
                connection, "deliver", "08:13", counts={"sent": count, "failed_dead": 0}, **values
            )

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(deliver, range(1, 11)))
    assert len(set(ids)) == 1
    with database.read() as connection:
        [run] = load_runs(connection)
        assert load_running(connection) == []
    assert (run.state, run.counts) == ("ok", {"sent": 55, "failed_dead": 0})
    with database.begin() as connection:
        values = {"as_of": NOW, "now": NOW, "by": "host:1", "decide": decide_by_failures}
        add_to_run(connection, "deliver", "08:13", counts={"failed_dead": 1}, **values)
        assert load_runs(connection)[0].state == "partial"


def test_log_keeps_the_last_lines(database: Database) -> None:
    run_id = open_run(database) or 0
    for lines in (["a", "b"], [], ["c", "d"]):
        with database.begin() as connection:
            add_log(connection, run_id, lines, at_most=3)
    with database.read() as connection:
        assert load_log(connection, run_id) == ["b", "c", "d"]
        assert load_log(connection, run_id + 1) == []


def test_run_before_is_of_the_same_job_and_over(database: Database) -> None:
    end_run(database, open_run(database, "one"), state="failed")
    end_run(database, open_run(database, "other", "sync_groups"))
    last = open_run(database, "two")
    with database.read() as connection:
        runs = {run.slot: run for run in load_runs(connection)}
        before = load_run_before(connection, runs["two"])
        assert load_run_before(connection, runs["one"]) is None
    assert (before and before.slot, last) == ("one", runs["two"].id)


def test_slots_since_a_moment_are_those_something_is_written_of(database: Database) -> None:
    miss(database, "old", as_of=NOW - DAY)
    miss(database, "new", count=3)
    open_run(database, "newer", as_of=NOW + DAY)
    with database.read() as connection:
        assert load_slots_since(connection, "check_members", NOW) == {"new": 3, "newer": 1}


@pytest.mark.parametrize(("minutes", "usual"), [([], None), ([4], 4), ([1, 9, 2], 2)])
def test_usual_duration_is_the_median_of_runs_that_worked(
    database: Database, minutes: list[int], usual: int | None
) -> None:
    for number, took in enumerate(minutes):
        end_run(database, open_run(database, f"s{number}"), now=NOW + took * MINUTE)
    end_run(database, open_run(database, "failed"), state="failed", now=NOW + DAY)
    with database.read() as connection:
        found = load_usual_duration(connection, "check_members")
    assert found == (None if usual is None else usual * MINUTE)
