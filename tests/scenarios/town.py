"""A made-up company, its WeCom on loopback, and the service at work in it, day by day, without waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from steward.cli.house import House, build_house
from steward.cli.run import run_job
from steward.model.finding import TrackedFinding
from steward.model.group import RegistryEntry
from steward.model.run import Run
from steward.model.settings.load import parse_settings
from steward.simulator import Simulator
from steward.store.findings import load_found_between, load_open
from steward.store.outbox import OutboxRow, load_outbox
from steward.store.registry import save_registry
from steward.wecom.departments import list_departments

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY, THURSDAY, FRIDAY = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)
SATURDAY, SUNDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)
ROUND = (
    ("sync_directory", time(7, 12)),
    ("sync_groups", time(7, 24)),
    ("check_members", time(8, 13)),
    ("daily_digest", time(8, 37)),
    ("deliver", time(8, 52)),
)
SECRETS = ("app", "contacts", "archive")


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=SHANGHAI)


class Clock:
    """The service's time. It moves when a test says so, or when the service sleeps; never by itself."""

    def __init__(self, now: datetime, on_move: Callable[[datetime], None] = lambda _: None) -> None:
        self._now = now
        self._on_move = on_move
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        with self._lock:
            self._now = now
            self._on_move(now)

    def leave_wecom_behind(self) -> None:
        """Move alone from now on: the company stands still, and what is wrong in it stays the same."""
        self._on_move = lambda _: None

    def sleep(self, seconds: float) -> None:
        self.set(self._now + timedelta(seconds=seconds))


class Town:
    """One service in one folder, with its WeCom."""

    def __init__(
        self, folder: Path, simulator: Simulator, clock: Clock | None = None, **settings: Any
    ) -> None:
        self.folder = folder
        self.simulator = simulator
        self.clock = clock or Clock(at(WEDNESDAY, time(7, 0)), simulator.set_now)
        self.heads: dict[int, str] = {}
        self.settings = settings
        self.house = self._build([])
        self.heads = {
            one.id: one.leader_userids[0] for one in list_departments(self.house.client) if one.leader_userids
        }
        self.house.database.close()
        self.house = self._build([self.heads[1]])
        self.file_groups()

    def _build(self, hr: list[str]) -> House:
        path = self.folder / "settings.toml"
        path.write_text(settings_text(self.simulator.credentials(), hr, **self.settings), encoding="utf8")
        return open_house(path, environment_of(self.simulator.credentials()), self.clock)

    def file_groups(
        self, *, without: frozenset[str] = frozenset(), no_liaison: frozenset[str] = frozenset()
    ) -> None:
        """Hand in the register of every group there is, but for those named."""
        entries = [
            RegistryEntry(
                chat_id=room["chat_id"],
                kind=room["kind"],
                policy="work",
                department=str(room["department_id"]),
                audience=room["audience"],
                liaison_userid=None if room["chat_id"] in no_liaison else self.heads[1],
                filed_on=date(2026, 9, 1),
            )
            for room in self.simulator.rooms()
            if room["chat_id"] not in without
        ]
        with self.house.database.begin() as connection:
            save_registry(connection, entries, now=self.clock.now(), filed_on=WEDNESDAY, replace_all=True)

    def run(
        self, job: str, day: date | None = None, moment: time | None = None, *, slot: str | None = None
    ) -> Run:
        """Run one job, at a moment of a day or now."""
        if day is not None and moment is not None:
            self.clock.set(at(day, moment))
        now = self.clock.now()
        return run_job(self.house, job, now, slot=slot or f"{now.isoformat()} {next(_NUMBERS)}")

    def live(self, day: date) -> dict[str, Run]:
        """Do the round of one day; returns the run of each job."""
        return {job: self.run(job, day, moment) for job, moment in ROUND}

    def deliver_for(self, hours: float, step: timedelta = timedelta(minutes=10)) -> None:
        """Let `deliver` ring for so long."""
        until = self.clock.now() + timedelta(hours=hours)
        while self.clock.now() < until:
            self.clock.set(self.clock.now() + step)
            self.run("deliver")

    @property
    def open(self) -> list[TrackedFinding]:
        with self.house.database.read() as connection:
            return load_open(connection)

    def found(self, check_id: str) -> set[tuple[str | None, str]]:
        """Return (chat_id, subject_id) of what is open of that check."""
        return {
            (one.finding.chat_id, one.finding.subject_id)
            for one in self.open
            if one.finding.check_id == check_id
        }

    def events(self, day: date) -> list[tuple[str | None, str]]:
        """Return (chat_id, userid) of the departures told that day."""
        with self.house.database.read() as connection:
            found = load_found_between(connection, at(day, time(0)), at(day + timedelta(days=1), time(0)))
        return [
            (one.finding.chat_id, one.finding.evidence["userid"])
            for one in found
            if one.finding.check_id == "left_without_approval"
        ]

    @property
    def outbox(self) -> list[OutboxRow]:
        with self.house.database.read() as connection:
            return load_outbox(connection, limit=10_000)

    def received(self, endpoint: str = "message/send") -> list[Mapping[str, Any]]:
        return [one for one in self.simulator.received if one["endpoint"] == endpoint]

    def texts(self) -> list[tuple[str, str]]:
        """Return (to, text) of every markdown message that arrived."""
        return [
            (one["to"], one["body"]["markdown"]["content"])
            for one in self.simulator.received
            if "markdown" in one["body"]
        ]


