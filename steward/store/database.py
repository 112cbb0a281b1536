"""One database: SQLite by default, PostgreSQL by URL. Write transactions never lose an update on either."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

_T = TypeVar("_T")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_PATIENCE: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A PostgreSQL host that vanished is noticed within a minute, not after the system's quarter of an hour.
https://www.postgresql.org/docs/current/libpq-connect.html"""


class DatabaseError(Exception):
    """The database cannot be used; says where and what to do."""


class DatabaseAway(DatabaseError):
    """PostgreSQL cannot be reached just now, or the connection broke: it restarts, or the network is down.

    What was under way may or may not have been written. It may be tried again.
    """


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

    def insist(
        self,
        work: Callable[[Connection], _T],
        *,
        for_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> _T:
        """Do one write transaction, and again while the database is away; returns what `work` gives back.

        For what must not be forgotten because PostgreSQL restarts: the outcome of a message that has left.

        Args:
            work: may be done twice without harm, for the connection can break after the commit and before its answer.
            for_s: how many seconds to insist, in pauses.

        Raises:
            DatabaseAway: it stayed away for so long.
        """
        waited_s, pause_s = 0.0, _FIRST_PAUSE_S
        while True:
            try:
                with self.begin() as connection:
                    return work(connection)
            except DatabaseAway:
                if waited_s >= for_s:
                    raise
            sleep(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(pause_s * 2, _LONGEST_PAUSE_S)

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not self.is_sqlite and is_away(error):
                raise DatabaseAway(_unreachable_text(str(error.orig))) from error
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


def is_away(error: DBAPIError) -> bool:
    """Tell whether PostgreSQL could not be reached, or broke the connection off, where it may soon be back.

    A wrong password or database name is no such case: nobody who waits gets in.
    """
    text = str(error.orig)
    refused = any(word in text for word in _NO_CONNECTION) and not any(word in text for word in _NOT_LET_IN)
    return error.connection_invalidated or refused or any(word in text for word in _BROKEN_OFF)


# psycopg says the one or the other, by how far it came.
_NO_CONNECTION = ("connection failed", "connection is bad", "connection timeout expired")
_NOT_LET_IN = ("password", "does not exist", "no pg_hba.conf entry", "permission denied")
_BROKEN_OFF = (
    "terminating connection",
    "server closed the connection",
    "the connection is lost",
    "the connection is closed",
    "the database system is",  # starting up, shutting down, in recovery mode
    "could not receive data from server",
    "could not send data to server",
)


def trouble_text(cause: str, path: Path | None) -> str | None:
    """Return what is wrong with the database and what a person does about it; None where it is not the database.

    Args:
        cause: the driver's own words. SQLite: sqlite.org/rescode.html; psycopg: "connection failed: …".
    """
    if "malformed" in cause or "not a database" in cause:
        return corrupt_text(path)
    if any(word in cause for word in (*_NO_CONNECTION, "server closed the connection")):
        return _unreachable_text(cause)
    remedies = {
        "unable to open": "请检查路径和目录权限",
        "readonly": "请检查文件和目录的写权限",
        "disk is full": "磁盘已满：请清理空间后再运行",
        "disk I/O error": "磁盘读写出错：请检查剩余空间、文件大小限制和磁盘本身后再运行",
        "is locked": "另一个程序占用了它：请结束占用的程序后再运行",
    }
    remedy = next((remedy for words, remedy in remedies.items() if words in cause), None)
    return f"数据库 {path} 不能使用（{cause}）：{remedy}" if remedy else None


def _unreachable_text(cause: str) -> str:
    return f"连不上 PostgreSQL：{cause.splitlines()[0]}。请检查 settings.toml 的 database.url 和数据库服务"


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
        is_sqlite = parsed.get_backend_name() == "sqlite"
        patience = {} if is_sqlite else {k: v for k, v in _PATIENCE.items() if k not in parsed.query}
        engine = create_engine(parsed, pool_pre_ping=not is_sqlite, connect_args=patience)
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
