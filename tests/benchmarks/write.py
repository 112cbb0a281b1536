"""Writing a million memberships through the store against plain `sqlite3.executemany`."""

from __future__ import annotations

import gc
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from steward.cli.house import ease_collector
from steward.model.group import Member, Roster
from steward.store.database import Database, open_database
from steward.store.memberships import apply_rosters
from steward.store.migrate import upgrade
from tests.benchmarks.measure import seconds, verdict

NOW = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
MEMBERS = 50
STEP = 50


def make_rosters(groups: int) -> Iterator[Roster]:
    """Yield groups of 50 people each, as a pull would."""
    joined = 1_767_578_400
    for number in range(groups):
        members = tuple(
            Member(f"user{number * 7 % 40_000 + m:06d}", "staff", f"研发部员工{m}", f"员工{m}", joined, None)
            for m in range(MEMBERS)
        )
        yield Roster(
            chat_id=f"wr{number:08d}",
            kind="customer",
            name=f"项目群{number}",
            owner_userid="user000001",
            members=members,
            seen_at=NOW,
        )


def run(scale: float) -> bool:
    """Write the same rows both ways, each into its own new file, both with synchronous=FULL."""
    rosters = list(make_rosters(round(20_000 * scale)))
    rows = [
        (r.chat_id, m.member_id, m.kind, m.nickname, m.name, m.joined_unix_s, None, NOW.isoformat())
        for r in rosters
        for m in r.members
    ]
    # What the benchmark itself holds is not to be walked by the collector while the store works: a pull streams.
    gc.collect()
    gc.freeze()
    ease_collector()
    rounds = [_round(rows, rosters) for _ in range(3)]
    # The best of three, taken in turns: a disk has moods that neither side can help.
    plain_s, ours_s, again_s = (min(times) for times in zip(*rounds, strict=True))
    print(
        f"write: {len(rows):,} rows; sqlite3.executemany {plain_s:.2f} s, store {ours_s:.2f} s "
        f"({len(rows) / ours_s:,.0f} rows/s), nothing changed {again_s:.2f} s"
    )
    return verdict("store / sqlite3.executemany", ours_s / plain_s, 2)


def _round(rows: list[tuple[str | int | None, ...]], rosters: list[Roster]) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        connection = _plain_database(Path(folder) / "plain.db")
        plain_s = seconds(lambda: _plain(connection, rows))
        connection.close()
        database = open_database(f"sqlite:///{Path(folder) / 'ours.db'}")
        upgrade(database, now=NOW)
        ours_s = seconds(lambda: _ours(database, rosters))
        again_s = seconds(lambda: _ours(database, rosters))
        database.close()
    return plain_s, ours_s, again_s


def _plain_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE memberships (chat_id TEXT, member_id TEXT, kind TEXT, nickname TEXT, name TEXT, "
        "joined_unix_s INTEGER, invited_by TEXT, first_seen_at TEXT, PRIMARY KEY (chat_id, member_id)) "
        "WITHOUT ROWID"
    )
    return connection


def _plain(connection: sqlite3.Connection, rows: list[tuple[str | int | None, ...]]) -> None:
    connection.executemany("INSERT INTO memberships VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.commit()


def _ours(database: Database, rosters: list[Roster]) -> None:
    for at in range(0, len(rosters), STEP):
        with database.begin() as connection:
            apply_rosters(connection, rosters[at : at + STEP])
