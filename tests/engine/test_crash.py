"""A process that dies in the middle of a step, and the next one that finds what it left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from steward.engine.embedded import AlreadyRunning, ProcessLock
from steward.store.database import open_database
from steward.store.remembered import load_fact
from steward.store.runs import load_runs
from tests.engine import crashing
from tests.engine.crashing import STEPS
from tests.factories import NOW
from tests.processes import run_in_a_process

ROOT = Path(__file__).parents[2]


def work_in_a_process(url: str, now: datetime, dies_at: int, when: str = "before") -> int | None:
    return run_in_a_process(crashing.main, url, now, dies_at, when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_run_is_finished_by_the_next_process_when_one_died_in_a_step(database_url: str, when: str) -> None:
    assert work_in_a_process(database_url, NOW, 5, when) == -signal.SIGKILL
    # The lease of what it had in hand is over by then.
    assert work_in_a_process(database_url, NOW + timedelta(minutes=2), -1) == 0
    database = open_database(database_url)
    with database.read() as connection:
        [run] = load_runs(connection)
        effects = [load_fact(connection, f"effect {number}") for number in range(STEPS)]
        executions = [load_fact(connection, f"executions {number}") for number in range(STEPS)]
    database.close()
    assert (run.state, run.counts) == ("ok", {"groups": STEPS + 1})
    assert effects == [1] * STEPS
    # What was closed before is not done again; what each of two threads had in hand is, once more.
    # (Step 0 is done a second time by the last stage.)
    again = [number for number in range(1, STEPS) if executions[number] != 1]
    assert len(again) <= 2
    assert all(executions[number] <= 2 for number in again)


def test_second_process_is_kept_out_and_told_whom_to_wait_for(tmp_path: Path) -> None:
    path = tmp_path / "steward.db"
    with (
        ProcessLock(path),
        pytest.raises(AlreadyRunning, match=rf"PID {os.getpid()}.*main.py serve.*PostgreSQL"),
    ):
        ProcessLock(path).__enter__()
    with ProcessLock(path):
        pass


def test_lock_is_free_again_when_its_process_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "steward.db"
    script = (
        "import sys, os, signal; from pathlib import Path; from steward.engine.embedded import ProcessLock\n"
        "with ProcessLock(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", script, str(path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    with ProcessLock(path):
        pass


def test_postgresql_needs_no_lock() -> None:
    with ProcessLock(None), ProcessLock(None):
        assert not list(Path.cwd().glob("*.lock"))
