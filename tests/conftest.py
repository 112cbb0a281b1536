"""Real databases for every test that asks, and no way out of this machine for any."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from steward.store.database import Database, open_database
from steward.store.migrate import upgrade
from tests.postgresql import MISSING, run_server

FOUNDED = datetime(2026, 11, 1, tzinfo=UTC)
MakeUrl = Callable[[], str]


def _is_here(host: object) -> bool:
    if host in ("localhost", "", None):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        outside = isinstance(address, tuple) and not _is_here(address[0])
    elif event == "socket.getaddrinfo":
        address = arguments[0]
        outside = not _is_here(address.decode() if isinstance(address, bytes) else address)
    else:
        return
    if outside:
        raise PermissionError(f"a test may talk to this machine only, not to {address}")


@pytest.fixture(scope="session", autouse=True)
def no_way_out() -> None:
    """Close every socket that leads off this machine, in whatever library it is opened."""
    sys.addaudithook(_stay_here)


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> MakeUrl:
    """Return what makes a migrated SQLite file: a copy of one that was migrated once."""
    folder = tmp_path_factory.mktemp("sqlite")
    migrated = folder / "migrated.db"
    database = open_database(f"sqlite:///{migrated}")
    upgrade(database, now=FOUNDED)
    with database.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    numbers = count()

    def make() -> str:
        path = folder / f"test{next(numbers)}.db"
        shutil.copy(migrated, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """Yield the URL of a database from which others can be made."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with run_server() as url:
        if url is None:
            if os.environ.get("CI") == "true":
                pytest.fail(MISSING)
            pytest.skip(MISSING)
        yield url


class Server:
    """Makes databases out of one that was migrated once."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._prefix = f"steward_test_{os.getpid()}"
        self._numbers = count()
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        self._made: list[str] = []

    def empty(self) -> str:
        """Return the URL of a new database without a table."""
        return self._create("")

    def migrated(self) -> str:
        """Return the URL of a new database with every table."""
        template = f"{self._prefix}_migrated"
        if template not in self._made:
            database = open_database(self._create("", name=template))
            upgrade(database, now=FOUNDED)
            database.close()
        return self._create(f" TEMPLATE {template}")

    def _create(self, template: str, *, name: str | None = None) -> str:
        name = name or f"{self._prefix}_{next(self._numbers)}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}{template}"))
        self._made.append(name)
        return self._named(name)

    def _named(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))
        self._made.remove(str(make_url(url).database))

    def close(self) -> None:
        """Remove what was not removed yet."""
        for name in list(self._made):
            self.drop(self._named(name))
        self._admin.dispose()


@pytest.fixture(scope="session")
def postgresql(postgresql_server: URL) -> Iterator[Server]:
    """Yield what makes PostgreSQL databases."""
    server = Server(postgresql_server)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a migrated database, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")()
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.migrated()
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield a migrated database, of each kind in turn."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield a database without a single table, of each kind in turn."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path}/empty.db")
        yield opened
        opened.close()
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.empty()
    opened = open_database(url)
    yield opened
    opened.close()
    server.drop(url)


@pytest.fixture
def sqlite_database(sqlite_url: MakeUrl) -> Iterator[Database]:
    """Yield a migrated SQLite database, for what only SQLite has."""
    opened = open_database(sqlite_url())
    yield opened
    opened.close()
