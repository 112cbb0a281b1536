"""Hand a run to the process that serves, and follow it to its end."""

from __future__ import annotations

from datetime import datetime
from time import sleep
from typing import TYPE_CHECKING, Final

import click

from steward.cli.progress import OnStep, progress
from steward.cli.run import why_not
from steward.cli.words import _
from steward.engine.process_lock import AlreadyRunning, ProcessLock
from steward.engine.runs import start_run
from steward.store.runs import MANUAL, load_run
from steward.store.steps import count_steps, release_every_claim

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.run import Run

_LOOK_EVERY_S: Final = 0.3


def hand_over(house: House, job: str, as_of: datetime, *, by: str, wait: bool) -> Run:
    """Open a run for the process that holds the database; return it when it is over, or at once.

    Raises:
        LookupError: a run of the job is under way.
    """
    slot = f"{MANUAL}{house.now().isoformat()}"
    run_id = start_run(house.workshop, house.workshop.jobs[job], slot, as_of=as_of, by=by)
    if run_id is None:
        raise LookupError(why_not(house, job, slot))
    text = _("已交给正在运行的 serve：第 {id} 次运行；查看：main.py schedule history --run {id}")
    click.echo(text.format(id=run_id), err=True)
    if not wait:
        return _load(house, run_id)
    with progress() as on_step:
        return _follow(house, run_id, on_step)


def _load(house: House, run_id: int) -> Run:
    with house.database.read() as connection:
        run = load_run(connection, run_id)
    if run is None:
        raise LookupError(f"run {run_id} vanished")
    return run


def _follow(house: House, run_id: int, on_step: OnStep | None) -> Run:
    while (run := _load(house, run_id)).state == "running":
        with house.database.read() as connection:
            closed, known, _in_hand = count_steps(connection, run_id, now=house.now())
        if on_step is not None:
            on_step(closed, known)
        sleep(_LOOK_EVERY_S)
        _work_if_alone(house, run_id, on_step)
    return run


def _work_if_alone(house: House, run_id: int, on_step: OnStep | None) -> None:
    """Do the run ourselves where the process it was handed to is gone."""
    try:
        with ProcessLock(house.database.path):
            with house.database.begin() as connection:
                release_every_claim(connection)
            house.engine.work_off(run_id, on_step=on_step)
    except AlreadyRunning:
        return
