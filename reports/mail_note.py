"""Any of our WeCom messages as a mail: what it says in markdown becomes plain text and a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

from reports.mail import Mail, to_mail_html
from reports.render import render
from reports.words import translations
from steward.clock.wording import Lang

_COLOURS: Final = {"info": "#15803d", "comment": "#5a6675", "warning": "#b45309"}
_MARK: Final = re.compile(
    r"\*\*(?P<bold>[^*]+)\*\*"
    r'|<font color="(?P<colour>\w+)">(?P<coloured>.*?)</font>'
    r"|\[(?P<words>[^\]]*)\]\((?P<url>https?://[^)\s]+)\)"
    r"|`(?P<code>[^`]+)`"
    r"|<@(?P<who>[^>\s]+)>"
)
"""What WeCom markdown v1 knows (document path 99110). What people wrote cannot forge it: see `reports.escape`."""


def to_mail(markdown: str, *, company_name: str, lang: Lang) -> Mail:
    """Return one of our messages as a mail. Its first line, without markup, is the subject."""
    say = translations(lang).gettext
    text = to_plain(markdown)
    subject = f"{say('群管家')}{say('：')}{text.partition(chr(10))[0].strip()}"
    page = render(
        "reports/mail_note.html.j2",
        lang,
        subject=subject,
        company_name=company_name,
        lines=tuple(_lines(markdown)),
        language="zh-CN" if lang == "zh" else lang,
    )
    return Mail(subject=subject, text=text, html=to_mail_html(page))


def to_plain(markdown: str) -> str:
    """Return a message without its markup; a link keeps its address."""
    lines = (_plain_line(line) for line in markdown.strip().splitlines())
    return "\n".join(lines) + "\n"


def _plain_line(line: str) -> str:
    indent = "  " if line.startswith(">") else ""
    return indent + _MARK.sub(_plain_mark, line.lstrip("># ").rstrip())


def _plain_mark(found: re.Match[str]) -> str:
    if found["url"]:
        return f"{found['words']} {found['url']}".strip()
    if found["coloured"] is not None:
        return _MARK.sub(_plain_mark, found["coloured"])
    return found["bold"] or found["code"] or f"@{found['who']}"


def _lines(markdown: str) -> Iterator[tuple[bool, Markup]]:
    """Yield each line that says something: whether it is a quote, and its words for the page."""
    for line in markdown.strip().splitlines():
        if line.strip():
            yield line.startswith(">"), _to_markup(line.lstrip("># ").rstrip())


def _to_markup(text: str) -> Markup:
    pieces, end = [], 0
    for found in _MARK.finditer(text):
        pieces += [escape(text[end : found.start()]), _marked(found)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


def _marked(found: re.Match[str]) -> Markup:
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    if found["url"]:
        return Markup('<a href="{}">{}</a>').format(found["url"], found["words"])
    if found["code"]:
        return Markup("<code>{}</code>").format(found["code"])
    if found["who"]:
        return Markup("@{}").format(found["who"])
    colour = _COLOURS.get(found["colour"], "#1c2430")
    return Markup('<span style="color:{}">{}</span>').format(colour, _to_markup(found["coloured"]))
