from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.escape import md, visible

MARKUP = set("*_[]()<>`#~\\|")


@given(st.text(st.characters(codec=None)))
def test_no_markup_and_nothing_invisible_is_left_whatever_people_wrote(text: str) -> None:
    said = md(text)
    assert not MARKUP & set(said)
    assert not [c for c in said if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    said.encode()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**重要**", "＊＊重要＊＊"),
        ("[点我](http://evil.cn)", "［点我］（http：//evil.cn）"),
        ("<@all>", "＜@all＞"),
        ('<font color="info">', '＜font color="info"＞'),
        ("上\n> 下", "上 ＞ 下"),
        ("abc\u202edcba", "abcdcba"),
        ("财务部张三", "财务部张三"),
    ],
)
def test_forged_markup_is_shown_as_it_stands_when_a_name_holds_it(written: str, shown: str) -> None:
    assert md(written) == shown


def test_emoji_stay_when_a_nickname_has_them() -> None:
    assert visible("陈晓🎉") == "陈晓🎉"
