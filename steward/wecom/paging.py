"""Following a cursor to its end, and no further."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from steward.wecom.answers import need_list
from steward.wecom.errors import Refused

_BAD_CURSOR = frozenset({50100, 60268})


def read_pages(
    fetch: Callable[[str], dict[str, Any]], key: str, endpoint: str, problems: list[str] | None = None
) -> Iterator[list[Any]]:
    """Yield the list under `key` of page after page, until `next_cursor` is empty or absent.

    A cursor seen before, or a page equal to the last, ends it with a line in `problems`: otherwise it would never
    end. A cursor WeCom no longer knows (50100, 60268) starts once again from the first page, so a row may come
    twice.

    Args:
        fetch: asks for the page of a cursor; "" is the first.
    """
    cursor, seen, last, restarted = "", {""}, None, False
    while True:
        try:
            answer = fetch(cursor)
        except Refused as error:
            if error.errcode not in _BAD_CURSOR or restarted:
                raise
            cursor, seen, last, restarted = "", {""}, None, True
            continue
        rows = need_list(answer, key, endpoint)
        if rows and rows == last:
            _note(problems, f"{endpoint}: 翻页后内容不变，停止翻页")
            return
        yield rows
        cursor, last = str(answer.get("next_cursor") or ""), rows
        if not cursor:
            return
        if cursor in seen:
            _note(problems, f"{endpoint}: 游标重复，停止翻页")
            return
        seen.add(cursor)


def _note(problems: list[str] | None, text: str) -> None:
    if problems is not None:
        problems.append(text)
