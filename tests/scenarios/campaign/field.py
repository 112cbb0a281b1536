"""The place of a campaign: a company, its WeCom on loopback, a folder with settings and the day's plan."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from steward.simulator import Simulator
from steward.store.database import Database, open_database
from steward.store.schema import attempts, outbox
from tests.processes import run_in_a_process
from tests.scenarios.campaign.deliverer import Post
from tests.scenarios.campaign.judge import Arrival, Disturbance, Evidence, Fate, Try
from tests.scenarios.campaign.line import Line, begin
from tests.scenarios.campaign.mail import CIVIL, MailServer, Manners
from tests.scenarios.campaign.plan import Addresses, Planned, write_day
from tests.scenarios.campaign.weather import MAIL_TIMEOUT_S, READ_TIMEOUT_S
from tests.scenarios.town import SHANGHAI, environment_of, settings_text
from tests.simulator.calling import Caller

DAY = date(2026, 11, 18)
"""A Wednesday before a working Thursday."""
QUIET = (time(22, 0), time(7, 30))
EDGE_S = 1.0
"""Real seconds a post may be on its way when the quiet hours begin; the campaign's clock makes minutes of them."""
_TEAMS = 6
_MARK = re.compile(r"m\d{5}(?:p\d{3})?x")
_CHANNELS = {"message/send": "app", "webhook/send": "bot", "appchat/send": "appchat"}


@dataclass(slots=True, kw_only=True)
class Field:
    """One campaign's place."""

    simulator: Simulator
    mail: MailServer
    post: Post
    line: Line
    addresses: Addresses
    day: list[list[Planned]]
    database_url: str

    def put(self, day: list[list[Planned]]) -> None:
        """Give the processes that are started from now on their plan."""
        self.day = day
        self.post.plan.write_bytes(pickle.dumps(day))

    def open_database(self) -> Database:
        return open_database(self.database_url)

    @property
    def planned(self) -> list[Planned]:
        return [one for batch in self.day for one in batch]

    def move_on(self, by: timedelta) -> None:
        """Let so much time pass at once, for everybody who is started from now on and for the receiving side."""
        self.line = replace(self.line, start=self.line.start + by)
        self.post = replace(self.post, line=self.line)
        self.simulator.set_now(self.line.start, speed=self.line.speed, since_s=self.line.since_s)

    def fates(self) -> list[Fate]:
        database = self.open_database()
        try:
            with database.read() as connection:
                tries: dict[int, list[Try]] = {}
                for one in connection.execute(select(attempts).order_by(attempts.c.id)):
                    tries.setdefault(one.outbox_id, []).append(_try(one))
                found = connection.execute(select(outbox)).all()
        finally:
            database.close()
        return [_fate(row, tuple(tries.get(row.id, ()))) for row in found]

    def arrivals(self) -> list[Arrival]:
        """Return what arrived, by the count of those it arrived at."""
        mails = [
            Arrival(at=one.at, channel="email", to=one.to, marks=frozenset(_MARK.findall(one.text)))
            for one in list(self.mail.taken)
        ]
        return mails + [
            Arrival(
                at=datetime.fromisoformat(one["at"]),
                channel=_CHANNELS[one["endpoint"]],
                to=tuple(one["to"].split("|")),
                marks=self.marks_in(one["body"]),
            )
            for one in list(self.simulator.received)
        ]

    def marks_in(self, body: Mapping[str, Any]) -> frozenset[str]:
        """Return the marks of a message; a file's is its name."""
        found = set(_MARK.findall(str(body)))
        media_id = body.get("file", {}).get("media_id") if body.get("msgtype") == "file" else None
        if media_id:
            found.update(_MARK.findall(self.simulator.media(media_id)[0]))
        return frozenset(found)

    def _unanswered(self) -> set[str]:
        """Return the marks of the messages whose answer was kept back."""
        by_wecom = (self.marks_in(one["body"]) for one in self.simulator.unanswered)
        by_mail = (_MARK.findall(one) for one in self.mail.unanswered)
        return {mark for marks in (*by_wecom, *by_mail) for mark in marks}

    def evidence(self, disturbances: list[Disturbance]) -> Evidence:
        too_many = [one for one in self.simulator.dropped if one["why"] != "duplicate"]
        return Evidence(
            day=self.planned,
            fates=self.fates(),
            arrivals=self.arrivals(),
            unanswered=self._unanswered(),
            disturbances=disturbances,
            drops=len(too_many),
            most_by_bot={to: most for to, most in self.simulator.busiest().items() if to.startswith("bot:")},
            zone=SHANGHAI,
            quiet=QUIET,
            edge=timedelta(seconds=EDGE_S * self.line.speed),
        )


