from __future__ import annotations

from html.parser import HTMLParser

import pytest

from reports.daily_digest import DigestFacts, build, to_html
from tests.reports.sample import believable_day, clean_day, first_day, make_facts, make_tracked, refused_day

EVIL = '<script>alert(1)</script><img src="http://evil.cn/x">'
VOID = {"meta", "br", "img", "link", "rect", "input"}


class Page(HTMLParser):
    """Reads a page: its elements, its addresses, and whether everything opened was closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.elements if name == tag)

    def addresses(self) -> list[str]:
        wanted = {"src", "href", "srcset", "data", "action"}
        return [value or "" for _, attrs in self.elements for key, value in attrs.items() if key in wanted]


@pytest.mark.parametrize("facts", [believable_day(), clean_day(), first_day(), refused_day()])
def test_the_page_runs_and_fetches_nothing_whatever_the_day(facts: DigestFacts) -> None:
    html = to_html(build(facts))
    page = Page(html)
    assert page.count("script") == 0
    assert page.addresses() == []
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_links_to_the_console_alone_when_there_is_one() -> None:
    page = Page(to_html(build(believable_day(console_url="https://steward.example"))))
    assert page.addresses() == ["https://steward.example"]


def test_the_page_can_be_heard_when_nobody_sees_it() -> None:
    page = Page(to_html(build(believable_day())))
    assert page.elements[0] == ("html", {"lang": "zh-CN"})
    assert page.count("h1") == 1
    assert page.count("caption") == page.count("table")
    assert all(attrs.get("scope") for tag, attrs in page.elements if tag == "th")
    assert page.count("desc") == page.count("svg") > 0


def test_names_are_shown_as_written_when_they_hold_html() -> None:
    open_ = [
        make_tracked("nickname", about={"subject_name": EVIL, "observed": EVIL}, group_name=EVIL, stage="hr")
    ]
    html = to_html(build(make_facts(open=open_, new=open_, resolved=open_, company_name=EVIL)))
    assert Page(html).count("script") == 0
    assert Page(html).count("img") == 0
    assert "&lt;script&gt;" in html


def test_the_page_points_to_excel_when_there_are_ten_thousand_findings() -> None:
    open_ = [
        make_tracked("nickname", n, about={"subject_id": f"u{n}", "chat_id": f"g{n % 300}"})
        for n in range(10_000)
    ]
    html = to_html(build(make_facts(open=open_)))
    assert "这里列出前 1,000 项，全部 10,000 项见 Excel。" in html
    assert len(html) < 1_500_000


def test_the_page_is_english_when_the_reader_is() -> None:
    html = to_html(build(clean_day(lang="en")))
    assert '<html lang="en">' in html
    assert "All is well" in html
