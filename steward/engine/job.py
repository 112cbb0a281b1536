"""What the engine knows of a job: its name and its stages. What a stage does is the job's own affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from steward.model.run import Counts

StepArgs = Mapping[str, Any]
"""What one step is to do, as JSON."""


def one_step(_: Any, __: Connection) -> Sequence[StepArgs]:
    """Split a stage into a single step."""
    return [{}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a job. Its steps may run side by side; the next stage begins when all are done.

    Args:
        work: does one step and returns what it did. It may be executed twice (a process died after the effect)
            and must take effect once: every row it writes carries a unique key.
        split: decides the steps, from rows only; no step = the stage is over at once.
        parallel: its steps wait for others (WeCom), so several run at once. False for steps that compute over rows:
            SQLite lets go of the GIL at every row and a busy neighbour gives it back 5 ms later, so four threads
            took three times the CPU of one (measured over 1,000,000 memberships).
    """

    work: Callable[[Any, StepArgs], Counts]
    split: Callable[[Any, Connection], Sequence[StepArgs]] = one_step
    parallel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scheduled job."""

    name: str
    stages: tuple[Stage, ...]


class Permanent(Exception):
    """A step that failed in a way that another try cannot mend; says what an admin does about it."""

    def __init__(self, text: str, *, remedy: str | None = None) -> None:
        super().__init__(text)
        self.remedy = remedy
