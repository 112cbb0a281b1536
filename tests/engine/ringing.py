"""A process that keeps one schedule with a clock sped up sixty times: a second is a minute. Run by test_ringing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy.exc import DBAPIError

from steward.engine.embedded import EmbeddedEngine
from steward.engine.job import Stage
from steward.engine.runs import Workshop
from steward.engine.walk import walk
from steward.store.database import Database, DatabaseError, open_database
from steward.store.giving_way import giving_way
from steward.store.remembered import load_fact, save_fact
from steward.store.runs import load_running
from steward.store.schedule_state import load_walks
from tests.engine.keeping import make_timetable
from tests.engine.workshop import make_job
from tests.factories import NOW

SPEED = 60
STEPS = 3


def fake_now(began_at: float) -> datetime:
    return NOW + timedelta(seconds=(time.time() - began_at) * SPEED)


def main(url: str, name: str, began_at: float) -> None:
    """Serve until the fact "over" says until when, and all up to then is done."""
    database = open_database(url)

    def work(as_of: datetime, args: Mapping[str, Any]) -> Mapping[str, int]:
        # The effect under its own key, and the count of what tried.
        key = f"effect {as_of.isoformat()} {args['number']}"
        with giving_way(database).begin() as connection:
            save_fact(connection, key, (load_fact(connection, key) or 0) + 1)
        time.sleep(0.01)
        return {"groups": 1}

    stage = Stage(work=work, split=lambda _c, _r: [{"number": n} for n in range(STEPS)], parallel=True)
    job = make_job(stage)
    workshop = Workshop(
        database=database,
        jobs={job.name: job},
        context=lambda _run_id, as_of: as_of,
        now=lambda: fake_now(began_at),
        on_finished=lambda _connection, _run: None,
        name=name,
        lease=timedelta(seconds=60),
    )
    timetable = make_timetable(every_minutes=1, missed="each")
    stop = Event()
    engine = EmbeddedEngine(workshop, threads=2)
    thread = Thread(target=engine.serve, args=[stop], daemon=True)
    thread.start()
    while not is_over(database, workshop, began_at):
        # Who froze in a transaction finds it undone.
        with suppress(DatabaseError, DBAPIError):
            walk(workshop, timetable)
        engine.wake()
        time.sleep(0.05)
    stop.set()
    thread.join(10)
    engine.finish(at_most_s=10)


def is_over(database: Database, workshop: Workshop, began_at: float) -> bool:
    """Return whether the clock has come to the end and nothing waits; from there on the clock stands still."""
    try:
        with database.read() as connection:
            over = load_fact(connection, "over")
            is_running = bool(load_running(connection))
            settled = [walk.until for walk in load_walks(connection, "sync_groups")]
    except (DatabaseError, DBAPIError):
        return False
    until = datetime.fromisoformat(over) if over else None
    if until is None or fake_now(began_at) < until:
        return False
    object.__setattr__(workshop, "now", lambda: until)
    return not is_running and min(settled) >= until
