"""The service in a folder, without WeCom: rows are put in by hand, and what would be sent is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from steward.cli.house import House
from steward.cli.run import run_job
from steward.model.directory import Employee
from steward.model.finding import TrackedFinding
from steward.model.group import Member, RegistryEntry
from steward.model.run import Run
from steward.store.database import Database
from steward.store.directory import apply_directory
from steward.store.findings import load_found_between, load_open
from steward.store.memberships import apply_rosters
from steward.store.outbox import OutboxRow, load_outbox
from steward.store.registry import save_registry
from tests.delivery.post import SHANGHAI, Script
from tests.factories import (
    make_department,
    make_directory,
    make_employee,
    make_member,
    make_roster,
    make_settings,
)
from tests.scenarios.town import Clock

WEDNESDAY, THURSDAY, FRIDAY = date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)
SATURDAY, SUNDAY, MONDAY, TUESDAY = (
    date(2026, 11, 21),
    date(2026, 11, 22),
    date(2026, 11, 23),
    date(2026, 11, 24),
)
STAFF = ("owner", "head", "boss", "zhangsan", "lisi")


def at(day: date, hour: int = 8, minute: int = 13) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI)


def outsider(member_id: str) -> Member:
    return Member(member_id, "external", None, "王立新")


def good(userid: str) -> Member:
    return make_member(userid, nickname=None)


class Home:
    """One service, one department with its head, and what happens to its groups."""

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        self.clock = Clock(at(WEDNESDAY, 7, 0))
        self.script = Script()
        people = {"hr": {"users": ["hr"]}, "admins": {"users": ["admin"]}}
        self.house = House(
            settings=make_settings(**{"people": people, **settings}),
            root=folder,
            environment={},
            database=database,
            files=folder,
            now=self.clock.now,
            sleep=self.clock.sleep,
            sender=self.script,
        )

    def directory(self, *people: Employee | str, day: date = WEDNESDAY, **over: Any) -> None:
        found = [make_employee(one, name=one) if isinstance(one, str) else one for one in people or STAFF]
        departments = [
            make_department(1, "云杉科技", leader_userids=("boss",)),
            make_department(2, "财务部", leader_userids=("head",)),
        ]
        with self.house.database.begin() as connection:
            apply_directory(connection, make_directory(found, departments, seen_at=at(day, 7, 12), **over))

    def group(self, *members: Member | str, day: date = WEDNESDAY, chat_id: str = "wr1", **over: Any) -> None:
        found = [good(one) if isinstance(one, str) else one for one in members]
        roster = make_roster(chat_id, found, **{"owner_userid": "owner", "seen_at": at(day, 7, 24), **over})
        entry = RegistryEntry(chat_id=chat_id, department="财务部", liaison_userid="lisi", filed_on=WEDNESDAY)
        with self.house.database.begin() as connection:
            apply_rosters(connection, [roster])
            save_registry(connection, [entry], now=self.clock.now(), filed_on=WEDNESDAY, replace_all=False)

    def run(self, job: str, day: date, hour: int = 8, minute: int = 13) -> Run:
        self.clock.set(at(day, hour, minute))
        return run_job(self.house, job, self.clock.now(), slot=f"{day} {hour}:{minute}")

    @property
    def open(self) -> list[TrackedFinding]:
        with self.house.database.read() as connection:
            return load_open(connection)

    def events(self) -> list[tuple[str, str]]:
        with self.house.database.read() as connection:
            found = load_found_between(connection, at(WEDNESDAY, 0, 0), at(date(2027, 1, 1)))
        return [
            (one.finding.subject_id.split("@")[0], str(one.first_seen_at.astimezone(SHANGHAI).date()))
            for one in found
            if one.finding.check_id == "left_without_approval"
        ]

    def queued(self, topic: str | None = None) -> list[OutboxRow]:
        with self.house.database.read() as connection:
            found = load_outbox(connection)
        return sorted((row for row in found if topic in (None, row.topic)), key=lambda row: row.id)


def told(rows: Iterable[OutboxRow]) -> list[tuple[str, str, str]]:
    """Return (day, topic, to) of messages."""
    return [(str(row.created_at.astimezone(SHANGHAI).date()), row.topic, row.recipient) for row in rows]
