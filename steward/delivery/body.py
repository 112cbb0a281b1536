"""The text in a message's body: where it stands, how long it may be, how several become one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from steward.delivery.markup import Markup
from steward.model.delivery import Channel

LIMIT_BYTES: Final = {"app": 2048, "bot": 4096, "appchat": 2048}
"""Of a markdown text, in UTF-8 bytes (document paths 90236, 99110, 90248)."""
_PLAIN_LIMIT_BYTES: Final = 2048
"""Of msgtype "text", by every channel (the same documents); WeCom cuts the rest off without a word."""
_BETWEEN: Final = "\n\n"
_MENTIONED: Final = ("mentioned_list", "mentioned_mobile_list")
_MAIL: Final = frozenset({"subject", "text"})
_PAGE: Final = frozenset({"html"})
"""Of a merged mail the plain texts are kept, which say the same as the pages."""
_SUBJECT_CHARACTERS: Final = 120


def text_type(body: Mapping[str, Any]) -> Markup | None:
    """Return in what markup a body carries a text; None for a file, a card, an e-mail."""
    kind = body.get("msgtype")
    return kind if kind in get_args(Markup) else None


def content_of(body: Mapping[str, Any]) -> str:
    """Return the text of a body that `text_type` knows."""
    text: str = body[body["msgtype"]]["content"]
    return text


def with_content(body: Mapping[str, Any], content: str) -> dict[str, Any]:
    """Return the body with another text; whom it mentions and everything else stays."""
    kind = body["msgtype"]
    return {**body, kind: {**body[kind], "content": content}}


def limit_bytes(channel: Channel, kind: Markup) -> int | None:
    """Return how long a text may be; None for a channel that carries any length."""
    if channel not in LIMIT_BYTES:
        return None
    return _PLAIN_LIMIT_BYTES if kind == "text" else LIMIT_BYTES[channel]


def merge_form(body: Mapping[str, Any]) -> str | None:
    """Return what must be equal for two bodies to become one; None for a body that stays alone.

    Files, cards, and e-mails with pictures or attachments stay alone.
    """
    kind = text_type(body)
    if kind is None:
        return "mail" if set(body) - _PAGE == _MAIL else None
    frame = {name: value for name, value in body.items() if name != kind}
    within = {name: value for name, value in body[kind].items() if name not in ("content", *_MENTIONED)}
    return repr((sorted(frame.items()), sorted(within.items())))


def merged_body(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body that carries the texts of all, a blank line between them, and mentions everybody they do.

    Args:
        bodies: of one form (see `merge_form`), in the order to be read.
    """
    if text_type(bodies[0]) is None:
        subjects = " · ".join(dict.fromkeys(str(body["subject"]) for body in bodies))
        texts = _BETWEEN.join(str(body["text"]).strip("\n") for body in bodies)
        return {"subject": _clipped(subjects), "text": texts}
    merged = with_content(bodies[0], _BETWEEN.join(content_of(body).strip("\n") for body in bodies))
    kind = merged["msgtype"]
    for name in _MENTIONED:
        if mentioned := list(dict.fromkeys(who for body in bodies for who in body[kind].get(name, ()))):
            merged[kind] = {**merged[kind], name: mentioned}
    return merged


def _clipped(subject: str) -> str:
    return subject if len(subject) <= _SUBJECT_CHARACTERS else subject[: _SUBJECT_CHARACTERS - 1] + "…"
