"""Bring the schema up to date, say whether it is, and keep a copy of the file before anything is changed.

Alembic is imported only where something is to be changed: half a second that no listing should wait for.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from steward.store.database import Database, DatabaseError, corrupt_text, trouble_text

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
_MIGRATE_LOCK = 76_31_20_26  # any number, the same for every process of ours


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """Return the newest revision this program knows."""
    return max(_revisions())


def _revisions() -> set[str]:
    # The files carry their revision in front of their name; a test holds them against Alembic's own view.
    return {path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("*_*.py")}


def current_revision(database: Database) -> str | None:
    """Return the revision the database is at; None for an empty one."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def upgrade(database: Database, *, now: datetime) -> str | None:
    """Bring the schema to the newest revision; a SQLite file with data is copied first.

    Returns:
        The revision it came from; None when the database was empty. Equal to `head_revision()`: nothing done.

    Raises:
        DatabaseError: the file is damaged, or a newer program wrote it.
    """
    before = current_revision(database)
    if before == head_revision():
        return before
    _refuse_newer(before)
    if before is not None and database.path is not None:
        backup(database, database.path.parent / "backups", now=now)
    with database.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _MIGRATE_LOCK})
        from alembic import command

        command.upgrade(_config(connection), "head")
    return before


def _refuse_newer(revision: str | None) -> None:
    if revision is None:
        return
    if revision not in _revisions():
        raise DatabaseError(
            f"数据库的结构版本 {revision} 比本程序新：请升级程序，或恢复升级前的备份（var/backups/）"
        )


def backup(database: Database, folder: Path, *, now: datetime) -> Path:
    """Copy a SQLite database, consistent while others write; returns the copy.

    Raises:
        DatabaseError: PostgreSQL, which has pg_dump for this.
    """
    if database.path is None:
        raise DatabaseError("PostgreSQL 请用 pg_dump 备份；db backup 只用于 SQLite")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{database.path.stem}-{now:%Y%m%dT%H%M%S%f}.db"
    connection = sqlite3.connect(database.path)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        text = trouble_text(str(error), database.path) or f"无法写备份 {target}：{error}"
        raise DatabaseError(text) from error
    finally:
        connection.close()
    return target


def problems(database: Database) -> list[str]:
    """Return what is wrong with the database, each in one sentence with its remedy; empty = nothing."""
    found = []
    revision = current_revision(database)
    if revision != head_revision():
        found.append(f"结构版本是 {revision or '（空库）'}，应为 {head_revision()}：运行 main.py db upgrade")
    if database.is_sqlite:
        with database.read() as connection:
            answers = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if answers != ["ok"]:
            found.append(corrupt_text(database.path))
        if orphans:
            found.append(f"{len(orphans)} 行指向已不存在的记录：请恢复备份，或联系支持并附上 db check 的输出")
    return found
