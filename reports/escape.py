"""What people wrote (names of groups, nicknames) made harmless before it stands between our own words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_WWW: Final = re.compile(r"www\.", re.IGNORECASE)
_LOOK_ALIKES: Final = str.maketrans("*_[]()<>`#~\\|&", "＊＿［］（）＜＞｀＃～＼｜＆")


def visible(text: str) -> str:
    """Return the text on one line, without control, direction and zero-width characters and lone surrogates."""
    if text.isprintable():  # nearly every name; a workbook asks for a hundred thousand of them
        return " ".join(text.split())
    spaced = "".join(" " if _breaks_line(c) else c for c in text if not _is_hidden(c))
    return " ".join(spaced.split())


def md(text: str) -> str:
    """Return the text so that WeCom markdown shows it as it stands.

    WeCom documents no escape character (document path 99110), so each character that could open markup, a link,
    a colour or a mention gives way to its full-width look-alike. So does what makes a client turn bare text into
    a link.
    """
    return _WWW.sub("www．", visible(text).translate(_LOOK_ALIKES).replace("://", "：//"))


def safe_url(url: str | None) -> str:
    """Return an address that may stand in a link; "" for none, and for what is no web address.

    A bracket or a blank would end a markdown link early; "javascript:" would run on a page.
    """
    if url is None or not url.lower().startswith(("https://", "http://")):
        return ""
    return quote(url, safe=":/?#@!$&'*+,;=%~")


def _breaks_line(character: str) -> bool:
    return character in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85" or unicodedata.category(character) in {"Zl", "Zp"}


def _is_hidden(character: str) -> bool:
    if _breaks_line(character):
        return False
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
        return True
    code = ord(character)
    return (
        code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    )  # noncharacters: XML, and so Excel, refuses them
