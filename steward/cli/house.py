"""Build the house: settings -> database, client, gate, worker, workshop. The only place where they meet."""

from __future__ import annotations

import gc
import os
import random
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import ParamSpec, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from jobs import JobContext, all_jobs, rechecks_in
from steward.cli.alerts import alert_of_run
from steward.cli.channels import build_postman
from steward.cli.delivery_alerts import tell_of_delivery
from steward.cli.log import REDACTOR
from steward.cli.notices import follow_run
from steward.cli.observers import Observers
from steward.cli.redaction import resolved_secrets
from steward.cli.ways import answer_within, read_bot_keys, to_client_keys, to_ways
from steward.clock.working_days import WorkingDays
from steward.delivery.budget import Ways
from steward.delivery.channels import Postman
from steward.delivery.enqueue import Gate
from steward.delivery.prepare import Preparer
from steward.delivery.send import WeComSender
from steward.delivery.worker import Sender, Worker
from steward.engine.embedded import EmbeddedEngine
from steward.engine.runs import Workshop
from steward.model.directory import Company
from steward.model.run import Run
from steward.model.settings import Settings
from steward.model.settings.secrets import resolve_secret
from steward.store.clock import DatabaseClock
from steward.store.database import Database, open_database
from steward.store.directory import load_company
from steward.store.giving_way import giving_way
from steward.store.migrate import upgrade
from steward.store.outbox import OutboxRow
from steward.wecom.client import OnCall, WeComClient

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
        observers: who is told of calls, messages and runs; `serve` puts its watch here.
        linger: how long a delivery waits for what falls due soon; `serve` waits, a single run does not.
        stopping: tells that the process is to end: what is in hand is finished, nothing new begun.
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
    observers: Observers = field(default_factory=Observers)
    linger: timedelta = timedelta()
    stopping: Callable[[], bool] = lambda: False

    @property
    def name(self) -> str:
        """This process among others: what it has in hand, it has by this name."""
        return f"{socket.gethostname()}:{os.getpid()}"

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
        return build_client(
            self.settings,
            self.environment,
            self.root,
            now=self.now,
            sleep=self.sleep,
            on_call=lambda endpoint, errcode, took_s: self.observers.on_call(endpoint, errcode, took_s),
        )

    @cached_property
    def gate(self) -> Gate:
        """Through which every message goes. The work policy's quiet hours hold for all groups we post to."""
        return Gate(policy=self.settings.policies.work, zone=self.zone)

    @cached_property
    def worker(self) -> Worker:
        """Brings out what is due."""
        return Worker(
            name=self.name,
            database=self.database,
            sender=self.sender or self._postman(),
            settings=self.settings.delivery,
            now=self.now,
            uniform=random.Random().random,
            channels=self.gate.openings,
            on_trouble=self._on_trouble,
            prepare=self.preparer,
            observe=lambda row, outcome, waited_s: self.observers.on_attempt(row, outcome, waited_s),
            ways=self.ways,
            # A rehearsal holds one connection, and one thread at a time.
            parallel=self.settings.wecom.parallel_calls if self.threads > 1 else 1,
            answer_within=answer_within(self.settings),
            linger=self.linger,
            sleep=self.sleep,
        )

    @cached_property
    def ways(self) -> Ways:
        """By which lanes messages go, and how much of it."""
        return to_ways(self.settings, read_bot_keys(self.settings, self.environment, self.root))

    @cached_property
    def preparer(self) -> Preparer:
        """Looks through what waits before any of it is claimed."""
        return Preparer(
            database=self.database,
            bundle=self.settings.delivery.bundle,
            post_characters=self.settings.policies.work.own_post_max_characters,
            rechecks=lambda now: rechecks_in(self.context(now)),
        )

    def _postman(self) -> Postman:
        wecom = WeComSender(client=self.client, files=self.files)
        return build_postman(
            self.settings, self.environment, self.root, files=self.files, wecom=wecom, now=self.now
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
            name=self.name,
            lease=timedelta(seconds=self.settings.serve.step_lease_s),
        )

    @cached_property
    def engine(self) -> EmbeddedEngine:
        """Works off the steps, in this process."""
        return EmbeddedEngine(self.workshop, threads=self.threads)

    def context(self, as_of: datetime) -> JobContext:
        """Return what a job's stages are given for a run of that moment."""
        return JobContext(
            settings=self.settings,
            database=giving_way(self.database),
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
        follow_run(self, connection, run)

    def _on_trouble(self, connection: Connection, row: OutboxRow, why: str, remedy: str | None) -> None:
        tell_of_delivery(connection, self.gate, row, why, remedy, self.settings, self.zone, self.now())


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
    on_call: OnCall = lambda endpoint, errcode, took_s: None,
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
    keys = to_client_keys(read_bot_keys(settings, environment, root))
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
        on_call=on_call,
        on_token=REDACTOR.know_token,
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
    REDACTOR.know(resolved_secrets(settings, environment, root))
    database = open_database(database_url(settings, environment, root))
    upgrade(database, now=now())
    if now is real_now and not database.is_sqlite:
        now = DatabaseClock(database, now)
        now()  # the first time it is asked, it asks the database
    return House(
        settings=settings,
        root=root,
        environment=environment,
        database=database,
        files=root / "var",
        now=now,
    )
