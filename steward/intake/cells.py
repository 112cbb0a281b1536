"""One cell: from what a file holds to clean text, and from clean text to a date, a userid, a yes or no."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"}
_USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-@.]{0,63}")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_WRITTEN_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+[\d:.]+)?")
_COMPACT_DATE = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_EXCEL_EPOCH = date(1899, 12, 30)
_YES = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "对", "有"})
_NO = frozenset({"否", "n", "no", "false", "0", "×", "x", "不是", "无", ""})


def to_text(value: object) -> str:
    """Return a cell's value as people see it: whole numbers without ".0", dates as 2026-11-20, empty as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return clean(str(value))


def clean(text: str) -> str:
    """Return a text without spaces (full-width too), zero-width and control characters at its ends."""
    if text and text[0].isalnum() and text[-1].isalnum():  # nearly every cell
        return text
    start, end = 0, len(text)
    while start < end and _is_invisible(text[start]):
        start += 1
    while end > start and _is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_invisible(character: str) -> bool:
    # The tag characters that end a flag emoji (U+E0020 to U+E007F) are invisible, yet part of it.
    return unicodedata.category(character) in _INVISIBLE and not "\U000e0020" <= character <= "\U000e007f"


def folded(text: str) -> str:
    """Return a text for comparing words: half-width, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def to_userid(text: str) -> str | None:
    """Return a userid in lower case; None for what cannot be one (document path 90195)."""
    userid = "".join(unicodedata.normalize("NFKC", text).split())
    if _SCIENTIFIC.fullmatch(userid) or not _USERID.fullmatch(userid):
        return None
    return userid.lower()


def to_date(text: str) -> date | None:
    """Return the date a text says: 2026-11-20, 2026/11/20, 2026.11.20, 2026年11月20日, 20261120, or Excel's number.

    None for anything else: 11/12/26 could mean three days.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    match = _WRITTEN_DATE.fullmatch(written) or _COMPACT_DATE.fullmatch(written)
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    # Excel counts days; five digits cover 1982 to 2064.
    if re.fullmatch(r"[3-5]\d{4}", written, re.ASCII):
        return _EXCEL_EPOCH + timedelta(days=int(written))
    return None


def to_yes(text: str) -> bool | None:
    """Return what a yes-or-no cell says; empty is no, None is neither."""
    word = folded(text)
    return True if word in _YES else False if word in _NO else None
