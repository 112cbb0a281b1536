"""A text too long for one message becomes several, and nothing in it is cut through. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from steward.delivery.markup import Markup, Span, Tokens, addressees, size_bytes, tokenize

_QUOTE: Final = "> "
_NEWLINES: Final = ("\n", "\r\n")
_ITEM: Final = re.compile(r"\s*(?:[-*+]|\d{1,4}[.)、])\s")
_STRUCTURE: Final = re.compile(r"\s*(?:>|#|[-*+]\s|\d{1,4}[.)、]\s|\|)")
_SENTENCE_ENDS: Final = frozenset("。！？；!?;…")
_CLAUSE_ENDS: Final = frozenset("，、：,:")
_CLOSERS: Final = frozenset("”’」』）》】)]}\"'")
_PARAGRAPH, _BLOCK, _LINE, _SENTENCE, _CLAUSE, _WORD, _ANYWHERE = 0.6, 0.5, 0.4, 0.35, 0.25, 0.15, 0.0
"""How good a place is to break at, in shares of a part: a paragraph's end is worth a part half as full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of several.

    Args:
        lead: put before `body`: who is addressed, "> " inside a quote, the colour that goes on.
        body: the original's own words.
        gap: blanks of the original that the break stands for; they are not sent.
        tail: put behind `body`: what closes the colour, and "(1/2)".
    """

    body: str
    lead: str = ""
    gap: str = ""
    tail: str = ""

    @property
    def text(self) -> str:
        """What is sent."""
        return f"{self.lead}{self.body}{self.tail}"


def join(parts: Sequence[Part]) -> str:
    """Return the original: the parts without what splitting put in."""
    return "".join(part.body + part.gap for part in parts)


def split(text: str, limit_bytes: int, markup: Markup = "markdown") -> tuple[Part, ...]:
    """Return the text in parts of at most `limit_bytes`, each but an only one marked "(1/2)".

    It breaks where a paragraph, a block or a line ends, else at a sentence, a clause, a blank, else between two
    characters. Links, bold, code, list items and quotes stay whole where they fit in a part at all; where they do
    not, they are closed in one part and opened again in the next. Tags and mentions are never cut. The mentions a
    text begins with are repeated in every part, unless they would take up half of it.

    Raises:
        ValueError: a part cannot hold even one piece of the text; says which and how much it needs.
    """
    if size_bytes(text) <= limit_bytes:
        return (Part(body=text),)
    cutter = _Cutter(text, limit_bytes, markup)
    for total in (9, 99, 999, 9999, 99999):
        bodies = list(cutter.cut(total))
        if len(bodies) <= total:
            return tuple(cutter.finished(bodies))
    raise ValueError(f"a limit of {limit_bytes} bytes is too small: more than 99,999 parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A list item or a quote, in tokens; `prefix` is repeated where it must be broken."""

    begin: int
    end: int
    prefix: str


