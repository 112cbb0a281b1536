"""Reading TOML, and saying what is wrong with a text that is none."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from steward.model.settings.errors import Problem, SettingsError
from steward.model.settings.slips import SLIPS
from steward.model.words import Words

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_LONG_STRING = re.compile(r'""".*?"""|\'\'\'.*?\'\'\'')
_STRING_OR_REMARK = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|#.*")
_UNREADABLE = Words("这里不合 TOML 语法，无法读懂", "not TOML, cannot be read here")
_TWICE = Words("同一个键或节写了两次", "the same key or section twice")


def decode_settings(data: bytes, *, file: str) -> str:
    """Return the text of a settings file.

    Raises:
        SettingsError: the file is not UTF-8; says on which line, and how to save it.
    """
    fault: UnicodeDecodeError | None = None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = error
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    line = None if wide else data.count(b"\n", 0, fault.start) + 1
    guess = "UTF-16" if wide else "GBK" if _is_gbk(data) else None
    message = Words("文件不是 UTF-8 编码", "the file is not UTF-8")
    if guess:
        message = Words(f"文件是 {guess} 编码，不是 UTF-8", f"the file is {guess}, not UTF-8")
    hint = Words(
        "请在编辑器里“另存为”，编码选 UTF-8（记事本里也叫 UTF-8）",
        "save it as UTF-8 in your editor (Notepad: Save as, UTF-8)",
    )
    raise SettingsError([Problem(file=file, line=line, key="", message=message, hint=hint)])


def _is_gbk(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def read_toml(text: str, *, file: str) -> dict[str, Any]:
    """Return what a TOML text says. A byte order mark at the start is no fault.

    Raises:
        SettingsError: it is not TOML; one problem with line, column and the likely cause. The line itself is not
            repeated: it may hold a secret.
    """
    text = text.removeprefix("\ufeff")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        said = str(error)
    raise SettingsError([_to_problem(text, said, file)])


def _to_problem(text: str, said: str, file: str) -> Problem:
    place = _PLACE.search(said)
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    lines = text.split("\n")
    opened = _unclosed(lines, line)
    if opened is not None:
        hint = Words(
            f"第 {opened} 行开始的列表或字符串没有结束，少了 ] 或引号",
            f"the list or string that starts on line {opened} is not closed: ] or a quote is missing",
        )
        return Problem(file=file, line=opened, key="", message=_UNREADABLE, hint=hint)
    if "twice" in said or "overwrite" in said or "mutate" in said:
        return Problem(file=file, line=line, key="", message=_TWICE, hint=_first_of_two(lines, line))
    here = lines[line - 1] if line and line <= len(lines) else ""
    slip = next((words for pattern, words in SLIPS if re.search(pattern, here.rstrip("\r"))), None)
    return Problem(file=file, line=line, column=column, key="", message=_UNREADABLE, hint=slip)


def _unclosed(lines: list[str], line: int | None) -> int | None:
    """Return the line of a list or long string that was still open where reading stopped."""
    stop = len(lines) if line is None else line - 1
    depth, opened, quotes = 0, None, ""
    for number, content in enumerate(lines[:stop], start=1):
        if quotes:
            quotes = "" if quotes in content else quotes
            continue
        rest = _LONG_STRING.sub("", content)
        quotes = next((q for q in ('"""', "'''") if q in rest), "")
        bare = _STRING_OR_REMARK.sub("", rest)
        if quotes or (depth == 0 and "=" in bare):
            opened = number
        if depth or "=" in bare:
            depth = max(0, depth + bare.count("[") - bare.count("]"))
    return opened if depth or quotes else None


def _first_of_two(lines: list[str], line: int | None) -> Words | None:
    if line is None or line > len(lines):
        return None
    again = re.sub(r"\s*(=.*|#.*)?$", "", lines[line - 1]).strip()
    for number, content in enumerate(lines[: line - 1], start=1):
        if again and re.match(re.escape(again) + r"\s*(=|#|$)", content.strip()):
            return Words(
                f"第 {number} 行已有一处，请合并", f"there is one on line {number} already; make them one"
            )
    return Words("请合并成一处", "make them one")
