"""Composing a message within WeCom's limits, which are counted in UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

APP_LIMIT_BYTES: Final = 2048
"""Markdown by message/send: document path 90236."""
BOT_LIMIT_BYTES: Final = 4096
"""Markdown by webhook/send: document path 99110."""
_ELLIPSIS: Final = "…"


def size_bytes(text: str) -> int:
    """Return the length WeCom counts."""
    return len(text.encode())


def clip_bytes(text: str, limit_bytes: int) -> str:
    """Return the text, or its beginning and "…", within the limit and never ending inside a character."""
    if size_bytes(text) <= limit_bytes:
        return text
    room = limit_bytes - size_bytes(_ELLIPSIS)
    if room < 0:
        return ""
    return text.encode()[:room].decode(errors="ignore") + _ELLIPSIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line (or a few that belong together) of a message.

    Args:
        rank: 0 stays to the last; of the others the highest number goes first.
        list_name: the list it is an item of; what had to go is counted per list. "" for none.
        count: how many things it tells of, for "another N".
        ids: the findings it tells of.
    """

    text: str
    rank: int = 0
    list_name: str = ""
    count: int = 1
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A message within its limit, and the lines that found room in it."""

    text: str
    kept: tuple[Line, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the findings the message really tells of."""
        return tuple(id_ for line in self.kept for id_ in line.ids)


def fit(lines: Sequence[Line], limit_bytes: int, more: Callable[[int], str]) -> Fitted:
    """Return the lines joined within the limit; the least important are left out and counted.

    Args:
        more: number of things left out of a list -> the line that says so ("…另 3 项见完整日报").
    """

    def kept() -> list[Line]:
        return [lines[index] for index in sorted(by_importance)]

    def text() -> str:
        return _joined(kept(), left_out, more)

    by_importance = sorted(range(len(lines)), key=lambda index: (lines[index].rank, index))
    total_bytes = sum(size_bytes(line.text) + 1 for line in lines) - 1
    left_out: dict[str, int] = {}
    # Joining costs as much as there are lines: not before the bare lines have room.
    while len(by_importance) > 1 and (total_bytes > limit_bytes or size_bytes(text()) > limit_bytes):
        dropped = lines[by_importance.pop()]
        total_bytes -= size_bytes(dropped.text) + 1
        if dropped.list_name:
            left_out[dropped.list_name] = left_out.get(dropped.list_name, 0) + dropped.count
    whole = text()
    if size_bytes(whole) > limit_bytes:
        whole = clip_bytes(_without_markup(whole), limit_bytes)
    return Fitted(text=whole, kept=tuple(kept()))


def _joined(lines: Sequence[Line], left_out: dict[str, int], more: Callable[[int], str]) -> str:
    last_of = {line.list_name: index for index, line in enumerate(lines) if line.list_name}
    texts: list[str] = []
    for index, line in enumerate(lines):
        texts.append(line.text)
        if last_of.get(line.list_name) == index and line.list_name in left_out:
            texts.append(more(left_out[line.list_name]))
    return "\n".join(texts)


def _without_markup(text: str) -> str:
    # A line too long to stay whole must not end inside a tag or a link.
    return text.translate(str.maketrans("<>[]()*`", "  【】（）  "))
