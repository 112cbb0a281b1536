"""Reading WeCom's JSON: strict about what is needed, easy about the rest, one spelling for every id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from steward.wecom.errors import BadAnswer

# C0 controls and DEL are cut: no name needs them; terminals, XML and Excel choke on them. Everything else
# people write stays: emoji joiners, right-to-left marks.
_CONTROLS: dict[int, str | None] = {**dict.fromkeys([*range(0x20), 0x7F]), 0x09: " ", 0x0A: " ", 0x0D: " "}
_LATEST_S = 253402300799
_EXTERNAL_PREFIXES = ("wm", "wo")


def need_str(row: Mapping[str, Any], key: str, endpoint: str) -> str:
    """Return a text that must be there and not be empty."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise _missing(row, key, endpoint, "文字")
    return value


def need_list(row: Mapping[str, Any], key: str, endpoint: str) -> list[Any]:
    """Return a list that must be there; it may be empty."""
    value = row.get(key)
    if not isinstance(value, list):
        raise _missing(row, key, endpoint, "列表")
    return value


def need_object(row: Mapping[str, Any], key: str, endpoint: str) -> dict[str, Any]:
    """Return an object that must be there."""
    value = row.get(key)
    if not isinstance(value, dict):
        raise _missing(row, key, endpoint, "对象")
    return value


def need_int(row: Mapping[str, Any], key: str, endpoint: str) -> int:
    """Return a whole number that must be there."""
    value = to_int(row.get(key))
    if value is None:
        raise _missing(row, key, endpoint, "整数")
    return value


def _missing(row: Mapping[str, Any], key: str, endpoint: str, kind: str) -> BadAnswer:
    what = f"是 {type(row[key]).__name__}，应为{kind}" if key in row else "缺失"
    return BadAnswer(f"回答中的字段 {key} {what}", endpoint, field=key)


def objects(rows: list[Any], problems: list[str] | None, what: str) -> Iterator[dict[str, Any]]:
    """Yield the rows that are objects; the others are told in `problems`."""
    for row in rows:
        if isinstance(row, dict):
            yield row
        elif problems is not None:
            problems.append(f"{what}: 跳过一行，不是对象")


def to_int(value: object) -> int | None:
    """Return a whole number, also one written as text; None for anything else."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    return None


def to_name(value: object) -> str | None:
    """Return a text people wrote, without C0 controls; None where there is none. "" stays ""."""
    if not isinstance(value, str):
        return None
    if value.isprintable():
        return value
    # Half a surrogate pair, which JSON lets through, cannot be stored as UTF-8.
    return value.translate(_CONTROLS).encode("utf-8", "replace").decode("utf-8")


def to_userid(value: str) -> str:
    """Return a userid in its one spelling: WeCom does not regard case (document path 90196)."""
    return value.strip().lower()


def is_external(member_id: str) -> bool:
    """Tell whether an id is an external contact's: "wm…" or "wo…", upper and lower case kept."""
    return member_id.startswith(_EXTERNAL_PREFIXES)


def to_userids(value: object) -> tuple[str, ...]:
    """Return a list of userids, or one joined by "|"; empty where there is none."""
    rows = value.split("|") if isinstance(value, str) else value
    if not isinstance(rows, list):
        return ()
    return tuple(to_userid(row) for row in rows if isinstance(row, str) and row.strip())


def to_unix_s(value: object) -> int | None:
    """Return a Unix time in seconds; None where absent, 0 or beyond the calendar."""
    seconds = to_int(value)
    return seconds if seconds and 0 < seconds <= _LATEST_S else None


def to_moment(value: object) -> datetime | None:
    """Return a Unix time in seconds as a moment in UTC; None as in `to_unix_s`."""
    seconds = to_unix_s(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
