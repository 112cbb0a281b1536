"""Drives the processes of a campaign: starts them, kills them, freezes them, and waits until nothing is left to do."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from steward.store.database import DatabaseError
from steward.store.schema import outbox
from tests.processes import start_process
from tests.scenarios.campaign.deliverer import deliver
from tests.scenarios.campaign.field import Field
from tests.scenarios.campaign.judge import Disturbance

_MOST_TICKS = 300
_WAITING = ("pending", "sending", "held")
STOPS_WITHIN_S = 25


@dataclass(slots=True, kw_only=True)
class Log:
    """What was done to the processes, and how those that were asked to stop ended."""

    disturbances: list[Disturbance] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


def kill_all_day(scene: Field, log: Log, *, kills: int, until: datetime, seed: int) -> None:
    """Let one process after the other work and kill each: at a random step of its own, or at a random moment.

    The first ones die while they make the database.
    """
    rng = random.Random(f"{seed}:kills")
    began = scene.line.now()
    for number in range(kills):
        ends_at = began + (until - began) * (number + 1) / kills
        steps = (
            rng.randint(1, 60 if number < 3 else _MOST_TICKS) if rng.random() < 0.6 or number < 3 else None
        )
        process = start_process(deliver, scene.post, steps)
        left_s = max(0.05, (ends_at - scene.line.now()).total_seconds() / scene.line.speed)
        process.join(left_s if steps else rng.uniform(0.02, left_s))
        log.counts["killed at a step" if process.exitcode is not None else "killed at a moment"] += 1
        process.kill()
        process.join()
        note_death(scene, log, process)


def note_death(scene: Field, log: Log, process: BaseProcess) -> None:
    now = scene.line.now()
    log.disturbances.append(Disturbance(kind="killed", from_at=now, until_at=now, pid=process.pid))
    if process.exitcode != -signal.SIGKILL:
        log.wrongs.append(f"a process ended by itself: exit code {process.exitcode}")


def finish(scene: Field, log: Log, processes: list[BaseProcess], *, at_most: timedelta) -> None:
    """Wait until every message of the plan has come to its end, then ask the processes to stop."""
    gives_up_at = scene.line.now() + at_most
    while waiting(scene) and scene.line.now() < gives_up_at:
        if ended := [one for one in processes if not one.is_alive()]:
            log.wrongs.append(f"a process ended by itself: exit code {[one.exitcode for one in ended]}")
            break
        time.sleep(0.1)
    for one in processes:
        stop(scene, one, log)


def waiting(scene: Field) -> int:
    """Return how many messages of the plan have not come to their end; those not queued yet count."""
    database = scene.open_database()
    try:
        with database.read() as connection:
            is_ours = outbox.c.idempotency_key.like("campaign:%")
            queued = select(func.count()).select_from(outbox).where(is_ours)
            missing = len(scene.planned) - connection.execute(queued).scalar_one()
            left = (
                select(func.count())
                .select_from(outbox)
                .where(outbox.c.status.in_(_WAITING), outbox.c.topic != "admin_alert")
            )
            return max(0, missing) + int(connection.execute(left).scalar_one())
    except (DatabaseError, DBAPIError):
        return len(scene.planned)
    finally:
        database.close()


def stop(scene: Field, process: BaseProcess, log: Log) -> None:
    """Ask a process to end and hold it to its word: exit code 0 within the time."""
    while process.is_alive() and not scene.post.log_of(process.pid).exists():
        time.sleep(0.01)  # it does not listen to signals yet
    process.terminate()
    process.join(STOPS_WITHIN_S)
    if process.exitcode == 0:
        log.counts["stopped when asked"] += 1
        return
    log.wrongs.append(
        f"asked to stop, it ended with {process.exitcode} (None: not within {STOPS_WITHIN_S} s)"
    )
    process.kill()
    process.join()
