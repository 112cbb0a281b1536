"""What a message may contain, by message type and by channel."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from steward.simulator.cards import check_card
from steward.simulator.errors import Refused

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way of sending and its limits. `cuts_text`: too long a text is cut, not refused."""

    endpoint: str
    msgtypes: frozenset[str]
    text_bytes: int = 2048
    markdown_bytes: int = 2048
    cuts_text: bool = True
    too_long: int = 45002
    card_types: frozenset[str] = frozenset()


_MEDIA_TYPES = frozenset({"file", "image", "voice", "video"})
APP_MESSAGE = Channel(
    endpoint="message/send",
    msgtypes=frozenset({"text", "markdown", "textcard", "news", "mpnews", "template_card"}) | _MEDIA_TYPES,
    card_types=frozenset(
        {"text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"}
    ),
)  # 90236
APP_CHAT = Channel(
    endpoint="appchat/send",
    msgtypes=frozenset({"text", "markdown", "textcard", "news", "mpnews"}) | _MEDIA_TYPES,
)  # 90248
BOT = Channel(
    endpoint="webhook/send",
    msgtypes=frozenset(
        {"text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"}
    ),
    markdown_bytes=4096,
    cuts_text=False,
    too_long=40058,
    card_types=frozenset({"text_notice", "news_notice"}),
)  # 99110


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What a check needs to know of the world: which media and task ids there are."""

    channel: Channel
    require_media: Callable[[str], object]
    has_callback_url: bool = True
    used_task_ids: Mapping[str, object] = field(default_factory=dict)


def deliverable(body: Payload, checking: Checking) -> Payload:
    """Return the request as its readers see it: what WeCom cuts is cut.

    Raises:
        Refused: 40008 for a type this channel does not know, and whatever is wrong with the content.
    """
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in checking.channel.msgtypes:
        raise Refused(40008)
    payload = body.get(msgtype)
    seen = _CHECKS[msgtype](payload if isinstance(payload, dict) else {}, msgtype, checking)
    return body if seen is payload else {**body, msgtype: seen}


def _text(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    content = payload.get("content")
    if not isinstance(content, str) or not content:
        raise Refused(44004)
    channel = checking.channel
    if len(content.encode()) <= channel.text_bytes:
        return payload
    if not channel.cuts_text:
        raise _too_long(channel, "text.content", channel.text_bytes)
    return {**payload, "content": cut(content, channel.text_bytes)}


def _markdown(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    channel, content = checking.channel, payload.get("content")
    if not isinstance(content, str) or not content:
        raise Refused(93017 if channel is BOT else 44004)
    if len(content.encode()) > channel.markdown_bytes:
        raise _too_long(channel, f"{msgtype}.content", channel.markdown_bytes)
    return payload


def _too_long(channel: Channel, name: str, limit: int) -> Refused:
    return Refused(channel.too_long, f"{name} exceed max length {limit}")


def _media(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    checking.require_media(payload.get("media_id", ""))
    return payload


def _image(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    if checking.channel is not BOT:
        return _media(payload, msgtype, checking)
    try:
        raw = base64.b64decode(payload.get("base64", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Refused(40058, "image.base64 invalid") from error
    if not raw:
        raise Refused(93017)
    if len(raw) > 2 * 1024 * 1024:
        raise Refused(93018)
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != str(payload.get("md5", "")).lower():
        raise Refused(301019)
    if not raw.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        raise Refused(40005)
    return payload


def _textcard(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    for name in ("title", "description", "url"):
        if not payload.get(name):
            raise Refused(40063, f"textcard.{name} is empty")
    require_url(payload["url"], "textcard.url")
    return {
        **payload,
        "title": str(payload["title"])[:128],
        "description": str(payload["description"])[:512],
        "btntxt": str(payload.get("btntxt") or "详情")[:4],
    }


def _news(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    articles = _articles(payload)
    for article in articles:
        if not article.get("title"):
            raise Refused(40063, "news.articles.title is empty")
        if not (article.get("url") or article.get("appid")):
            raise Refused(40063, "news.articles.url is empty")
    shortened = [
        {
            **article,
            "title": cut(str(article["title"]), 128),
            "description": cut(str(article.get("description") or ""), 512),
        }
        for article in articles
    ]
    return {**payload, "articles": shortened}


def _mpnews(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    for article in _articles(payload):
        checking.require_media(article.get("thumb_media_id", ""))
        if not article.get("title") or not article.get("content"):
            raise Refused(40063, "mpnews.articles.title or content is empty")
        if len(str(article["content"]).encode()) > 666 * 1024:
            raise Refused(45002)
    return payload


def _articles(payload: Payload) -> list[Payload]:
    articles = payload.get("articles")
    if not isinstance(articles, list) or not articles or not all(isinstance(a, dict) for a in articles):
        raise Refused(40063, "articles is empty")
    if len(articles) > 8:
        raise Refused(45008)
    return articles


def _template_card(payload: Payload, msgtype: str, checking: Checking) -> Payload:
    check_card(
        payload,
        card_types=checking.channel.card_types,
        has_callback_url=checking.has_callback_url,
        used_task_ids=checking.used_task_ids,
    )
    return payload


def cut(text: str, limit: int) -> str:
    """Return as much of a text as fits into `limit` bytes of UTF-8, never half a character."""
    return text.encode()[:limit].decode("utf-8", "ignore")


def require_url(url: object, name: str) -> None:
    """Refuse what is no address with a scheme, 45034, or is longer than 2048 bytes, 40058."""
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        raise Refused(45034)
    if len(url.encode()) > 2048:
        raise Refused(40058, f"{name} exceed max length 2048")


_CHECKS: dict[str, Callable[[Payload, str, Checking], Payload]] = {
    "text": _text,
    "markdown": _markdown,
    "markdown_v2": _markdown,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "image": _image,
    "file": _media,
    "voice": _media,
    "video": _media,
    "template_card": _template_card,
}