def _try(one: Any) -> Try:
    return Try(
        started_at=one.started_at,
        finished_at=one.finished_at,
        outcome=one.outcome,
        errcode=one.errcode,
        by=one.by,
    )


def _fate(row: Any, tries: tuple[Try, ...]) -> Fate:
    return Fate(
        id=row.id,
        key=row.idempotency_key,
        channel=row.channel,
        status=row.status,
        detail=row.detail,
        remedy=row.remedy,
        merged_into=row.merged_into,
        tries=tries,
    )


def nothing() -> None:
    """Begin, and end."""


def at(moment: time, day: date = DAY) -> datetime:
    return datetime.combine(day, moment, tzinfo=SHANGHAI)


@contextmanager
def open_field(
    folder: Path,
    *,
    seed: int,
    speed: float,
    starts_at: datetime,
    hours: float,
    messages: int,
    batches: int,
    database_url: str | None = None,
    lease_s: int = 900,
    more: str = "",
    manners: Manners = CIVIL,
    pool: str | None = None,
    linger: timedelta = timedelta(),
) -> Iterator[Field]:
    """Found the company, write the day's plan, and start the clock."""
    with (
        Simulator(seed=seed, people=80, groups=64, now=starts_at) as simulator,
        MailServer(simulator.now, seed, manners) as mail,
    ):
        url = database_url or f"sqlite:///{folder}/var/steward.db"
        (folder / "var").mkdir(parents=True)
        credentials = simulator.credentials()
        environment, bots = _bots(credentials)
        if pool:
            more += (
                f'[people.bots.{pool}]\nkeys = [{{ env = "BOT_TEAM1_KEY" }}, {{ env = "BOT_TEAM2_KEY" }}]\n'
            )
        settings = settings_text(
            credentials, [], database=url, more=_settings(bots, mail.port, lease_s) + more
        )
        (folder / "settings.toml").write_text(settings, encoding="utf8")
        addresses = _addresses(simulator, bots)
        day, files = write_day(seed, addresses, starts_at, messages=messages, hours=hours, batches=batches)
        for name, content in files.items():
            (folder / "var" / name).write_bytes(content)
        # The first process of all takes seconds to come; the clock is not to run meanwhile.
        run_in_a_process(nothing)
        line = begin(starts_at, speed)
        simulator.set_now(starts_at, speed=speed, since_s=line.since_s)
        scene = Field(
            simulator=simulator,
            mail=mail,
            post=Post(folder=folder, environment=environment, line=line, linger=linger),
            line=line,
            addresses=addresses,
            day=day,
            database_url=url,
        )
        scene.put(day)
        yield scene


def _bots(credentials: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environment and, by name, the key of each bot of the campaign."""
    keys = credentials["bot_keys"]
    bots = {f"team{number}": keys[2 + number] for number in range(_TEAMS)}
    secrets = {f"BOT_{name.upper()}_KEY": key for name, key in bots.items()}
    return {**environment_of(credentials), **secrets, "BOT_REVOKED_KEY": "revoked-long-ago"}, bots


def _settings(bots: Mapping[str, str], mail_port: int, lease_s: int) -> str:
    sections = [
        f'[people.bots.{name}]\nkey = {{ env = "BOT_{name.upper()}_KEY" }}' for name in (*bots, "revoked")
    ]
    # Real seconds, while all else runs by the campaign's clock.
    wecom = f"[wecom]\nread_timeout_s = {READ_TIMEOUT_S}\nconnect_timeout_s = 0.5"
    mail = (
        f'[email]\nhost = "127.0.0.1"\nport = {mail_port}\ntls = "none"\nfrom_address = "steward@example.com"'
    )
    delivery = f"[delivery]\nlease_s = {lease_s}\n"
    return "\n".join((*sections, wecom, f"{mail}\ntimeout_s = {MAIL_TIMEOUT_S}", delivery))


def _addresses(simulator: Simulator, bots: Mapping[str, str]) -> Addresses:
    caller = Caller(simulator)
    departments = [one["id"] for one in caller.get("department/list")["department"]]
    people = {
        one["userid"]: None
        for department in departments
        for one in caller.get("user/simplelist", department_id=department)["userlist"]
    }
    caller.close()
    chats = [room["chat_id"] for room in simulator.rooms() if room["kind"] == "app"]
    return Addresses(
        people=list(people),
        bots={name: f"bot:{key[-8:]}" for name, key in bots.items()},
        chats=chats,
        mails=[f"person{number}@example.com" for number in range(12)],
        revoked_bot="revoked",
    )
