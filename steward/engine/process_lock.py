"""One process for each SQLite file, held by a lock file; whoever else comes is told whom to wait for."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType


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
            self._file = None
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
            self._file = None
