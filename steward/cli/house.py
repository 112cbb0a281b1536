"""Build the house: settings -> database, client, gate, worker, workshop. The only place where they meet."""

from __future__ import annotations

import gc
import os
import random
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import ParamSpec, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from jobs import JobContext, all_jobs
from steward.cli.alerts import alert_of_delivery, alert_of_run
from steward.clock.working_days import WorkingDays
from steward.delivery.enqueue import Gate
from steward.delivery.send import WeComSender
from steward.delivery.worker import Sender, Worker
from steward.engine.embedded import EmbeddedEngine
from steward.engine.runs import Workshop
from steward.model.directory import Company
from steward.model.run import Run
from steward.model.settings import Settings
from steward.model.settings.secrets import resolve_secret
from steward.store.database import Database, open_database
from steward.store.directory import load_company
from steward.store.migrate import upgrade
from steward.store.outbox import OutboxRow
from steward.wecom.client import WeComClient

MOVED_SINCE = timedelta(days=30)
_P = ParamSpec("_P")
_R = TypeVar("_R")


def real_now() -> datetime:
    """Return the time, aware, in UTC. The only clock of the service is read here."""
    return datetime.now(UTC)


class Randomness(Protocol):
    """Where jitter comes from."""

    def random(self) -> float:
        """Return a number in [0, 1)."""


@dataclass(kw_only=True)
class House:
    """Everything a command works with.

    Args:
        root: the folder of the settings file; relative paths start there.
        files: where reports are written; `var` unless something is rehearsed.
        sender: stands in for WeCom in a dry run; None = the real one.
    """

    settings: Settings
    root: Path
    environment: Mapping[str, str]
    database: Database
    files: Path
    now: Callable[[], datetime] = real_now
    sleep: Callable[[float], None] = time.sleep
    sender: Sender | None = None
    threads: int = 4

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.settings.company.timezone)

    @cached_property
    def working_days(self) -> WorkingDays:
        """The company's calendar."""
        return WorkingDays(self.settings.calendar)

    @cached_property
    def client(self) -> WeComClient:
        """The one client of WeCom."""
        return build_client(self.settings, self.environment, self.root, now=self.now, sleep=self.sleep)

    @cached_property
    def gate(self) -> Gate:
        """Through which every message goes. The work policy's quiet hours hold for all groups we post to."""
        return Gate(policy=self.settings.policies.work, zone=self.zone)

    @cached_property
    def worker(self) -> Worker:
        """Brings out what is due."""
        return Worker(
            name=f"{socket.gethostname()}:{os.getpid()}",
            database=self.database,
            sender=self.sender or WeComSender(client=self.client, files=self.files),
            settings=self.settings.delivery,
            now=self.now,
            uniform=random.Random().random,
            channels=self.gate.open_channels,
            on_trouble=self._on_trouble,
        )

    @cached_property
    def workshop(self) -> Workshop:
        """What the engine works the steps off with."""
        return Workshop(
            database=self.database,
            jobs=all_jobs(),
            context=once_at_a_time(lambda _run_id, as_of: self.context(as_of)),
            now=self.now,
            on_finished=self._on_finished,
        )

    @cached_property
    def engine(self) -> EmbeddedEngine:
        """Works off the steps, in this process."""
        return EmbeddedEngine(self.workshop, threads=self.threads)

    def context(self, as_of: datetime) -> JobContext:
        """Return what a job's stages are given for a run of that moment."""
        return JobContext(
            settings=self.settings,
            database=self.database,
            wecom=self.client,
            worker=self.worker,
            gate=self.gate,
            working_days=self.working_days,
            zone=self.zone,
            files=self.files,
            as_of=as_of,
            company=once_at_a_time(partial(self.company, as_of)),
        )

    def company(self, as_of: datetime) -> Company:
        """Return the directory in force, with who may be taken for a leaver at that moment."""
        policies = self.settings.policies
        wecom = min(p.roster_stale_after for p in (policies.work, policies.exchange, policies.publicity))
        by_file = timedelta(days=policies.work.handed_in_stale_after_days)
        with self.database.read() as connection:
            return load_company(
                connection,
                now=as_of,
                zone=self.zone,
                trusted_for={"wecom": wecom, "wecom_ids": wecom, "file": by_file},
                moved_since=MOVED_SINCE,
            )

    def _on_finished(self, connection: Connection, run: Run) -> None:
        alerts = alert_of_run(run, connection, self.settings, self.zone, self.now())
        self.gate.enqueue(connection, alerts, now=self.now())

    def _on_trouble(self, connection: Connection, row: OutboxRow, why: str, remedy: str | None) -> None:
        alerts = alert_of_delivery(row, why, remedy, self.settings, self.zone, self.now())
        self.gate.enqueue(connection, alerts, now=self.now())


