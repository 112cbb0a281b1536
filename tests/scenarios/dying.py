"""A process of the service that dies at a point told beforehand. Run by test_kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from steward.cli.house import House
from steward.cli.run import run_job
from steward.delivery.send import KeepBody, WeComSender
from steward.delivery.worker import Sender
from steward.engine.embedded import ProcessLock
from steward.model.delivery import Outcome
from steward.store.outbox import OutboxRow
from tests.scenarios.town import Clock, open_house


class Countdown:
    """Counts what happens (each statement, each commit, each step of sending) and kills at one of them."""

    def __init__(self, dies_at: int | None) -> None:
        self.count = 0
        self._dies_at = dies_at

    def tick(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


class CountedSender:
    """The real sender, with a tick before and after each message."""

    def __init__(self, sender: Sender, countdown: Countdown) -> None:
        self._sender = sender
        self._countdown = countdown

    def send(self, row: OutboxRow, keep_body: KeepBody) -> Outcome:
        self._countdown.tick()
        outcome = self._sender.send(row, keep_body)
        self._countdown.tick()
        return outcome


def count(house: House, dies_at: int | None) -> Countdown:
    countdown = Countdown(dies_at)
    for name in ("before_cursor_execute", "commit"):
        event.listen(house.database.engine, name, countdown.tick)
    house.sender = CountedSender(WeComSender(client=house.client, files=house.files), countdown)
    return countdown


def work(
    folder: Path, environment: Mapping[str, str], job: str, as_of: datetime, dies_at: int | None = None
) -> int:
    """Run a job as `main.py run` does; returns how many points there were to die at."""
    house = open_house(folder / "settings.toml", environment, Clock(as_of))
    house.threads = 2
    countdown = count(house, dies_at)
    # One message after the other: the points to die at are the same ones every time.
    house.worker = replace(house.worker, parallel=1)
    with ProcessLock(house.database.path):
        run_job(house, job, as_of, slot=f"{job} {as_of.isoformat()} {dies_at}")
    house.database.close()
    house.client.close()
    return countdown.count
