"""The embedded engine: a pool of threads in one process, over the rows; no server, nothing to install.

One process for each SQLite file, held by a lock file, so no lease or heartbeat is needed: at the start, every
unfinished step is an orphan and is worked off again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType

from steward.engine.runs import Workshop, run_step
from steward.store import runs as rows


class AlreadyRunning(Exception):
    """Another process works on this database."""


class ProcessLock:
    """Keeps a second process away from a SQLite file. PostgreSQL needs none: `path` is None there."""

    def __init__(self, database_path: Path | None) -> None:
        self._path = database_path.with_name(database_path.name + ".lock") if database_path else None
        self._file: int | None = None

    def __enter__(self) -> ProcessLock:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._lock(self._file)
        return self

    def _lock(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(file, 32).decode(errors="replace").strip() or "?"
            os.close(file)
            raise AlreadyRunning(
                f"另一个进程（PID {owner}）正在使用 {self._path}：SQLite 只允许一个进程执行任务。"
                "请等它结束，或先停止 main.py serve；需要多进程时改用 PostgreSQL。"
            ) from None
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)


class EmbeddedEngine:
    """Works off the open steps of runs with a few threads."""

    def __init__(self, workshop: Workshop, *, threads: int = 4) -> None:
        self._workshop = workshop
        self._threads = threads

    def work_off(
        self, run_id: int | None = None, *, on_step: Callable[[int, int], None] | None = None
    ) -> int:
        """Work until no step is open, of one run or of all that were left unfinished.

        A run is worked off by whoever started it; "all" is for the start, before anything is scheduled.

        Args:
            on_step: told (done, known so far) after each step, for a progress bar.

        Returns:
            How many steps were closed.
        """
        done = 0
        with ThreadPoolExecutor(self._threads, thread_name_prefix="step") as pool:
            while step_ids := self._open_steps(run_id):
                waiting: set[Future[bool]] = {
                    pool.submit(run_step, self._workshop, step_id) for step_id in step_ids
                }
                while waiting:
                    finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    done += sum(future.result() for future in finished)
                    if on_step is not None:
                        on_step(done, done + len(waiting))
        return done

    def _open_steps(self, run_id: int | None) -> list[int]:
        with self._workshop.database.read() as connection:
            return rows.load_open_step_ids(connection, run_id)
