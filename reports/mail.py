"""What a mail is, and how its page is made fit for mail readers: styles in every tag, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from css_inline import CSSInliner

CLIPPED_FROM_BYTES: Final = 102_400
"""Gmail shows no more of a page than that ("message clipped")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart in a mail: drawn as PNG where it is sent.

    Args:
        cid: what the page calls it: `<img src="cid:…">`.
        alt: what it shows, in words.
    """

    cid: str
    name: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, worded: the text says everything the page says."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()


def to_mail_html(page: str) -> str:
    """Return the page with its styles in the tags: many mail readers drop what stands in the head."""
    return _inliner().inline(page)


@lru_cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False)
