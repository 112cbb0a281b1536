"""Four processes keep one schedule over PostgreSQL: each slot once, with one killed and one frozen."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from typing import Any

from steward.store.database import Database, open_database
from steward.store.remembered import load_fact, save_fact
from steward.store.runs import load_runs
from tests.engine import ringing
from tests.engine.keeping import make_timetable
from tests.processes import start_process

NAMES = ("killed", "frozen", "third", "fourth")


def wait_for(database: Database, slots: int) -> None:
    """Wait until so many slots have their row."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with database.read() as connection:
            if len(load_runs(connection, limit=1000)) >= slots:
                return
        time.sleep(0.05)
    raise TimeoutError(f"fewer than {slots} slots within a minute")


def test_each_slot_is_run_once_by_four_processes_with_one_killed_and_one_frozen(postgresql: Any) -> None:
    url = postgresql.migrated()
    database = open_database(url)
    began_at = time.time()
    processes = {name: start_process(ringing.main, url, name, began_at) for name in NAMES}
    wait_for(database, 3)
    os.kill(processes["killed"].pid or 0, signal.SIGKILL)
    os.kill(processes["frozen"].pid or 0, signal.SIGSTOP)
    try:
        wait_for(database, 7)
    finally:
        os.kill(processes["frozen"].pid or 0, signal.SIGCONT)
    wait_for(database, 9)
    over = ringing.fake_now(began_at)
    with database.begin() as connection:
        save_fact(connection, "over", over.isoformat())
    for process in processes.values():
        process.join(60)
    assert [process.exitcode for process in processes.values()] == [-signal.SIGKILL, 0, 0, 0]
    check(database, over)
    database.close()
    postgresql.drop(url)


def check(database: Database, over: datetime) -> None:
    with database.read() as connection:
        runs = load_runs(connection, limit=1000)
        effects = [
            load_fact(connection, f"effect {run.as_of.isoformat()} {number}")
            for run in runs
            for number in range(ringing.STEPS)
        ]
    slots = sorted(run.as_of for run in runs)
    assert slots == [slots[0], *(slot.at for slot in make_timetable(every_minutes=1).slots(slots[0], over))]
    assert {(run.state, run.counts["groups"]) for run in runs} == {("ok", ringing.STEPS)}
    assert len({run.by for run in runs} & set(NAMES)) >= 2
    # Executed again where a process died or froze in the act, two threads each, and nowhere else.
    assert None not in effects
    assert sum(count - 1 for count in effects) <= 4
