"""Every value of a TOML text is found on its line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from steward.model.settings.lines import index_lines, line_of

TEXT = '''# a remark with [brackets] and "quotes"
title = "x" # = not a key
a.b."c.d" = 1
long = """
[no_table]
key = 1
"""
literal = \'\'\'
it''s\'\'\'
many = [
  "one", # a remark, with ] in it
  [2, 3],
  { x = 1, y = { z = "}" } },
]
[table."quoted key"]
k = 2026-11-20 08:00:00
[[rules]]
n = 1
[rules.inner]
m = 1
[[rules]]
n = 2
[[rules.deep]]
o = 1
[[rules.deep]]
o = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("a", "b", "c.d"), 3),
        (("long",), 4),
        (("literal",), 8),
        (("many", 0), 11),
        (("many", 1, 1), 12),
        (("many", 2, "y", "z"), 13),
        (("table", "quoted key"), 15),
        (("table", "quoted key", "k"), 16),
        (("rules", 0), 17),
        (("rules", 0, "n"), 18),
        (("rules", 0, "inner", "m"), 20),
        (("rules", 1, "n"), 22),
        (("rules", 1, "deep", 0, "o"), 24),
        (("rules", 1, "deep", 1, "o"), 26),
    ],
)
def test_a_path_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert index_lines(TEXT)[path] == line


def test_what_is_not_there_is_said_to_be_where_its_table_is() -> None:
    lines = index_lines(TEXT)
    assert line_of(lines, ("rules", 1, "missing")) == 21
    assert line_of(lines, ("nothing",)) is None


def test_windows_line_ends_count_once() -> None:
    assert index_lines("a = 1\r\n\r\n[t]\r\nb = 2\r\n")[("t", "b")] == 4


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return {p for k, v in value.items() for p in ({(*path, k)} | _paths(v, (*path, k)))}
    if isinstance(value, list):
        return {p for i, v in enumerate(value) for p in ({(*path, i)} | _paths(v, (*path, i)))}
    return set()


def test_every_value_of_the_template_has_a_line() -> None:
    text = (Path(__file__).parents[3] / "settings.toml").read_text("utf-8")
    assert _paths(tomllib.loads(text)) == set(index_lines(text))


_SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=8), st.dates(), st.floats(0, 1))
_KEYS = st.text(min_size=1, max_size=5)
_TABLES = st.dictionaries(
    _KEYS,
    st.recursive(
        _SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(_KEYS, v, max_size=3), max_leaves=6
    ),
    max_size=4,
)


@given(_TABLES)
def test_every_value_of_any_table_has_a_line(table: dict[str, Any]) -> None:
    text = tomlkit.dumps(table)
    assert _paths(tomllib.loads(text)) == set(index_lines(text))


@given(st.text(alphabet="[]{}=\"'.,#\n a1\\", max_size=60))
@example("={[")
@example("=[}")
@example("a={=")
def test_a_text_that_is_no_toml_ends_all_the_same(text: str) -> None:
    assert all(line <= text.count("\n") + 1 for line in index_lines(text).values())
