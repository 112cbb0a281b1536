"""What a text to WeCom is made of, so that it can be cut and counted without breaking anything. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Final, Literal

Markup = Literal["markdown", "markdown_v2", "text"]
"""A message type that carries a text: document paths 90236 (app), 90248 (app chat), 99110 (bot)."""

_MENTION: Final = r"(?P<mention><@[^<>\s@]{1,64}>)"
_LINK: Final = r"(?P<link>!?\[)(?P<label>[^\[\]\n]*)(?P<url>\]\([^()\n]*\))"
_BOLD: Final = r"(?P<bold>\*\*)(?P<strong>[^\n]+?)\*\*"
_CODE: Final = r"(?P<code>`)(?P<verbatim>[^`\n]+)`"
_FENCE: Final = r"(?P<fence>```[^`\n]*\n)(?P<block>(?s:.+?))\n```"
_PAIR: Final = r"(?P<open><(?P<tag>font|a)\b[^<>\n]*>)(?P<inner>(?s:.+?))(?P<close></(?P=tag)>)"
_TAG: Final = r"(?P<lone></?(?:font|a)\b[^<>\n]*>)"
_SPANS: Final[dict[Markup, re.Pattern[str]]] = {
    "markdown": re.compile("|".join((_MENTION, _PAIR, _TAG, _LINK, _BOLD, _CODE))),
    "markdown_v2": re.compile("|".join((_MENTION, _PAIR, _TAG, _FENCE, _LINK, _BOLD, _CODE))),
    "text": re.compile("|".join((_MENTION, _PAIR, _TAG))),
}
_MARKS: Final = (
    ("open", "inner", "close"),
    ("link", "label", "url"),
    ("bold", "strong", "**"),
    ("code", "verbatim", "`"),
    ("fence", "block", "\n```"),
)
"""Of each kind of span: the group that opens it, what it holds, and the group or the text that closes it."""
_ADDRESSED: Final = re.compile(r"\s*(?:<@[^<>\s@]{1,64}>[\s,，、]*)+")
_LONGEST_CLUSTER: Final = 32
"""Code points kept together at most: no script needs more, and a name of a thousand accents must still be cut."""
_JOINER: Final = "\u200d"


@dataclass(slots=True, eq=False)
class Span:
    """A stretch that has an end of its own: bold, code, a colour, a link. `begin` and `end` count tokens."""

    opens: str
    closes: str
    begin: int
    end: int = 0


@dataclass(slots=True)
class Tokens:
    """A text in pieces none of which may be cut.

    `stacks[k]` are the spans that are open between `texts[k - 1]` and `texts[k]`, outermost first. `tags` are the
    indexes of pieces that are not shown.
    """

    texts: list[str] = field(default_factory=list)
    stacks: list[tuple[Span, ...]] = field(default_factory=list)
    tags: set[int] = field(default_factory=set)

    @property
    def offsets_bytes(self) -> list[int]:
        """Return where each piece begins, and at last where the text ends."""
        return list(accumulate((size_bytes(text) for text in self.texts), initial=0))


def size_bytes(text: str) -> int:
    """Return the length WeCom counts. A lone surrogate counts as three bytes; it cannot be sent anyway."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def tokenize(text: str, markup: Markup) -> Tokens:
    """Return the text in pieces; together they are the text again."""
    tokens = Tokens()
    _read(text, 0, len(text), markup, (), tokens)
    tokens.stacks.append(())
    return tokens


def addressees(text: str, markup: Markup) -> str:
    """Return the mentions a text begins with, which address all of it; "" where it begins otherwise.

    markdown_v2 has no mentions (document path 99110).
    """
    found = _ADDRESSED.match(text) if markup != "markdown_v2" else None
    return "".join(re.findall(_MENTION, found[0])) if found else ""


def visible_characters(text: str, markup: Markup) -> int:
    """Return how many characters a reader sees [C9]: no markup, no addresses behind links, no line breaks."""
    tokens = tokenize(text, markup)
    shown = "".join(part for index, part in enumerate(tokens.texts) if index not in tokens.tags)
    if markup != "text":
        shown = re.sub(r"(?m)^(?:>\s?|#{1,6} )+", "", shown)
    return sum(1 for cluster in clusters(shown) if cluster not in ("\n", "\r\n"))


def clusters(text: str) -> Iterator[str]:
    """Yield the characters as a reader counts them: with their accents, joined emoji and flags in one piece."""
    if text.isascii():
        yield from text
        return
    start, flags = 0, 0
    for index in range(1, len(text)):
        flags = flags + 1 if _is_flag(text[index - 1]) else 0
        whole = index - start < _LONGEST_CLUSTER
        if whole and (_continues(text[index - 1], text[index]) or (flags % 2 and _is_flag(text[index]))):
            continue
        yield text[start:index]
        start = index
    if text:
        yield text[start:]


def _continues(before: str, character: str) -> bool:
    if character < "\u0300":
        return before == "\r" and character == "\n"
    return before == _JOINER or _is_extender(character)


@lru_cache(maxsize=4096)
def _is_extender(character: str) -> bool:
    # Unicode Standard Annex 29, without the rules for scripts that no name here is written in.
    code = ord(character)
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character == _JOINER
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0xE0020 <= code <= 0xE007F  # tags: the flag of Scotland
        or 0x1160 <= code <= 0x11FF  # Hangul vowels and finals
        or 0xDC00 <= code <= 0xDFFF  # the second half of a pair
    )


def _is_flag(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _read(text: str, at: int, end: int, markup: Markup, stack: tuple[Span, ...], tokens: Tokens) -> None:
    pattern = _SPANS[markup]
    while found := pattern.search(text, at, end):
        _plain(text[at : found.start()], stack, tokens)
        at = found.end()
        parts = found.groupdict()
        if parts["mention"] or parts["lone"]:
            _piece(found[0], stack, tokens, is_tag=parts["lone"] is not None)
            continue
        opens, inner, closes = next(names for names in _MARKS if parts.get(names[0]))
        marks = (parts[opens], parts.get(closes) or closes)
        is_verbatim = inner in ("verbatim", "block")
        _span(text, found.span(inner), marks, None if is_verbatim else markup, stack, tokens)
    _plain(text[at:end], stack, tokens)


def _span(
    text: str,
    inner: tuple[int, int],
    marks: tuple[str, str],
    markup: Markup | None,
    stack: tuple[Span, ...],
    tokens: Tokens,
) -> None:
    """Read one span; where `markup` is None what it holds is verbatim."""
    span = Span(*marks, begin=len(tokens.texts))
    _piece(span.opens, stack, tokens, is_tag=True)
    if markup is None:
        _plain(text[slice(*inner)], (*stack, span), tokens)
    else:
        _read(text, *inner, markup, (*stack, span), tokens)
    _piece(span.closes, (*stack, span), tokens, is_tag=True)
    span.end = len(tokens.texts)


def _plain(text: str, stack: tuple[Span, ...], tokens: Tokens) -> None:
    pieces = list(clusters(text))
    tokens.texts += pieces
    tokens.stacks += [stack] * len(pieces)


def _piece(text: str, stack: tuple[Span, ...], tokens: Tokens, *, is_tag: bool) -> None:
    if is_tag:
        tokens.tags.add(len(tokens.texts))
    tokens.texts.append(text)
    tokens.stacks.append(stack)
