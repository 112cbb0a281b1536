"""Names pasted from WeCom's own member list: one a line or joined by 、, perhaps numbered, perhaps marked 群主."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from steward.intake.cells import clean

_SEPARATORS = re.compile(r"[、;；,，\t]")
_NUMBERING = re.compile(r"^(?:\d{1,5}\s*(?:\.(?!\d)|[、)）:：]|\t)|[-*•·●]\s)\s*")
_MARK = re.compile(
    r"(?:\s+|\s*[\[（(【]\s*)(?P<role>群主|群管理员|管理员)\s*[\])）】]?$|^[\[（(【]\s*(?P<first>群主|群管理员|管理员)\s*[\])）】]\s*"
)
_OUTSIDE = re.compile(r"^(?P<name>.+?)\s*[@＠](?P<company>[^@＠\s][^@＠]*)$")
_NO_NAME = re.compile(
    r"^(?:(?:群成员|成员列表|群聊成员|全部成员|成员|群主|群管理员|管理员)\s*[(（:：]?\s*\d*\s*人?\s*[)）]?[:：]?|\d+\s*人)?$"
)


class PastedName(NamedTuple):
    """One name: its line, the name as written without numbering and marks, and whether it is marked as the owner."""

    line: int
    name: str
    is_owner: bool


def pasted_names(text: str) -> Iterator[PastedName]:
    """Yield the names in a pasted text, in their order. Headings such as 群成员（23）are no names."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        for part in _SEPARATORS.split(_NUMBERING.sub("", clean(line))):
            written = clean(_NUMBERING.sub("", clean(part)))
            if _NO_NAME.match(written):
                continue
            mark = _MARK.search(written)
            name = clean(_MARK.sub("", written))
            if name:
                is_owner = mark is not None and "群主" in (mark["role"], mark["first"])
                yield PastedName(number, name, is_owner)


def outside_name(written: str) -> str | None:
    """Return the name of somebody from outside, as WeCom marks them (王芳@微信, 李雷@某公司); None for anybody else."""
    match = _OUTSIDE.match(written)
    return clean(match["name"]) if match else None
