"""A run: its stages in order, each step to one effect, and an end that says how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest

from steward.engine.embedded import EmbeddedEngine
from steward.engine.job import Job, Permanent, Stage
from steward.engine.runs import MAX_ATTEMPTS, Workshop, decide_state, describe, run_step, start_run
from steward.model.run import Run
from steward.store.database import Database
from steward.store.remembered import load_fact
from steward.store.runs import load_running
from steward.store.steps import load_claimable
from tests.engine.workshop import make_job, make_stage, make_workshop, run_through
from tests.factories import DAY, NOW


class Diary:
    """What the steps did, in order; `fails` says how often a step of that number fails first."""

    def __init__(self, fails: Mapping[int, int] | None = None, error: Exception | None = None) -> None:
        self.done: list[tuple[str, int]] = []
        self.tried: Counter[int] = Counter()
        self._fails = fails or {}
        self._error = error or OSError("connection reset")
        self._lock = Lock()

    def stage(self, name: str, steps: int = 1) -> Stage:
        def work(_: Any, args: Mapping[str, Any]) -> Mapping[str, int]:
            number = args["number"]
            with self._lock:
                self.tried[number] += 1
                if self.tried[number] <= self._fails.get(number, 0):
                    raise self._error
                self.done.append((name, number))
            return {"groups": 1}

        return make_stage(work, steps)


def test_stages_follow_each_other_and_steps_of_one_do_not_wait(database: Database) -> None:
    diary = Diary()
    job = make_job(diary.stage("list"), diary.stage("read", 7), diary.stage("tell"))
    run = run_through(make_workshop(database, job), job)
    assert [name for name, _ in diary.done] == ["list", *["read"] * 7, "tell"]
    assert sorted(number for name, number in diary.done if name == "read") == list(range(7))
    assert (run.state, run.counts, run.finished_at) == ("ok", {"groups": 9}, NOW)


def test_stage_without_steps_is_passed_over(database: Database) -> None:
    diary = Diary()
    job = make_job(diary.stage("a", 0), diary.stage("b"), diary.stage("c", 0))
    assert run_through(make_workshop(database, job), job).state == "ok"
    assert diary.done == [("b", 0)]


def test_run_had_nothing_to_do_when_no_stage_has_a_step(database: Database) -> None:
    job = make_job(Diary().stage("a", 0))
    assert run_through(make_workshop(database, job), job).state == "nothing"


def test_slot_is_run_once_whoever_starts_it(database: Database) -> None:
    diary = Diary()
    job = make_job(diary.stage("a"))
    workshop = make_workshop(database, job)
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: start_run(workshop, job, "08:13", as_of=NOW), range(8)))
    assert sum(one is not None for one in started) == 1
    EmbeddedEngine(workshop).work_off()
    assert diary.done == [("a", 0)]


def test_step_does_nothing_when_it_is_executed_again_after_it_was_closed(database: Database) -> None:
    diary = Diary()
    job = make_job(diary.stage("a", 2))
    workshop = make_workshop(database, job)
    start_run(workshop, job, "08:13", as_of=NOW)
    with database.read() as connection:
        [first, second] = [step.id for step in load_claimable(connection, now=NOW)]
    closed = [run_step(workshop, one) for one in (first, first, second, second)]
    assert closed == [True, False, True, False]
    assert diary.done == [("a", 0), ("a", 1)]


def test_stage_is_opened_once_when_two_workers_close_the_same_step(database: Database) -> None:
    diary = Diary()
    job = make_job(diary.stage("a"), diary.stage("b"))
    workshop = make_workshop(database, job)
    start_run(workshop, job, "08:13", as_of=NOW)
    with database.read() as connection:
        [step] = [step.id for step in load_claimable(connection, now=NOW)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run_step(workshop, step), range(4)))
    EmbeddedEngine(workshop).work_off()
    assert diary.done.count(("b", 0)) == 1
    with database.read() as connection:
        assert load_running(connection) == []


def test_step_is_tried_again_when_it_failed(database: Database) -> None:
    diary = Diary(fails={0: MAX_ATTEMPTS - 1})
    job = make_job(diary.stage("a"))
    assert run_through(make_workshop(database, job), job).state == "ok"
    assert diary.tried[0] == MAX_ATTEMPTS


def test_run_is_partial_when_one_step_fails_for_good_and_goes_on(database: Database) -> None:
    diary = Diary(fails={1: 99})
    job = make_job(diary.stage("read", 3), diary.stage("tell"))
    run = run_through(make_workshop(database, job), job)
    assert (run.state, run.error, run.counts) == ("partial", "connection reset", {"groups": 3})
    assert diary.tried[1] == MAX_ATTEMPTS
    assert ("tell", 0) in diary.done


def test_run_has_failed_and_stops_when_every_step_failed(database: Database) -> None:
    diary = Diary(fails={0: 99, 1: 99})
    told: list[Run] = []
    job = make_job(diary.stage("read", 2), diary.stage("tell"))
    run = run_through(make_workshop(database, job, told=told), job)
    assert (run.state, run.error) == ("failed", "connection reset")
    assert diary.done == []
    assert [one.state for one in told] == ["failed"]
    with database.read() as connection:
        assert load_fact(connection, f"told {run.id}") == "failed"


def test_step_is_not_tried_again_when_only_a_person_can_mend_it(database: Database) -> None:
    diary = Diary(fails={0: 99}, error=Permanent("60011 no privilege", remedy="加入可见范围"))
    job = make_job(diary.stage("a"))
    run = run_through(make_workshop(database, job), job)
    assert (run.state, run.error) == ("failed", "60011 no privilege。处理：加入可见范围")
    assert diary.tried[0] == 1


def test_run_ends_and_says_why_when_a_stage_cannot_be_split(database: Database) -> None:
    def broken(_context: Any, connection: Any) -> list[dict[str, Any]]:
        # A statement that fails must not take the run's own transaction with it.
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
        return []

    diary = Diary()
    unsplit = Stage(work=lambda _c, _a: {}, split=broken)
    for number, (stages, state) in enumerate(
        [((diary.stage("a"), unsplit), "partial"), ((unsplit, diary.stage("b")), "failed")]
    ):
        job = make_job(*stages)
        run = run_through(make_workshop(database, job), job, f"slot{number}")
        assert run.state == state
        assert "nowhere" in str(run.error)


def test_run_ends_when_the_admins_cannot_be_told(database: Database) -> None:
    def silent(connection: Any, _run: Run) -> None:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    job = make_job(Diary(fails={0: 99}).stage("a"))
    good = make_workshop(database, job)
    mute = Workshop(database=database, jobs=good.jobs, context=good.context, now=good.now, on_finished=silent)
    assert run_through(mute, job).state == "failed"


def test_run_of_a_job_that_is_no_more_is_ended(database: Database) -> None:
    job = make_job(Diary().stage("a"), name="retired_job")
    told: list[Run] = []
    start_run(make_workshop(database, job), job, "08:13", as_of=NOW)
    EmbeddedEngine(make_workshop(database, told=told)).work_off()
    assert [(one.state, "retired_job" in str(one.error)) for one in told] == [("failed", True)]


def test_unfinished_runs_are_worked_off_when_nobody_names_one(database: Database) -> None:
    diary = Diary()
    jobs = [make_job(diary.stage("a", 2), name=name) for name in ("one", "two", "three")]
    workshop = make_workshop(database, *jobs)
    for job in jobs:
        start_run(workshop, job, "08:13", as_of=NOW)
    progress: list[tuple[int, int]] = []
    closed = EmbeddedEngine(workshop).work_off(on_step=lambda done, known: progress.append((done, known)))
    assert (closed, len(diary.done), progress[-1]) == (6, 6, (6, 6))


def test_step_is_given_the_moment_of_its_run(database: Database) -> None:
    seen: list[Any] = []

    def look(as_of: Any, _: Mapping[str, Any]) -> Mapping[str, int]:
        seen.append(as_of)
        return {"groups": 1}

    job = make_job(make_stage(look))
    run_through(make_workshop(database, job), job, as_of=NOW - DAY)
    assert seen == [NOW - DAY]


@pytest.mark.parametrize(
    ("states", "counts", "state"),
    [
        ([], {}, "nothing"),
        (["done"], {}, "nothing"),
        (["done"], {"groups": 0}, "nothing"),
        (["done", "done"], {"groups": 2}, "ok"),
        (["done"], {"failed_groups": 0, "groups": 2}, "ok"),
        (["done"], {"failed_groups": 1, "groups": 2}, "partial"),
        (["done", "failed"], {"groups": 2}, "partial"),
        (["failed", "failed"], {}, "failed"),
    ],
)
def test_state_of_a_run_follows_from_its_steps(states: list[str], counts: dict[str, int], state: str) -> None:
    assert decide_state(states, counts) == state


def test_error_is_told_in_one_line_with_its_remedy_once() -> None:
    assert describe(ValueError("two\nlines")) == "two lines"
    assert describe(ValueError()) == "ValueError"
    assert describe(Permanent("60020", remedy="加入可信 IP")) == "60020。处理：加入可信 IP"
    assert describe(Permanent("请加入可信 IP", remedy="加入可信 IP")) == "请加入可信 IP"


def test_job_without_stages_is_over_at_once(database: Database) -> None:
    job = Job(name="nothing", stages=())
    assert run_through(make_workshop(database, job), job).state == "nothing"


def test_steps_that_compute_never_run_side_by_side_and_those_that_wait_do(database: Database) -> None:
    # Each waiting step is let go by the other: alone, neither would ever end.
    both = Barrier(2, timeout=20)
    busy = Lock()

    def wait(_: Any, __: Mapping[str, Any]) -> Mapping[str, int]:
        both.wait()
        return {"groups": 1}

    def compute(_: Any, __: Mapping[str, Any]) -> Mapping[str, int]:
        if not busy.acquire(blocking=False):
            raise Permanent("two at once")
        # Long enough a step, in the database's own time, for another to come in between.
        with database.read() as connection:
            load_running(connection)
        busy.release()
        return {"groups": 1}

    split = make_stage(wait, 2).split
    job = make_job(Stage(work=wait, split=split, parallel=True), make_stage(compute, 8))
    assert run_through(make_workshop(database, job), job).state == "ok"


def test_step_that_waits_is_not_held_up_by_one_that_computes(database: Database) -> None:
    waiting = make_job(Stage(work=lambda _c, _a: {"sent": 1}, parallel=True), name="deliver")
    workshop = make_workshop(database, waiting)
    with workshop.alone:  # as a long check would hold it
        assert run_through(workshop, waiting).state == "ok"
