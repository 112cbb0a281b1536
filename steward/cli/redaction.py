"""Keeps secrets out of the log, in whatever form they come: plain, escaped, in a list, in a traceback."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from steward.model.settings import Settings, SettingsError
from steward.model.settings.secrets import resolve_secret, secret_sources
from steward.wecom.concealment import HIDDEN

SHORTEST: Final = 4
"""Shorter ones are not hidden: they would take half the letters of every line with them."""
LONGEST_TEXT: Final = 20_000
_ANYWHERE: Final = 6
_DEEPEST: Final = 6
_MOST_TOKENS: Final = 32
_NAMES: Final = r"access_token|corpsecret|suite_ticket|secret|password|passwd|token|key|signature"
_NAMED: Final = re.compile(
    rf"""(\b(?:{_NAMES})\\*["']?\s*[=:]\s*\\*["']?)(?:\\.|[^&\s"',;)\]}}\\])+""", re.IGNORECASE
)
_HEADER: Final = re.compile(
    r"""(\b(?:proxy-)?authorization\\*["']?\s*[=:,]\s*\\*["']?)(?:(?:basic|bearer|digest|token)\s+)?[^\s"',;)\]}]+""",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
_SECRET_FIELD: Final = re.compile(rf"(?:.*[_-])?(?:{_NAMES}|authorization|cookie)", re.IGNORECASE)
_HARMLESS_FIELDS: Final = frozenset({"idempotency_key", "period_key", "slot_key"})


class Redactor:
    """Hides what it knows to be secret, and what stands where secrets stand.

    Secrets it was told stay known for ever: one that was replaced may still be in force at WeCom. Of tokens, which
    live two hours, the newest 32.
    """

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._tokens: deque[str] = deque(maxlen=_MOST_TOKENS)
        self._literal: tuple[str, ...] = ()
        self._words: re.Pattern[str] | None = None

    def know(self, secrets: Iterable[str]) -> None:
        """Hide these from now on, in every form in which they may be written."""
        self._secrets.update(part for secret in secrets for part in _parts(secret) if len(part) >= SHORTEST)
        self._prepare()

    def know_token(self, token: str) -> None:
        """Hide a token that passes."""
        if len(token) >= _ANYWHERE and token not in self._tokens:
            self._tokens.append(token)
            self._prepare()

    def _prepare(self) -> None:
        long = {form for secret in self._secrets if len(secret) >= _ANYWHERE for form in _forms(secret)}
        # The longest first: one secret may be part of another.
        self._literal = tuple(sorted({*long, *self._tokens}, key=len, reverse=True))
        short = sorted(re.escape(secret) for secret in self._secrets if len(secret) < _ANYWHERE)
        self._words = re.compile(rf"(?<![^\W_])(?:{'|'.join(short)})(?![^\W_])") if short else None

    def text(self, text: str) -> str:
        """Return the text without secrets, cut at 20,000 characters after that."""
        for secret in self._literal:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        if self._words is not None:
            text = self._words.sub(HIDDEN, text)
        # Most texts are a word or a number; the patterns need one of these two signs.
        if "=" in text or ":" in text:
            text = _IN_URL.sub(rf"\1:{HIDDEN}@", _HEADER.sub(rf"\1{HIDDEN}", _NAMED.sub(_hide_named, text)))
        return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"

    def value(self, value: Any, depth: int = 0) -> Any:
        """Return any value as plain data without secrets: text, numbers, lists and tables of them."""
        if isinstance(value, str):
            return self.text(str(value))
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            written = repr(value)
            return value if self.text(written) == written else HIDDEN
        if depth < _DEEPEST:
            if isinstance(value, Mapping):
                return {
                    self.text(str(name)): self._field(name, inner, depth) for name, inner in value.items()
                }
            if isinstance(value, list | tuple | set | frozenset):
                return [self.value(inner, depth + 1) for inner in value]
        return self.text(_written(value))

    def fields(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return a line's fields without secrets."""
        return {name: self._field(name, value, 0) for name, value in event.items()}

    def _field(self, name: object, value: Any, depth: int) -> Any:
        if isinstance(name, str) and name not in _HARMLESS_FIELDS and _SECRET_FIELD.fullmatch(name):
            return HIDDEN if value else value
        return self.value(value, depth + 1)


def resolved_secrets(settings: Settings, environment: Mapping[str, str], root: Path) -> list[str]:
    """Return every secret the settings name that is set and can be read.

    The address of a ping counts as one, though it may stand in the settings: whoever knows it can silence the alarm.
    """

    def read(path: str) -> str:
        return (root / path).read_text(encoding="utf8")

    found: list[str | None] = [str(one.ping_url) for one in settings.schedules.values() if one.ping_url]
    for _path, source in secret_sources(settings):
        try:
            found.append(resolve_secret(source, env=environment, read_file=read))
        except SettingsError:  # whoever needs it is told so then
            continue
    return [secret for secret in found if secret]


def _hide_named(found: re.Match[str]) -> str:
    return found[1] + HIDDEN


def _written(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    try:
        return f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _parts(secret: str) -> Iterable[str]:
    """Yield the secret, and the password in it where it is a URL."""
    secret = secret.strip()
    yield secret
    if "://" in secret:
        try:
            password = urlsplit(secret).password
        except ValueError:  # "http://[": no URL after all
            password = None
        if password:
            yield password
            yield unquote(password)


def _forms(secret: str) -> set[str]:
    """Return how a secret may be written: as it is, in JSON, in a URL, in Python; also one inside another."""
    encoders: tuple[Callable[[str], str], ...] = (
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: repr(text)[1:-1],
        lambda text: quote(text, safe="", errors="replace"),
        lambda text: quote(text, errors="replace"),
        lambda text: quote_plus(text, errors="replace"),
    )
    once = {secret, *(encode(secret) for encode in encoders)}
    return once | {encode(form) for form in once for encode in encoders}
