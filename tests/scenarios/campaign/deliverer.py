"""A process that queues the day's messages as their time comes and delivers them. It may be told when to die.

It is the service itself: its own house, gate, worker and sender, over real HTTP and a real database. Only the clock
is handed in, and what kills it.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from steward.cli.house import House, build_house
from steward.cli.log import set_up_logging
from steward.engine.embedded import ProcessLock
from steward.model.settings.load import parse_settings
from steward.store import outbox
from steward.store.database import DatabaseAway, DatabaseError
from steward.store.remembered import load_fact, save_fact
from tests.scenarios.campaign.line import Line
from tests.scenarios.campaign.plan import Planned

_FACT = "campaign_batch"
_POLL_S = 0.02
_SENDING = frozenset({"http.client.send", "smtplib.send"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where a process works. `folder` holds settings.toml, var/ and the plan.

    Args:
        linger: as of the house.
        most_bytes: no file may become larger: a disk that is full.
    """

    folder: Path
    environment: Mapping[str, str]
    line: Line
    linger: timedelta = timedelta()
    most_bytes: int | None = None

    @property
    def plan(self) -> Path:
        return self.folder / "plan.pickle"

    def log_of(self, pid: int | None) -> Path:
        """Where a process writes what it says; it is there once the process listens to signals."""
        return self.folder / "log" / f"{pid}.jsonl"


class Countdown:
    """Counts the steps of a process, from the very first statement of its start, and kills it at one of them.

    Steps: before each statement, at each commit, before each write to a socket of HTTP or SMTP.
    """

    def __init__(self, at: int | None) -> None:
        self.count = 0
        self._at = at
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, self.tick)
        sys.addaudithook(self._on_audit)

    def tick(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, at: int | None) -> None:
        """Count anew."""
        self.count, self._at = 0, at

    def _on_audit(self, name: str, _: tuple[Any, ...]) -> None:
        if name in _SENDING:
            self.tick()


def deliver(post: Post, dies_at: int | None = None, is_late: bool = False) -> None:
    """Work until SIGTERM, or until it dies.

    Args:
        dies_at: at which step.
        is_late: steps are counted only once it has started.
    """
    countdown = Countdown(None if is_late else dies_at)
    if post.most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (post.most_bytes, post.most_bytes))
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    log_to(post.log_of(os.getpid()))
    day: list[list[Planned]] = pickle.loads(post.plan.read_bytes())
    house = move_in_when_it_is_there(post)
    if is_late:
        countdown.begin(dies_at)
    with ProcessLock(house.database.path):
        Round(house, day, post.line).work(stopping)


def move_in_when_it_is_there(post: Post) -> House:
    """Start again and again while the database is away, as whoever watches over a service does it."""
    while True:
        try:
            return move_in(post)
        except DatabaseAway:
            time.sleep(_POLL_S)


def move_in(post: Post) -> House:
    """Open the service in its folder, with the campaign's clock."""
    path = post.folder / "settings.toml"
    house = build_house(
        parse_settings(path.read_text(encoding="utf8"), file=str(path)),
        post.folder,
        post.environment,
        now=post.line.now,
    )
    house.sleep, house.linger = post.line.sleep, post.linger
    return house


class Round:
    """Queue what has come due, deliver, and again; a database that is away for a while ends nothing."""

    def __init__(self, house: House, day: list[list[Planned]], line: Line) -> None:
        self._house = house
        self._day = day
        self._line = line
        self._next = 0

    def work(self, stopping: threading.Event) -> None:
        is_new = True
        while not stopping.is_set():
            try:
                if is_new:
                    self._begin()
                    is_new = False
                self._queue(self._line.now())
                counts = self._house.worker.deliver_due(at_most=30, stopping=stopping.is_set)
            except (DatabaseError, DBAPIError) as error:
                structlog.get_logger().warning("the database is away", error=str(error)[:200])
                counts = {}
            if not counts:
                time.sleep(_POLL_S)

    def _begin(self) -> None:
        with self._house.database.begin() as connection:
            outbox.lapse_all(connection, now=self._line.now())
            self._next = load_fact(connection, _FACT) or 0

    def _queue(self, now: datetime) -> None:
        while self._next < len(self._day) and self._day[self._next][0].at <= now:
            batch = [one.delivery for one in self._day[self._next]]
            with self._house.database.begin() as connection:
                # Another process may have come further; then this one only finds every key there already.
                self._house.gate.enqueue(connection, batch, now=now)
                save_fact(connection, _FACT, max(self._next + 1, load_fact(connection, _FACT) or 0))
            self._next += 1


def log_to(path: Path) -> None:
    """Write what the service says into a file of this process."""
    path.parent.mkdir(exist_ok=True)
    # As the service logs: a line that cannot be written, the disk being full, stops nobody.
    set_up_logging(stream=path.open("a", encoding="utf8", buffering=1))
