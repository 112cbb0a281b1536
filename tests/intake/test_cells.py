"""A cell becomes clean text, a date, a userid or a yes or no; what is none of them is None."""

from __future__ import annotations

from datetime import date

import pytest

from steward.intake.cells import clean, to_date, to_text, to_userid, to_yes


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "2026/11/20",
        "2026.11.20",
        "2026年11月20日",
        "20261120",
        "２０２６－１１－２０",
        "46346",
        "2026-11-20 00:00",
    ],
)
def test_a_date_is_read_in_every_way_people_write_it(text: str) -> None:
    assert to_date(text) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "2026-02-30", "11/12/26", "2026年11月", "明天", "99999999", "1"]
)
def test_what_could_be_another_day_is_no_date(text: str) -> None:
    assert to_date(text) is None


@pytest.mark.parametrize(
    ("text", "userid"), [("ZhangSan", "zhangsan"), ("１００２３", "10023"), (" a.b-c@d_e ", "a.b-c@d_e")]
)
def test_a_userid_is_lower_case_and_half_width(text: str, userid: str) -> None:
    assert to_userid(text) == userid


@pytest.mark.parametrize("text", ["张三", "1.00235E+11", "a b|c", "", "-a", "x" * 65])
def test_what_cannot_be_a_userid_is_none(text: str) -> None:
    assert to_userid(text) is None


@pytest.mark.parametrize(
    ("value", "text"), [(10023.0, "10023"), (1e15, "1000000000000000.0"), (0.5, "0.5"), (None, "")]
)
def test_numbers_lose_only_what_excel_added(value: object, text: str) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize(
    "text", ["陈晓🎉", "👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e007f", "❤️", "مرحبا", "a\u3000b"]
)
def test_emoji_and_what_stands_inside_are_kept_whole(text: str) -> None:
    assert clean(f"\u3000\u200f{text}\u200b\n") == text


def test_yes_and_no_are_told_from_neither() -> None:
    assert [to_yes(word) for word in ("是", "Ｙ", "否", "", "也许")] == [True, True, False, False, None]
