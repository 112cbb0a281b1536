"""Watch settings.toml: a change that is sound is handed on, one that is not is told, and the old one stays in force."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Final

from steward.cli.words import _
from steward.model.settings import Problem, Settings, SettingsError, decode_settings
from steward.model.words import Language

LOOK_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The file says something else, and it can be used."""

    settings: Settings
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The file cannot be used: why, line by line.

    Args:
        brief: the first reason in one short line, for a message.
    """

    why: str
    brief: str
    digest: str


class SettingsWatch:
    """Looks at one file. A file still being written is left alone until it is the same at two looks.

    Args:
        path: it may come and go, and be replaced by another file of that name.
        language: of what is said about a broken file.
    """

    def __init__(self, path: Path, environment: Mapping[str, str], language: Language) -> None:
        self._path = path
        self._environment = environment
        self._language = language
        self._judged = _digest(self._read())
        self._mark = self._stat()
        self._unsettled = False
        self._looked_at = monotonic()

    def look(self, *, at_once: bool = False) -> Sound | Broken | None:
        """Return what became of the file since the last look; None: nothing new.

        Args:
            at_once: somebody asked for it: judge the file as it is now, changed or not.
        """
        if not at_once and monotonic() - self._looked_at < LOOK_EVERY_S:
            return None
        self._looked_at = monotonic()
        mark = self._stat()
        if not at_once:
            if mark != self._mark:
                self._mark, self._unsettled = mark, True
                return None
            if not self._unsettled:
                return None
        self._mark, self._unsettled = mark, False
        data = self._read()
        if _digest(data) == self._judged and not at_once:
            return None
        self._judged = _digest(data)
        return self._judge(data)

    def _judge(self, data: bytes | OSError) -> Sound | Broken:
        from steward.cli.config import parse

        if isinstance(data, OSError):
            why = _("读不到设置文件 {path}：{why}").format(path=self._path, why=data.strerror)
            return Broken(why=why, brief=why, digest=self._judged)
        try:
            text = decode_settings(data, file=str(self._path))
        except SettingsError as error:
            return self._broken(error.problems)
        settings, problems = parse(text, str(self._path), self._environment)
        return self._broken(problems) if settings is None else Sound(settings=settings, digest=self._judged)

    def _broken(self, problems: Sequence[Problem]) -> Broken:
        why = "\n".join(problem.text(self._language) for problem in problems)
        first = problems[0]
        place = replace(first, file=self._path.name, allowed=None, hint=None).text(self._language)
        more = _("（共 {count} 处）").format(count=len(problems)) if len(problems) > 1 else ""
        return Broken(why=why, brief=place + more, digest=self._judged)

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> bytes | OSError:
        try:
            return self._path.read_bytes()
        except OSError as error:
            return error


def _digest(data: bytes | OSError) -> str:
    return hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else "unreadable"


def restart_keys(old: Settings, new: Settings) -> list[str]:
    """Return the changed settings that only a restart can bring into force; empty: none."""
    pairs = {
        "database.url": (old.database.url, new.database.url),
        "company.corp_id": (old.company.corp_id, new.company.corp_id),
        "observability.listen": (old.observability.address, new.observability.address),
    }
    return [key for key, (before, after) in pairs.items() if before != after]
