"""The real service: `main.py serve` in a process of its own, against a simulated WeCom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steward.simulator import Simulator
from steward.store.database import Database, open_database
from tests.scenarios.town import environment_of, settings_text

ROOT = Path(__file__).parents[2]
QUIET = """
[observability]
listen = "127.0.0.1:0"
[policies.work]
quiet_from = "00:00"
quiet_until = "00:00"
"""


class Serving:
    """One folder with settings, its WeCom, and the processes that serve it."""

    def __init__(
        self, folder: Path, simulator: Simulator, *, more: str = "", database: str | None = None
    ) -> None:
        self.folder = folder
        self.simulator = simulator
        self.settings = folder / "settings.toml"
        url = database or f"sqlite:///{folder}/steward.db"
        self.write(settings_text(simulator.credentials(), [], more=QUIET + more, database=url))
        self.environment = {**os.environ, **environment_of(simulator.credentials())}
        self.database: Database = open_database(url)
        self._started: list[subprocess.Popen[str]] = []

    def write(self, text: str) -> None:
        self.settings.write_text(text, encoding="utf8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `main.py serve`, or another command; what it says is kept in a file."""
        words = list(arguments or ("serve",))
        number = len(self._started)
        said = (self.folder / f"said{number}.log").open("w", encoding="utf8")
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *words, "--settings", str(self.settings)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        said.close()
        self._started.append(process)
        return process

    def serve(self) -> subprocess.Popen[str]:
        """Start a service and wait until it is up."""
        process = self.start()
        log = self.folder / f"said{len(self._started) - 1}.log"
        wait_until(lambda: "Ctrl+C" in log.read_text(encoding="utf8") or process.poll() is not None)
        assert process.poll() is None, log.read_text(encoding="utf8")
        return process

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Type a command and wait for its end."""
        return subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments, "--settings", str(self.settings)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def said(self) -> str:
        """Return what every process said."""
        return "".join(path.read_text(encoding="utf8") for path in sorted(self.folder.glob("said*.log")))

    def close(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()
        self.database.close()


@contextmanager
def open_serving(folder: Path, **settings: Any) -> Iterator[Serving]:
    with Simulator(seed=7, people=40, groups=6, now=datetime.now(UTC)) as simulator:
        serving = Serving(folder, simulator, **settings)
        try:
            yield serving
        finally:
            serving.close()


def wait_until(happened: Callable[[], Any], *, at_most_s: float = 60) -> None:
    """Wait for something another process does."""
    until = time.monotonic() + at_most_s
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError("it did not happen")
        time.sleep(0.05)
