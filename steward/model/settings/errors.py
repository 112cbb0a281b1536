"""What is wrong with the settings, said so that an admin can mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from steward.model.settings.base import looks_like_a_secret
from steward.model.words import Language, Words

Path = tuple[str | int, ...]
"""Where a value stands, as pydantic says it: ("groups", "rules", 0, "policy")."""

_SECRET_KEYS = {
    "secret",
    "key",
    "token",
    "password",
    "corp_secret",
    "corpsecret",
    "app_secret",
    "webhook",
    "bots",
    "ping_url",
}
_SECRET_TEXT = re.compile(
    r"(key|secret|token|password|passwd)\s*=|://[^/\s]*@|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-", re.IGNORECASE
)
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the settings.

    Args:
        line: counted from 1; None where no line of the file is to blame.
        variable: the environment variable that gave the value; then `line` is None.
        key: dotted path as people count: the second rule is `groups.rules[2]`; "" for the file as a whole.
        seen: the value as written, clipped; None where there is none, or where it may be a secret.
        allowed: what would be right, in words; None where the message says it.
        hint: the likely cause or cure; None where nobody knows.
    """

    file: str
    line: int | None
    key: str
    message: Words
    seen: str | None = None
    allowed: Words | None = None
    hint: Words | None = None
    column: int | None = None
    variable: str | None = None

    @property
    def where(self) -> str:
        """Return `settings.toml:41`, `settings.toml:41:7` or `$STEWARD__COMPANY__NAME`."""
        if self.variable is not None:
            return f"${self.variable}"
        numbers = [str(n) for n in (self.line, self.column) if n is not None]
        return ":".join([self.file, *numbers])

    def text(self, language: Language = "zh") -> str:
        """Return the problem in one line."""
        chinese = language == "zh"
        place = "  ".join(part for part in (self.where, self.key) if part)
        message = self.message.said(language)
        if self.seen is not None:
            message += f"（现在是 {self.seen}）" if chinese else f" (now {self.seen})"
        parts = [message]
        if self.allowed is not None:
            parts.append(("可用：" if chinese else "allowed: ") + self.allowed.said(language))
        if self.hint is not None:
            parts.append(self.hint.said(language))
        return f"{place}：{'；'.join(parts)}" if chinese else f"{place}: {'; '.join(parts)}"


class SettingsError(Exception):
    """The settings cannot be used. Carries everything wrong with them at once, in the order of the lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.variable or "", p.line or 0, p.key)))
        super().__init__(self.text())

    def text(self, language: Language = "zh") -> str:
        """Return all problems, one a line."""
        return "\n".join(problem.text(language) for problem in self.problems)

    def __str__(self) -> str:
        return self.text()


def to_key(path: Path) -> str:
    """Return a path as people write it; places in a list are counted from 1."""
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            written = part if re.fullmatch(r"[A-Za-z0-9_\-]+", part) else f'"{part}"'
            key += f".{written}" if key else written
    return key


def to_seen(path: Path, value: object) -> str | None:
    """Return a value as it may be shown: clipped, and None where it may be a secret."""
    if value is None or (any(part in _SECRET_KEYS for part in path) and isinstance(value, str)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list | tuple):
        return "[…]" if value else "[]"
    if not isinstance(value, str):
        return str(value)[:_SHOWN_CHARACTERS]
    if _SECRET_TEXT.search(value) or looks_like_a_secret(value):
        return None
    clipped = value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 1] + "…"
    return '"' + "".join(c if c.isprintable() else "�" for c in clipped) + '"'
