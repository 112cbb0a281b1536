"""Several processes at the steps of one run: each step to one effect, whoever dies, freezes or comes late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest

from steward.engine.embedded import EmbeddedEngine, choose_steps
from steward.engine.excerpt import LINES, Excerpts, to_line
from steward.engine.job import Stage
from steward.engine.runs import run_step, start_run
from steward.model.run import Run
from steward.store.database import Database
from steward.store.runs import load_runs
from steward.store.steps import OpenStep, claim_step, load_claimable
from tests.engine.workshop import make_job, make_stage, make_workshop
from tests.factories import NOW

LEASE = timedelta(seconds=60)


def make_step(number: int, *, run_id: int = 1, job: str = "sync_groups") -> OpenStep:
    return OpenStep(id=number, run_id=run_id, job=job, stage=0)


WAITS = make_job(Stage(work=lambda _c, _a: {}, parallel=True))
COMPUTES = make_job(Stage(work=lambda _c, _a: {}), name="check_members")
JOBS = {job.name: job for job in (WAITS, COMPUTES)}


def test_no_run_waits_for_the_end_of_another() -> None:
    waiting = [*(make_step(n) for n in range(10)), *(make_step(n, run_id=2) for n in range(10, 13))]
    assert [step.id for step in choose_steps(waiting, [], 4, JOBS)] == [0, 10, 1, 11]
    assert [step.id for step in choose_steps(waiting, [make_step(90), make_step(91)], 2, JOBS)] == [10, 11]


def test_steps_that_compute_hold_one_thread_only() -> None:
    waiting = [make_step(n, job="check_members") for n in range(3)] + [make_step(9, run_id=2)]
    assert [step.id for step in choose_steps(waiting, [], 4, JOBS)] == [0, 9]
    in_hand = [make_step(7, job="check_members")]
    assert [step.id for step in choose_steps(waiting, in_hand, 4, JOBS)] == [9]


def test_step_of_a_job_that_is_no_more_is_taken_to_be_ended() -> None:
    assert choose_steps([make_step(1, job="retired")], [], 1, JOBS)


def test_steps_of_one_run_are_done_once_by_several_processes(database: Database) -> None:
    done: list[int] = []

    def work(_: Any, args: Mapping[str, Any]) -> Mapping[str, int]:
        done.append(args["number"])
        return {"groups": 1}

    job = make_job(make_stage(work, 20), make_stage(work, 1))
    workshops = [make_workshop(database, job, name=f"p{n}") for n in range(3)]
    start_run(workshops[0], job, "08:13", as_of=NOW)
    threads = [Thread(target=EmbeddedEngine(one, threads=2).work_off) for one in workshops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == sorted([*range(20), 0])
    with database.read() as connection:
        [run] = load_runs(connection)
    assert (run.state, run.counts) == ("ok", {"groups": 21})


def test_step_of_a_dead_process_is_taken_over_when_its_lease_is_over(database: Database) -> None:
    job = make_job(make_stage(lambda _c, _a: {"groups": 1}))
    start_run(make_workshop(database, job), job, "08:13", as_of=NOW)
    with database.begin() as connection:
        [step] = load_claimable(connection, now=NOW)
        claim_step(connection, step.id, claim="dead 1", now=NOW, lease_until=NOW + LEASE)
    assert not run_step(make_workshop(database, job), step.id)
    assert run_step(make_workshop(database, job, now=NOW + LEASE), step.id)


def test_end_of_a_frozen_process_counts_for_nothing_when_its_step_was_taken_over(database: Database) -> None:
    frozen, thawed = Event(), Event()
    done: list[str] = []

    def slow(_: Any, __: Mapping[str, Any]) -> Mapping[str, int]:
        frozen.set()
        assert thawed.wait(20)
        done.append("frozen")
        return {"groups": 100}

    def quick(_: Any, __: Mapping[str, Any]) -> Mapping[str, int]:
        done.append("other")
        return {"groups": 1}

    slow_job = make_job(make_stage(slow), make_stage(quick))
    told: list[Run] = []
    first = make_workshop(database, slow_job, name="frozen")
    start_run(first, slow_job, "08:13", as_of=NOW)
    with database.read() as connection:
        [step] = load_claimable(connection, now=NOW)
    results: list[bool] = []
    thread = Thread(target=lambda: results.append(run_step(first, step.id)))
    thread.start()
    assert frozen.wait(20)
    job = make_job(make_stage(quick), make_stage(quick))
    EmbeddedEngine(make_workshop(database, job, name="other", now=NOW + 2 * LEASE, told=told)).work_off()
    thawed.set()
    thread.join(20)
    assert results == [False]
    assert done == ["other", "other", "frozen"]
    assert [(run.state, run.counts) for run in told] == [("ok", {"groups": 2})]


def test_step_is_nobody_elses_while_its_lease_is_renewed(database: Database) -> None:
    in_work, look, looked = Event(), Event(), []

    def work(_: Any, __: Mapping[str, Any]) -> Mapping[str, int]:
        in_work.set()
        assert look.wait(20)
        with database.read() as connection:
            looked.append(load_claimable(connection, now=NOW + timedelta(seconds=90)))
        return {"groups": 1}

    job = make_job(Stage(work=work, parallel=True))
    workshop = make_workshop(database, job)
    start_run(workshop, job, "08:13", as_of=NOW)
    thread = Thread(target=EmbeddedEngine(workshop).work_off)
    thread.start()
    assert in_work.wait(20)
    workshop.claims.renew(database, now=NOW + timedelta(seconds=50), lease=LEASE)
    look.set()
    thread.join(20)
    assert looked == [[]]


def test_serving_engine_takes_what_others_open_and_finishes_what_is_in_hand_when_stopped(
    database: Database,
) -> None:
    begun, go_on, stop = Event(), Event(), Event()

    def work(_: Any, args: Mapping[str, Any]) -> Mapping[str, int]:
        if args["number"] == 0:
            begun.set()
            assert go_on.wait(20)
        return {"groups": 1}

    job = make_job(Stage(work=work, split=make_stage(work, 5).split, parallel=True))
    engine = EmbeddedEngine(make_workshop(database, job, name="serves"), threads=1)
    thread = Thread(target=engine.serve, args=[stop])
    thread.start()
    start_run(make_workshop(database, job, name="asks"), job, "08:13", as_of=NOW)
    assert begun.wait(20)
    stop.set()
    thread.join(20)
    assert not engine.finish(at_most_s=0.05)
    go_on.set()
    assert engine.finish(at_most_s=20)
    with database.read() as connection:
        # The step in hand was finished, the others are left for whoever comes.
        assert len(load_claimable(connection, now=NOW)) == 4


def test_hooks_hear_of_a_run_after_it_is_written(database: Database) -> None:
    heard: list[tuple[str, str]] = []

    def hear(kind: str) -> Any:
        def note(run: Run) -> None:
            with database.read() as connection:
                [row] = load_runs(connection)
            heard.append((kind, row.state))

        return note

    for steps, expected in ((2, [("opened", "running"), ("closed", "ok")]), (0, [("opened", "nothing")])):
        heard.clear()
        job = make_job(make_stage(lambda _c, _a: {"groups": 1}, steps), name=f"job{steps}")
        workshop = make_workshop(database, job, opened=hear("opened"), closed=hear("closed"))
        if steps == 0:
            expected = [*expected, ("closed", "nothing")]
            with database.begin() as connection:
                from steward.store.runs import delete_runs_before

                delete_runs_before(connection, NOW + LEASE, idle_before=NOW + LEASE)
        start_run(workshop, job, "08:13", as_of=NOW)
        EmbeddedEngine(workshop).work_off()
        assert heard == expected


@pytest.mark.parametrize("kept", [10, LINES + 10])
def test_excerpt_keeps_the_last_lines_of_each_run(kept: int) -> None:
    excerpts = Excerpts()
    for number in range(kept):
        excerpts.keep(1, f"line {number}")
    excerpts.keep(2, "other")
    assert excerpts.take(1) == [f"line {number}" for number in range(kept)][-LINES:]
    assert (excerpts.take(1), excerpts.take(2)) == ([], ["other"])


def test_excerpt_forgets_runs_nobody_asks_for() -> None:
    excerpts = Excerpts()
    for run_id in range(1000):
        excerpts.keep(run_id, "x")
    assert (excerpts.take(0), excerpts.take(999)) == ([], ["x"])


def test_line_of_an_excerpt_is_one_short_line() -> None:
    event = {
        "timestamp": "2026-11-20T08:37:01Z",
        "level": "error",
        "event": "步骤失败\n两行",
        "run_id": 3,
        "step_id": 7,
        "exception": "Traceback\n  File x\nOSError: reset",
    }
    assert to_line(event) == "08:37:01 error 步骤失败 两行 step_id=7 OSError: reset"
    assert len(to_line({"event": "长" * 5000})) == 500
