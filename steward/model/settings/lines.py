"""On which line each value of a TOML text stands. tomllib gives the values only, tomlkit keeps no line numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from steward.model.settings.errors import Path

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_\-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]*")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def index_lines(text: str) -> Mapping[Path, int]:
    """Return path -> line (from 1) for every table, key and list element of a TOML text.

    Args:
        text: TOML that tomllib has read without error; what is made of another text is unspecified, but ends.
    """
    scanner = _Scanner(text)
    scanner.read()
    return scanner.lines


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Return the line of a path or of the nearest thing around it; None for a path with nothing around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._tables: dict[Path, int] = {}  # an array of tables -> how many of them were opened

    def read(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            before = self.at
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
            if self.at == before:  # not TOML: leave the line rather than stay on it
                self._skip(re.compile(r"[^\n]*\n?"))

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def _peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def _mark(self, path: Path, at: int) -> None:
        line = bisect_right(self._breaks, at - 1) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _header(self) -> Path:
        start, many = self.at, self._peek("[[")
        self.at += 2 if many else 1
        keys = self._dotted()
        self.at += 2 if many else 1
        path = self._resolve(keys[:-1]) + keys[-1:]
        if many:
            self._tables[path] = self._tables.get(path, 0) + 1
            path += (self._tables[path] - 1,)
        elif path in self._tables:
            path += (self._tables[path] - 1,)
        self._mark(path, start)
        return path

    def _resolve(self, keys: Path) -> Path:
        path: Path = ()
        for key in keys:
            path += (key,)
            if path in self._tables:
                path += (self._tables[path] - 1,)
        return path

    def _dotted(self) -> Path:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if not self._peek("."):
                return tuple(keys)
            self.at += 1

    def _key(self) -> str:
        if self._peek('"'):
            return _ESCAPE.sub(_unescape, self._skip(_BASIC)[1:-1])
        if self._peek("'"):
            return self._skip(_LITERAL)[1:-1]
        return self._skip(_BARE)

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table + self._dotted()
        if not self._peek("="):
            return
        self.at += 1
        self._skip(_SPACE)
        self._mark(path, start)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._peek("["):
            self._list(path)
        elif self._peek("{"):
            self._inline(path)
        elif not any(self._skip(p) for p in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)):
            self._skip(_SCALAR)

    def _list(self, path: Path) -> None:
        self.at += 1
        place = 0
        before = -1
        # No step forward: not TOML, and nothing more to be learned inside these brackets.
        while self._more("]") and self.at != before:
            before = self.at
            self._mark((*path, place), self.at)
            self._value((*path, place))
            place += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        before = -1
        while self._more("}") and self.at != before:
            before = self.at
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Step over blanks and one comma; tell whether an element follows, else step over the end."""
        before = self.at
        self._skip(_BLANK)
        if self._peek(","):
            self.at += 1
            self._skip(_BLANK)
        if self.at >= len(self.text) or self._peek(end):
            self.at += 1
            return False
        return self.text[before : self.at] != "" or self.text[before - 1] in "[{"


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else _ESCAPED.get(code, code)
