"""The short notice that stands in a group for a long message: what happened, and where the whole is [C9]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from reports.words import N_, translations
from steward.clock.wording import Lang

Where = Literal["files", "app", "mail", "server"]
"""files: they follow in the same group · app, mail: the admins have it there · server: a command shows it."""
_WHERE: Final[dict[Where, str]] = {
    "files": N_("名单见随后的 Excel 和网页日报。"),
    "app": N_("原因和处理办法见发给管理员的应用消息。"),
    "mail": N_("原因和处理办法见发给管理员的邮件。"),
    "server": N_("原因和处理办法请在服务器上看：%(command)s"),
}
_MARKUP: Final = re.compile(r"\]\([^()\n]*\)|</?font[^<>\n]*>|\*\*|[`\[]")


def to_group_notice(
    lines: Sequence[str],
    where: Where,
    lang: Lang,
    *,
    at_most_characters: int,
    command: str = "",
) -> str:
    """Return the notice as WeCom markdown, no longer than a reader may be given.

    Args:
        lines: the most important first; from the end on they are left out where there is no room. The last line,
            which says where the whole is, stays.
        command: shows the whole; for "server".
    """
    last = translations(lang).gettext(_WHERE[where])
    ending = last % {"command": f"`{command}`"} if where == "server" else last
    kept = list(lines)
    while len(kept) > 1 and count_shown("\n".join((*kept, ending))) > at_most_characters:
        kept.pop()
    text = "\n".join((*kept, ending))
    if count_shown(text) <= at_most_characters:
        return text
    # Not even the first line has room: without markup it can be cut anywhere.
    bare = _MARKUP.sub("", kept[0])
    room = at_most_characters - count_shown(ending) - len("…\n")
    return f"{bare[:room]}…\n{ending}" if room >= 8 else _MARKUP.sub("", text)[:at_most_characters]


def count_shown(text: str) -> int:
    """Return how many characters of our own markdown a reader sees, line breaks counted: never too few."""
    return len(_MARKUP.sub("", text))
