"""What stands in a group for a long message: facts first, where the whole is, never too long, nobody's name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.daily_digest import build
from reports.digest.notice import to_notice
from reports.group_notice import count_shown, to_group_notice
from steward.delivery.markup import visible_characters
from tests.reports.golden import assert_golden
from tests.reports.sample import EMPLOYEES, believable_day, clean_day, first_day, refused_day

DAYS = {"believable": believable_day, "clean": clean_day, "first": first_day, "refused": refused_day}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("day", DAYS)
def test_notice_of_the_digest_says_exactly_this_in_a_group(day: str, lang: Any) -> None:
    report = build(DAYS[day](lang=lang, console_url="https://steward.example.com/"))
    text = to_notice(report, 200)
    assert_golden(f"digest_notice.{day}.{lang}.md", text)
    assert visible_characters(text, "markdown") <= 200
    assert not [name for name in EMPLOYEES.values() if name in text]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("at_most", [50, 80, 120, 200])
def test_notice_of_the_digest_fits_whatever_the_policy_allows(at_most: int, lang: Any) -> None:
    report = build(believable_day(lang=lang, console_url="https://steward.example.com/" + "x" * 300))
    assert visible_characters(to_notice(report, at_most), "markdown") <= at_most


LINES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "**任务失败**",
                "`main.py run`",
                "[看](https://a.cn)",
                '<font color="info">好</font>',
                "字" * 30,
                "e",
            ]
        ),
        min_size=1,
        max_size=12,
    ).map("".join),
    min_size=1,
    max_size=6,
)


@given(lines=LINES, at_most=st.integers(50, 200), where=st.sampled_from(["files", "app", "mail", "server"]))
def test_notice_is_never_longer_than_it_may_be_and_ends_with_where_the_whole_is(
    lines: list[str], at_most: int, where: Any
) -> None:
    text = to_group_notice(lines, where, "zh", at_most_characters=at_most, command="main.py outbox show 7")
    assert visible_characters(text, "markdown") <= count_shown(text) <= at_most
    ending = {
        "files": "网页日报。",
        "app": "应用消息。",
        "mail": "邮件。",
        "server": "`main.py outbox show 7`",
    }[where]
    assert text.endswith(ending)


def test_first_line_is_kept_whole_when_there_is_room() -> None:
    lines = ["**任务失败：同步群（08:12）**", "字" * 300]
    text = to_group_notice(lines, "app", "zh", at_most_characters=200)
    assert text == "**任务失败：同步群（08:12）**\n原因和处理办法见发给管理员的应用消息。"
