"""A text that is no TOML is refused with its line and the likely cause."""

from __future__ import annotations

import pytest

from steward.model.settings import SettingsError
from steward.model.settings.syntax import read_toml

CASES = [
    ("name = abc", 2, "文字要用英文双引号括起来"),
    ("name = “公司”", 2, "不能用中文的"),
    ('name = "公司”', 2, "不能用中文的"),
    ('name ＝ "公司"', 2, "全角的 ＝"),
    ("name = ", 2, "等号后面没有值"),
    ('name: "x"', 2, "不用冒号"),
    ('users = ["a"，"b"]', 2, "半角逗号"),
    ("【company】", 2, "半角的 [ ]"),
    ("＃ 说明", 2, "半角的 #"),
    ('\u3000name = "x"', 2, "全角空格"),
    ("t = 22:00", 2, "时刻要加引号"),
    ("on = True", 2, "true 或 false"),
    ("on = 是", 2, "true 或 false"),
    ("n = 08", 2, "不要补 0"),
    ('path = "C:\\data"', 2, "写成 /"),
    ('name = "x', 2, "少了结尾的引号"),
    ("公司 = 1", 2, "写英文"),
    ("[company", 2, "少了右方括号"),
    ('key = { env = "X"', 2, "少了右花括号"),
    ("just words", 2, "没有 ="),
    ('users = [\n "a",\nname = "x"', 2, "第 2 行开始的列表或字符串没有结束"),
    ('users = [\n "a",\n', 2, "第 2 行开始的列表或字符串没有结束"),
    ('text = """\nx\n', 2, "第 2 行开始的列表或字符串没有结束"),
    ("a = 1\na = 2", 3, "第 2 行已有一处"),
    ("[a]\nb = 1\n[a]", 4, "第 2 行已有一处"),
]


@pytest.mark.parametrize(("text", "line", "hint"), CASES)
def test_a_slip_is_refused_with_its_line_and_cause(text: str, line: int, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_toml(f"# ok\n{text}\n", file="settings.toml")
    (problem,) = caught.value.problems
    assert problem.line == line
    assert hint in problem.text()
    assert problem.hint is not None
    assert problem.hint.en


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "n = " + "9" * 5000, "a = \x00", "\x1b[31m = 1"])
def test_a_text_meant_to_break_a_reader_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_toml(text, file="settings.toml")
    assert "\x1b" not in str(caught.value)
