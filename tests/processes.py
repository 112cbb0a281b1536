"""Processes of their own for tests that kill: forked from one that has imported everything, so each costs little."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *("jobs.sync_groups", "jobs.check_members", "jobs.daily_digest", "jobs.deliver", "jobs.housekeeping"),
        *("steward.cli.run", "steward.cli.house", "steward.simulator", "sqlalchemy.dialects.sqlite.pysqlite"),
        *(
            "psycopg",
            "sqlalchemy.dialects.postgresql.psycopg",
            "tests.engine.crashing",
            "tests.scenarios.dying",
        ),
        "tests.scenarios.campaign.deliverer",
    ]
)


def start_process(function: Callable[..., Any], *arguments: Any) -> BaseProcess:
    """Return a process that has begun to run the function; it dies with ours at the latest."""
    process = _CONTEXT.Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def run_in_a_process(function: Callable[..., Any], *arguments: Any, at_most_s: float = 60) -> int | None:
    """Return how the process ended: 0, the code it gave, or minus the signal that killed it."""
    process = start_process(function, *arguments)
    process.join(at_most_s)
    if process.is_alive():
        process.kill()
        raise TimeoutError(f"{function.__name__} did not end within {at_most_s} s")
    return process.exitcode
