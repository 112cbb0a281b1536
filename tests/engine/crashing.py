"""A process that works off a run of 12 steps and may be killed in the middle. Run by test_crash."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from steward.engine.embedded import EmbeddedEngine
from steward.engine.runs import start_run
from steward.store.database import open_database
from steward.store.remembered import load_fact, save_fact
from tests.engine.workshop import make_job, make_stage, make_workshop
from tests.factories import NOW

STEPS = 12


def main(url: str, now: datetime, dies_at: int, dies_after_effect: bool) -> None:
    database = open_database(url)

    def work(_: Any, args: Mapping[str, Any]) -> Mapping[str, int]:
        number = args["number"]
        if number == dies_at and not dies_after_effect:
            os.kill(os.getpid(), signal.SIGKILL)
        with database.begin() as connection:
            # The effect under its own key: done twice, it is there once.
            name = f"effect {number}"
            save_fact(connection, name, 1)
            save_fact(
                connection, f"executions {number}", (load_fact(connection, f"executions {number}") or 0) + 1
            )
        if number == dies_at and dies_after_effect:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"groups": 1}

    job = make_job(make_stage(work, STEPS), make_stage(work, 1))
    workshop = make_workshop(database, job, now=now)
    start_run(workshop, job, "08:13", as_of=NOW)
    EmbeddedEngine(workshop, threads=2).work_off()