class _Cutter:
    """One text, read once, and where it may be cut."""

    def __init__(self, text: str, limit_bytes: int, markup: Markup) -> None:
        self.limit_bytes = limit_bytes
        self.break_before_mark = "\n\n" if markup == "markdown_v2" else "\n"
        self.tokens: Tokens = tokenize(text, markup)
        self.texts = self.tokens.texts
        self.at_bytes = self.tokens.offsets_bytes
        self.solid_ends = _solid_ends(self.texts)
        self.blocks = list(_blocks(self.texts)) if markup != "text" else []
        self.block_begins = [block.begin for block in self.blocks]
        mention = addressees(text, markup)
        self.address = f"{mention}\n" if mention and 2 * size_bytes(mention) < limit_bytes else ""

    def cut(self, total: int) -> Iterator[tuple[int, int]]:
        """Yield the parts as stretches of tokens, with room for a mark that counts up to `total`."""
        room = self.limit_bytes - size_bytes(self._mark(total, total))
        begin = 0
        while begin < len(self.texts):
            end = self._next_break(begin, room)
            yield begin, end
            begin = end

    def finished(self, bodies: Sequence[tuple[int, int]]) -> Iterator[Part]:
        """Yield the parts with all that is put in."""
        for number, (begin, end) in enumerate(bodies, start=1):
            solid = self._solid_end(begin, end)
            yield Part(
                lead=self._lead(begin),
                body="".join(self.texts[begin:solid]),
                gap="".join(self.texts[solid:end]),
                tail=self._closes(end) + self._mark(number, len(bodies)),
            )

    def _next_break(self, begin: int, room: int) -> int:
        lead_bytes = size_bytes(self._lead(begin))
        best, best_worth = 0, (False, -1.0)
        last = len(self.texts)
        for end in range(begin + 1, last + 1):
            solid_bytes = self.at_bytes[self._solid_end(begin, end)] - self.at_bytes[begin]
            if lead_bytes + solid_bytes > room:
                break
            if not self._may_break(end) or lead_bytes + solid_bytes + size_bytes(self._closes(end)) > room:
                continue
            if end == last:
                return last
            worth = (not self._breaks_whole(end, room), solid_bytes / room + self._goodness(end))
            if worth >= best_worth:
                best, best_worth = end, worth
        if best == 0:
            raise ValueError(self._too_small(begin, room - lead_bytes))
        return best

    def _may_break(self, at: int) -> bool:
        # Neither right behind what opens a span nor right before what closes it: that part would be empty.
        return all(span.begin + 1 < at < span.end - 1 for span in self.tokens.stacks[at])

    def _breaks_whole(self, at: int, room: int) -> bool:
        """Return whether something is open here that would have fitted in a part of its own."""
        spans = self.tokens.stacks[at]
        if any(self._fits(span.begin, span.end, room) for span in spans if not _is_loose(span)):
            return True
        block = self._block_around(at)
        return block is not None and self._fits(block.begin, block.end, room)

    def _fits(self, begin: int, end: int, room: int) -> bool:
        added = size_bytes(self._lead(begin)) + size_bytes(self._closes(end))
        return added + self.at_bytes[self._solid_end(begin, end)] - self.at_bytes[begin] <= room

    def _goodness(self, at: int) -> float:
        before = self.texts[at - 1]
        if self.texts[at] in _CLOSERS or self.texts[at] in _NEWLINES:
            return _ANYWHERE
        if before in _NEWLINES:
            if at >= 2 and self.texts[at - 2] in _NEWLINES:
                return _PARAGRAPH
            if self._heads_a_block(at):
                return _ANYWHERE
            return _LINE if self._block_around(at) else _BLOCK
        end = next((text for text in reversed(self.texts[max(0, at - 3) : at]) if text not in _CLOSERS), "")
        if end in _SENTENCE_ENDS:
            return _SENTENCE
        if end in _CLAUSE_ENDS:
            return _CLAUSE
        return _WORD if before.isspace() else _ANYWHERE

    def _heads_a_block(self, at: int) -> bool:
        """Return whether a list or quote begins here behind a line that seems to be its heading."""
        block = self._block_at(at)
        former = self._block_around(at - 1)
        return block is not None and block.begin == at and former is None

    def _block_at(self, at: int) -> _Block | None:
        index = bisect_right(self.block_begins, at) - 1
        return self.blocks[index] if index >= 0 and at < self.blocks[index].end else None

    def _block_around(self, at: int) -> _Block | None:
        block = self._block_at(at)
        return block if block is not None and block.begin < at else None

    def _lead(self, begin: int) -> str:
        if begin == 0:
            return ""
        opens = "".join(span.opens for span in self.tokens.stacks[begin])
        if self.texts[begin - 1] in _NEWLINES:
            beginning = "".join(self.texts[begin : begin + 8])
            return self.address + opens + ("\n" if opens and _STRUCTURE.match(beginning) else "")
        block = self._block_around(begin)
        return self.address + (block.prefix if block else "") + opens

    def _closes(self, end: int) -> str:
        return "".join(span.closes for span in reversed(self.tokens.stacks[end]))

    def _solid_end(self, begin: int, end: int) -> int:
        return end if end == len(self.texts) else max(begin, self.solid_ends[end])

    def _mark(self, number: int, total: int) -> str:
        return f"{self.break_before_mark}({number}/{total})"

    def _too_small(self, begin: int, room: int) -> str:
        spans = self.tokens.stacks[begin]
        piece = "".join(span.opens for span in spans) or self.texts[begin]
        return (
            f"a limit of {self.limit_bytes} bytes is too small: {max(room, 0)} are left for "
            f"{piece[:40]!r} ({size_bytes(piece)} bytes) and what belongs to it"
        )


def _solid_ends(texts: Sequence[str]) -> list[int]:
    """Return for each place the place before it at which the blanks in front of it begin."""
    ends = [0]
    for index, text in enumerate(texts):
        ends.append(ends[-1] if text.isspace() else index + 1)
    return ends


def _is_loose(span: Span) -> bool:
    # A colour or a block of code may be long by nature: it ends in one part and goes on in the next.
    return span.opens.startswith(("<font", "```"))


def _blocks(texts: Sequence[str]) -> Iterator[_Block]:
    """Yield list items with the lines indented under them, and runs of quoted lines."""
    begin, prefix = -1, ""
    lines = list(pairwise([0, *(k + 1 for k, text in enumerate(texts) if text in _NEWLINES), len(texts)]))
    for start, _ in lines:
        line = "".join(texts[start : start + 8])
        goes_on = begin >= 0 and (line.startswith(">") if prefix else line.startswith((" ", "\t")))
        if goes_on and not (not prefix and _ITEM.match(line)):
            continue
        if begin >= 0:
            yield _Block(begin=begin, end=start, prefix=prefix)
        prefix = _QUOTE if line.startswith(">") else ""
        begin = start if prefix or _ITEM.match(line) else -1
    if begin >= 0:
        yield _Block(begin=begin, end=len(texts), prefix=prefix)
