"""A house with a watch on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update

from steward.cli.house import House
from steward.cli.watch.ticks import Ticks
from steward.cli.watch.watch import Watch, start_watch
from steward.model.source import SourceState
from steward.store.database import Database
from steward.store.lanes import pause_lane
from steward.store.outbox import insert_delivery
from steward.store.runs import finish_run, insert_run
from steward.store.schema import attempts, outbox, processes, schedule_pauses, spent
from steward.store.sources import save_sources
from tests.factories import NOW, make_delivery, make_settings

USERID, CHAT_ID = "zhangsan", "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
BOT_KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


def make_house(database: Database, folder: Path, *, now: datetime = NOW, **sections: Any) -> House:
    settings = make_settings(
        **{
            "observability": {"enabled": False},
            "people": {"bots": {"hr": {"key": {"env": "BOT_KEY"}}}},
            **sections,
        }
    )
    environment = {"WECOM_APP_SECRET": "app-secret-0123456789", "BOT_KEY": BOT_KEY}
    return House(
        settings=settings,
        root=folder,
        environment=environment,
        database=database,
        files=folder / "var",
        now=lambda: now,
    )


@contextmanager
def watching(house: House, ticks: Ticks | None = None, **over: Any) -> Iterator[Watch]:
    watch = start_watch(lambda: house, ticks or Ticks(), **over)
    try:
        yield watch
    finally:
        watch.close()


def items(watch: Watch) -> dict[str, dict[str, Any]]:
    """Return /readyz's items by name."""
    return {item["item"]: item for item in json.loads(watch.readyz().body)["items"]}


def save_run(connection: Connection, job: str, slot: str, state: Any, at: Any) -> None:
    run_id = insert_run(connection, job, slot, as_of=at, now=at)
    assert run_id is not None
    finish_run(connection, run_id, state=state, counts={}, error=f"{USERID} 失败", now=at)


def save_trouble(connection: Connection) -> None:
    """Write down one of everything that can be wrong."""
    rows = (("late", "app", USERID), ("asked", "appchat", CHAT_ID), ("dead", "bot", "hr"))
    ids = [
        insert_delivery(
            connection, make_delivery(key, channel=channel, recipient=to), now=NOW - timedelta(hours=1)
        )
        for key, channel, to in rows
    ]
    for row_id, status in zip(ids[1:], ("unknown", "dead"), strict=True):
        connection.execute(update(outbox).where(outbox.c.id == row_id).values(status=status))
    pause_lane(connection, "bot:hr#1", until=NOW + timedelta(minutes=1), why="45009")
    pause_lane(connection, f"member:{USERID}", until=NOW - timedelta(minutes=1), why="over")
    save_run(connection, "daily_digest", "2026-11-17T08:37", "ok", NOW - timedelta(days=1))
    save_run(connection, "daily_digest", "2026-11-18T08:37", "failed", NOW)
    save_sources(
        connection,
        [
            SourceState(name="users", good_at=NOW - timedelta(hours=2), tried_at=NOW),
            SourceState(name=f"roster:{CHAT_ID}", good_at=NOW - timedelta(days=3), tried_at=NOW),
            SourceState(name="roster:other", good_at=NOW - timedelta(days=1), tried_at=NOW),
            SourceState(
                name="archived_rooms", good_at=None, tried_at=NOW, errcode=301052, detail=f"no {CHAT_ID}"
            ),
        ],
    )
    pause = {"job": "housekeeping", "reason": USERID, "until_on": None, "by": USERID, "at": NOW}
    connection.execute(insert(schedule_pauses).values(pause))
    for name, age in (("a:1", timedelta(0)), ("b:2", timedelta(minutes=5))):
        row = {"name": name, "started_at": NOW, "beat_at": NOW - age, "version": "0.1.0"}
        connection.execute(insert(processes).values(row))
    row = {"outbox_id": ids[0], "channel": "app", "recipient": USERID, "started_at": NOW}
    attempt_id = connection.execute(insert(attempts).values(row).returning(attempts.c.id)).scalar_one()
    for budget, units in ((f"member:{USERID}", 14), ("bot:hr#1", 9)):
        row = {"budget": budget, "at": NOW, "attempt_id": attempt_id, "units": units}
        connection.execute(insert(spent).values(row))