def once_at_a_time(function: Callable[_P, _R], size: int = 4) -> Callable[_P, _R]:
    """Return the function remembering its last results; threads that ask at once wait for one and the same.

    `lru_cache` alone lets every one of them compute: four copies of the directory, each with its own derived data.
    """
    remembering, lock = lru_cache(maxsize=size)(function), Lock()

    def ask(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with lock:
            return remembering(*args, **kwargs)  # type: ignore[arg-type]

    return ask


def ease_collector() -> None:
    """Let Python's cycle collector rest longer.

    Rounds make records by the million and no cycles; at its usual thresholds the collector walks the whole
    directory again for every few hundred members, a quarter of the member check's time (measured).
    """
    gc.set_threshold(100_000, 50, 50)


def build_client(
    settings: Settings,
    environment: Mapping[str, str],
    root: Path,
    *,
    now: Callable[[], datetime] = real_now,
    sleep: Callable[[float], None] = time.sleep,
) -> WeComClient:
    """Return a client with the secrets that are set; what is missing is refused by name when it is needed."""
    agents = settings.company.agents
    sources = {"app": agents.app, "contacts": agents.contacts, "archive": agents.archive}

    def read(path: str) -> str:
        return (root / path).read_text(encoding="utf8")

    secrets = {
        name: secret
        for name, agent in sources.items()
        if agent and (secret := resolve_secret(agent.secret, env=environment, read_file=read))
    }
    keys = {
        name: key
        for name, bot in settings.people.bots.items()
        if (key := resolve_secret(bot.key, env=environment, read_file=read))
    }
    return WeComClient(
        base_url=str(settings.company.base_url),
        corp_id=settings.company.corp_id,
        secrets=secrets,  # type: ignore[arg-type]
        agent_id=agents.app.agent_id,
        bot_keys=keys,
        parallel_calls=settings.wecom.parallel_calls,
        connect_timeout_s=settings.wecom.connect_timeout_s,
        read_timeout_s=settings.wecom.read_timeout_s,
        now=now,
        sleep=sleep,
        random=random.Random(),
    )


def database_url(settings: Settings, environment: Mapping[str, str], root: Path) -> str:
    """Return the database's URL with a SQLite path made absolute; the settings' folder is where it starts."""
    source = settings.database.url
    if not isinstance(source, str):
        found = resolve_secret(
            source, env=environment, read_file=lambda path: (root / path).read_text(encoding="utf8")
        )
        if not found:
            raise LookupError(f"database.url：{source} 没有设置")
        source = found
    prefix = "sqlite:///"
    if source.startswith(prefix) and not source.startswith(prefix + "/") and ":memory:" not in source:
        return prefix + str(root / source.removeprefix(prefix))
    return source


def build_house(
    settings: Settings, root: Path, environment: Mapping[str, str], *, now: Callable[[], datetime] = real_now
) -> House:
    """Open the database, bring its schema up to date, and return the house."""
    ease_collector()
    database = open_database(database_url(settings, environment, root))
    upgrade(database, now=now())
    return House(
        settings=settings,
        root=root,
        environment=environment,
        database=database,
        files=root / "var",
        now=now,
    )