def _numbers() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


_NUMBERS = _numbers()


def environment_of(credentials: Mapping[str, Any]) -> dict[str, str]:
    """Return the secrets as a process is given them."""
    secrets = {f"WECOM_{name.upper()}_SECRET": credentials["secrets"][name] for name in SECRETS}
    return {**secrets, "BOT_OPS_KEY": credentials["bot_keys"][0], "BOT_HR_KEY": credentials["bot_keys"][1]}


def settings_text(
    credentials: Mapping[str, Any],
    hr: list[str],
    *,
    hr_bot: bool = False,
    hr_more: str = "",
    more: str = "",
    database: str = "sqlite:///var/steward.db",
) -> str:
    users = ", ".join(f'"{one}"' for one in hr)
    bot = ', bot = "hr"' if hr_bot else ""
    agents = "\n".join(
        f'[company.agents.{name}]\nsecret = {{ env = "WECOM_{name.upper()}_SECRET" }}'
        + (f"\nagent_id = {credentials['agent_id']}" if name == "app" else "")
        for name in SECRETS
    )
    return f"""\
[company]
name = "云杉科技"
corp_id = "{credentials["corp_id"]}"
base_url = "{credentials["base_url"]}"
{agents}
[database]
url = "{database}"
[people]
hr = {{ users = [{users}]{bot}{hr_more} }}
admins = {{ bot = "ops" }}
[people.bots.ops]
key = {{ env = "BOT_OPS_KEY" }}
[people.bots.hr]
key = {{ env = "BOT_HR_KEY" }}
{more}
"""


def open_house(path: Path, environment: Mapping[str, str], clock: Clock) -> House:
    """Open the service of a settings file, with a clock that does not run."""
    settings = parse_settings(path.read_text(encoding="utf8"), file=str(path))
    house = build_house(settings, path.parent, environment, now=clock.now)
    house.sleep = clock.sleep
    return house


@contextmanager
def open_town(
    folder: Path, *, seed: int = 7, people: int = 60, groups: int = 15, **settings: Any
) -> Iterator[Town]:
    """Found a company, start its WeCom, and let the service move in."""
    with Simulator(seed=seed, people=people, groups=groups, now=at(WEDNESDAY, time(7, 0))) as simulator:
        town = Town(folder, simulator, **settings)
        try:
            yield town
        finally:
            town.house.database.close()
            town.house.client.close()
