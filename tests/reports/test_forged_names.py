"""Whatever people call themselves and their groups: messages, pages and workbooks keep their structure."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports import admin_alert, head_reminder, owner_tasks
from reports.daily_digest import DigestFacts, build, to_html, to_message
from reports.digest.notice import to_notice
from reports.escape import safe_url
from reports.excel import to_xlsx
from reports.service_notice import NoticeFacts
from reports.service_notice import to_message as to_service_notice
from reports.sheets import clean
from steward.model.finding import TrackedFinding
from steward.model.source import BlindSpot
from tests.reports.sample import DEPARTMENTS, EMPLOYEES, ZONE, at, believable_day, make_tracked
from tests.reports.test_admin_alert import make_alert

ENDLESS = 1_000_000
MARKUP = re.compile(
    r'<font color="\w+">|</font>|\]\([^()\n]*\)|<@[^<>]*>|\*\*|[`\[\]<>#_|~\\]|://|^> |\n|www\.', re.M
)
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                "**", "*", "[点我](http://evil.cn)", "](", "[", "<@all>", "<@", '<font color="info">', "</font>",
                "`", "```", "\n> ", "\n# ", "\r", "\t", "\u2028", "\u202e", "\u200b", "www.evil.cn", "http://",
                "<script>", '"><img src=x onerror=alert(1)>', "' onclick='", "{{ 7*7 }}", "{% raw %}", "%(name)s",
                "&lt;", "&#60;", "=1+1", '=HYPERLINK("http://x")', "+", "-", "@SUM(A1)", "张三", " ", "\x00", "|",
            ]
        ),
        max_size=8,
    ).map("".join),
)  # fmt: skip


def named(tracked: TrackedFinding, text: str) -> TrackedFinding:
    finding = tracked.finding
    over: dict[str, Any] = {"subject_name": text} if finding.subject_name else {}
    if finding.expected:
        over |= {"observed": text, "expected": text}
    return replace(tracked, group_name=text, finding=replace(finding, **over))


def facts(text: str, **over: Any) -> DigestFacts:
    """Return a day on which everybody and everything is called so."""
    day = believable_day(
        company_name=text,
        departments=dict.fromkeys(DEPARTMENTS, text),
        employees=dict.fromkeys(EMPLOYEES, text),
        **over,
    )
    spots = tuple(
        BlindSpot(kind=kind, subject=text, detail=text, remedy=text, since=at(19))
        for kind in ("source_refused", "job_failed", "anything")
    )  # type: ignore[arg-type]
    return replace(
        day,
        open=[named(one, text) for one in day.open],
        new=[named(one, text) for one in day.new],
        resolved=[named(one, text) for one in day.resolved],
        blind_spots=spots,
    )


def asked(module: Any, kind: str, text: str) -> str:
    common = {
        "findings": [
            named(make_tracked("non_employee", 1, stage="owner", asked_at=at(19)), text),
            named(
                make_tracked("nickname", 2, about={"observed": "x", "expected": "y"}, asked_at=at(19)), text
            ),
            named(make_tracked("left_without_approval", 3, asked_at=at(19)), text),
        ],
        "deadline_at": at(24, 18, 0),
        "now": at(20),
        "zone": ZONE,
        "lang": "zh",
        "employees": dict.fromkeys(EMPLOYEES, text),
        "departments": dict.fromkeys(DEPARTMENTS, text),
    }
    if kind == "owner":
        made = owner_tasks.OwnerFacts(owner_userid="zhoumin", console_url="https://a.cn/(x)", **common)
    else:
        made = head_reminder.HeadFacts(head_userid="zhoumin", department_name=text, **common)
    return str(module.build(made, ENDLESS).text)


def notice(text: str) -> str:
    values = {"kind": "missed", "at": at(20), "now": at(20), "zone": ZONE, "lang": "zh", "job": "sync_groups"}
    return to_service_notice(NoticeFacts(detail=text, **values), ENDLESS)  # type: ignore[arg-type]


MESSAGES = {
    "digest": lambda text: to_message(build(facts(text, console_url="https://a.cn/x y")), ENDLESS),
    "digest in a group": lambda text: to_notice(build(facts(text)), 200),
    "owner": lambda text: asked(owner_tasks, "owner", text),
    "head": lambda text: asked(head_reminder, "head", text),
    "alert": lambda text: admin_alert.to_message(make_alert(detail=text, remedy=text), ENDLESS),
    "notice": notice,
}


class Skeleton(HTMLParser):
    """The tags of a page with their attributes, without its words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)


def skeleton(page: str) -> list[Any]:
    parser = Skeleton()
    parser.feed(page)
    parser.close()
    return parser.tags


@pytest.mark.parametrize("kind", MESSAGES)
@settings(max_examples=60, deadline=None)
@given(text=HOSTILE.filter(lambda text: bool(clean(text))))
@example(text="**[点我](http://evil.cn)**\n> <@all>")
def test_markup_of_a_message_is_ours_alone_whatever_names_hold(kind: str, text: str) -> None:
    make = MESSAGES[kind]
    assert MARKUP.findall(make(text)) == MARKUP.findall(make("王立新"))


@settings(max_examples=40, deadline=None)
@given(text=HOSTILE.filter(lambda text: bool(clean(text))))
@example(text='"><img src=x onerror=alert(1)>')
def test_tags_and_attributes_of_the_page_are_ours_alone_whatever_names_hold(text: str) -> None:
    assert skeleton(to_html(build(facts(text)))) == skeleton(to_html(build(facts("王立新"))))


@settings(max_examples=15, deadline=None)
@given(text=HOSTILE)
@example(text='=HYPERLINK("http://x","y")')
def test_cells_of_the_workbook_stay_texts_whatever_names_hold(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(build(facts(text)))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "@")))
    assert not [
        cell for cell in cells if isinstance(cell.value, str) and re.search(r"[\x00-\x1f]", cell.value)
    ]


@pytest.mark.parametrize(
    ("text", "units"), [("字" * 40_000, 32_767), ("🎉" * 20_000, 32_767), ("字" * 32_767, 32_767)]
)
def test_cell_is_cut_to_what_excel_keeps(text: str, units: int) -> None:
    shown = clean(text)
    assert len(shown.encode("utf-16-le")) // 2 <= units
    assert shown == text or shown.endswith("…")
    assert "\ufffd" not in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.cn/i?x=1&y=(2) 3", "https://a.cn/i?x=1&y=%282%29%203"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        (None, ""),
    ],
)
def test_address_is_linked_only_when_it_is_one_of_the_web(url: str | None, shown: str) -> None:
    assert safe_url(url) == shown


def test_no_link_is_made_when_the_address_is_none_of_the_web() -> None:
    report = build(facts("王立新", console_url="javascript:alert(1)"))
    assert "javascript" not in to_html(report) + to_message(report, ENDLESS) + to_notice(report, 200)
