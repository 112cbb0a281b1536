"""Cutting long texts: whatever the text and the limit, parts fit, join to the original and break nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.delivery.markup import Markup, addressees, clusters, tokenize, visible_characters
from steward.delivery.split import Part, join, split

MARKUPS: tuple[Markup, ...] = ("markdown", "markdown_v2", "text")
MENTION = re.compile(r"<@[a-z]{1,9}>")
LINK = re.compile(r"\[[^\[\]\n]*\]\(https://[^()\s]*\)")
FONT = re.compile(r'<font color="(?:info|warning|comment)">|</font>')
OPENED = re.compile(
    r'<font color="(?:info|warning|comment)">|<a href="[^"<>]*">|\*\*|`(?:``[a-z]*\n)?|!?\[|> |\n'
)
CLOSED = re.compile(r"</font>|</a>|\*\*|\n```|`|\]\([^()\n]*\)")
PIECES = st.sampled_from(
    [
        "<@zhangwei>",
        "<@li>",
        '<font color="warning">需关注 3 项</font>',
        '<font color="info">',
        "</font>",
        "[查看](https://steward.example.com/i/17)",
        "[",
        "](",
        "**今天要您处理**",
        "**",
        "`main.py run sync_groups`",
        "`",
        "```python\nprint(1)\n```\n",
        '<a href="https://a.cn/x">名单</a>',
        "\n",
        "\n\n",
        "\n> 群 312 个，成员 8,406",
        "\n- 第一件事",
        "\n1. 【未备案】新发现群「双11作战」，群主 周敏 ",
        "\n# 标题\n",
        "没有人确认，已等 6小时10分。",
        "The quick brown fox. ",
        "👨‍👩‍👧‍👦",
        "🇨🇳🇯🇵",
        "e\u0301",
        "👍🏽",
        "☎️",
        "\r\n",
        "(1/2)",
        " ",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=60).map("".join))


def put_in(part: Part) -> tuple[str, str]:
    """Return what splitting added before and behind, with what it may add taken away."""
    tail = re.sub(r"\n{1,2}\(\d+/\d+\)\Z", "", part.tail)
    return OPENED.sub("", MENTION.sub("", part.lead)), CLOSED.sub("", tail)


def attempt(text: str, limit: int, markup: Markup) -> tuple[Part, ...] | str:
    """Return the parts, or what is said against splitting so."""
    try:
        return split(text, limit, markup)
    except ValueError as refusal:
        return str(refusal)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, limit=st.integers(1, 400), markup=st.sampled_from(MARKUPS))
def test_parts_fit_join_to_the_original_and_add_nothing_of_their_own(
    text: str, limit: int, markup: Markup
) -> None:
    parts = attempt(text, limit, markup)
    if isinstance(parts, str):
        assert limit < 200
        assert f"limit of {limit} bytes" in parts
        return
    assert join(parts) == text
    assert all(len(part.text.encode()) <= limit for part in parts)
    if len(parts) == 1:
        assert parts[0].text == text
        return
    for number, part in enumerate(parts, start=1):
        assert part.text == part.lead + part.body + part.tail
        assert part.gap.strip() == ""
        assert part.text.endswith(f"({number}/{len(parts)})")
        assert put_in(part) == ("", ""), part


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, limit=st.integers(200, 500), markup=st.sampled_from(MARKUPS))
def test_tags_links_mentions_and_characters_stay_whole_when_a_text_is_split(
    text: str, limit: int, markup: Markup
) -> None:
    parts = split(text, limit, markup)
    ends = {0}
    for part in parts:
        ends.add(max(ends) + len(part.body) + len(part.gap))
    whole = [MENTION, re.compile(r"<[^<>\n]{1,40}>")] if markup == "text" else [MENTION, FONT]
    for pattern in whole:
        for found in pattern.finditer(text):
            assert not ends & set(range(found.start() + 1, found.end())), found[0]
    at = 0
    for cluster in tokenize(text, markup).texts:
        assert not ends & set(range(at + 1, at + len(cluster))), cluster
        at += len(cluster)


@settings(max_examples=200, deadline=None)
@given(words=st.lists(st.text("甲乙丙丁ab ", max_size=30), max_size=20), limit=st.integers(200, 400))
def test_links_stay_whole_when_they_fit_in_a_part(words: list[str], limit: int) -> None:
    link = "[查看名单](https://steward.example.com/issues/4711)"
    parts = split(link.join(words), limit)
    assert sum(len(LINK.findall(part.text)) for part in parts) == max(0, len(words) - 1)


@settings(max_examples=200, deadline=None)
@given(
    items=st.lists(st.text("一二三，。 ab", min_size=1, max_size=40), min_size=1, max_size=20),
    mark=st.sampled_from(["- ", "> "]),
)
def test_list_items_and_quotes_stay_whole_when_they_fit_in_a_part(items: list[str], mark: str) -> None:
    lines = [mark + item.strip() + "。" for item in items]
    text = ("\n" if mark == "- " else "\n\n").join(lines)
    for part in split(text, 220):
        body = part.body.strip("\n")
        assert not body or set(body.split("\n")) <= {*lines, ""}
        assert part.lead == ""


@pytest.mark.parametrize("extra", ["", "，正文"])
def test_every_part_is_addressed_when_a_text_begins_with_whom_it_is_for(extra: str) -> None:
    parts = split(f"<@zhangwei> <@li>{extra}\n" + "请引用原消息回复一下，谢谢。" * 30, 400)
    assert len(parts) > 2
    assert all(part.text.startswith(("<@zhangwei> <@li>", "<@zhangwei><@li>\n")) for part in parts)


def test_addressing_is_not_repeated_when_it_would_fill_the_parts() -> None:
    everyone = "".join(f"<@user{number}>" for number in range(60))
    parts = split(everyone + "请确认。", 300)
    assert join(parts) == everyone + "请确认。"
    assert sum(part.text.count("<@user7>") for part in parts) == 1


def test_colour_ends_in_one_part_and_goes_on_in_the_next() -> None:
    parts = split('<font color="warning">' + "超时。" * 40 + "</font>", 200)
    assert len(parts) > 1
    assert all(part.text.startswith('<font color="warning">超时。') for part in parts)
    assert all("</font>" in part.text and part.text.count("<font") == 1 for part in parts)


def test_quote_goes_on_as_a_quote_when_it_must_be_broken() -> None:
    parts = split("> " + "很长的引文没有句号" * 40, 200)
    assert len(parts) > 1
    assert all(part.text.startswith("> ") for part in parts)


def test_long_bold_and_long_link_are_closed_and_opened_again() -> None:
    bold = split("**" + "粗" * 200 + "**", 200)
    assert all(part.text.split("\n")[0].startswith("**粗") and "粗**\n(" in part.text for part in bold)
    link = split("[" + "名单" * 80 + "](https://a.cn/1)", 200)
    assert all(part.text.startswith("[名单") and "](https://a.cn/1)" in part.text for part in link)


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        ("第一段说完了。\n\n第二段也说完了。\n\n第三段。", 60, "第一段说完了。\n\n第二段也说完了。"),
        ("第一行\n第二行很长很长很长很长\n第三行", 50, "第一行\n第二行很长很长很长很长"),
        ("今天有三件事情要做。明天没有事后天也没有", 45, "今天有三件事情要做。"),
        ("今天有三件事情要做，明天没有事后天也没有", 45, "今天有三件事情要做，"),
        ("one two three four five six", 24, "one two three four"),
    ],
)
def test_break_comes_where_a_reader_pauses(text: str, limit: int, first: str) -> None:
    assert split(text, limit)[0].body == first


def test_heading_of_a_list_goes_with_it() -> None:
    text = "先说明一下情况，已经核对过了。\n「华东项目群」\n> 移出王立新。\n> 移出李文。"
    first, second = split(text, 90)
    assert first.body == "先说明一下情况，已经核对过了。"
    assert second.body.startswith("「华东项目群」\n> 移出王立新。")


@pytest.mark.parametrize(
    ("text", "limit"), [("<@zhangwei>请回复", 15), ("汉字", 5), ("**" + "字" * 9 + "**", 12)]
)
def test_limit_too_small_for_any_progress_is_refused_by_name(text: str, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit of {limit} bytes is too small"):
        split(text, limit)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👨‍👩‍👧‍👦", 1),
        ("🇨🇳🇯🇵", 2),
        ("e\u0301", 1),
        ("☎️", 1),
        ("**粗体** [名单](https://a.cn)", 5),
        ('<font color="info">好</font>\n> 引文', 3),
        ("`a`", 1),
        ("# 标题", 2),
    ],
)
def test_characters_are_counted_as_a_reader_sees_them(text: str, shown: int) -> None:
    assert visible_characters(text, "markdown") == shown


def test_plain_text_is_counted_as_it_stands_but_for_its_links() -> None:
    assert visible_characters('**a** <a href="https://a.cn">名单</a>', "text") == 8


@given(st.text(st.characters(codec=None)))
def test_clusters_are_the_text_again(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(text=TEXTS, markup=st.sampled_from(MARKUPS))
def test_pieces_are_the_text_again(text: str, markup: Markup) -> None:
    tokens = tokenize(text, markup)
    assert "".join(tokens.texts) == text
    assert len(tokens.stacks) == len(tokens.texts) + 1
    assert tokens.stacks[-1] == ()


def test_thousand_accents_do_not_make_one_character_that_cannot_be_cut() -> None:
    zalgo = "a" + "\u0301" * 5000
    assert join(split(zalgo, 2048)) == zalgo


def test_markdown_v2_has_nobody_to_address(**_: Any) -> None:
    assert addressees("<@zhangwei> 请", "markdown_v2") == ""
    assert addressees("  <@zhangwei>，<@li> 请", "markdown") == "<@zhangwei><@li>"
