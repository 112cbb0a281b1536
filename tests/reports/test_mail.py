"""The digest as a mail: the same facts as the message and the page, safe in every mail reader."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from reports.daily_digest import DigestFacts, Figures, build, to_message
from reports.digest.data import to_data
from reports.digest.mail import FORMER, to_days, to_mail
from reports.mail import CLIPPED_FROM_BYTES, Mail
from tests.reports.golden import assert_golden
from tests.reports.sample import (
    believable_day,
    clean_day,
    first_day,
    make_facts,
    make_tracked,
    refused_day,
)

DAYS = {"believable": believable_day, "clean": clean_day, "first": first_day, "refused": refused_day}


def make_figures(number: int = 0, **over: int | None) -> Figures:
    values: dict[str, int | None] = {
        "group_count": 312,
        "member_count": 8400,
        "new_count": 3 + number % 4,
        "resolved_count": number % 5,
        "open_count": 24 + number % 6,
    }
    return Figures(**{**values, **over})  # type: ignore[arg-type]


def make_former(count: int = 5) -> list[tuple[date, Figures]]:
    return [(date(2026, 11, 1 + number), make_figures(number)) for number in range(count)]


def make_mail(facts: DigestFacts, *, former: int = 5, with_pictures: bool = True) -> Mail:
    return to_mail(build(facts), make_former(former), with_pictures=with_pictures)


class Words(HTMLParser):
    """The words of a page, and the alternatives of its pictures, as somebody reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", "", "".join(self.found))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", DAYS)
def test_text_part_says_exactly_this_on_a_known_day(name: str, lang: str) -> None:
    mail = make_mail(DAYS[name](lang=lang), former=0 if name == "first" else 3)
    assert_golden(f"mail_digest.{name}.{lang}.txt", f"{mail.subject}\n\n{mail.text}")


@pytest.mark.parametrize("name", DAYS)
def test_every_fact_of_the_message_stands_in_both_parts(name: str) -> None:
    report = build(DAYS[name]())
    mail = to_mail(report, make_former(), with_pictures=True)
    page = Words(mail.html).text
    lead = re.search(r'<font color="\w+">(.*?)</font>', to_message(report))
    assert lead is not None
    for part in (re.sub(r"\s+", "", mail.text), page):
        assert lead[1].replace(" ", "") in part
        for figure in report.figures:
            assert f"{figure.value:,}" if figure.value is not None else "未知" in part
        for task in report.tasks[:8]:
            assert (task.bundle.first.group or "").replace(" ", "") in part
        for spot in report.blind_spots:
            assert (spot.detail or "").replace(" ", "") in part


def test_subject_says_what_is_to_be_done_in_the_list_of_mails() -> None:
    assert make_mail(believable_day()).subject == "群管日报 11月20日 周五：需要您处理 4 项"
    assert make_mail(clean_day()).subject == "群管日报 11月20日 周五：一切正常"
    assert (
        make_mail(refused_day(lang="en")).subject == "Group digest, Fri 20 Nov: No check was completed today"
    )


@pytest.mark.parametrize("name", DAYS)
def test_nothing_is_fetched_and_no_style_depends_on_the_head(name: str) -> None:
    mail = make_mail(DAYS[name]())
    words = Words(mail.html)
    assert not re.search(r"<(script|style|link|iframe|svg)\b", mail.html)
    sources = [attributes["src"] for tag, attributes in words.tags if tag == "img"]
    assert sources == [f"cid:{picture.cid}" for picture in mail.pictures]
    assert "http" not in "".join(str(attributes.get("href", "")) for _, attributes in words.tags)
    assert all(attributes.get("alt") for tag, attributes in words.tags if tag == "img")


def test_page_stays_below_what_mail_readers_cut_off_when_names_are_long_and_many() -> None:
    long = "特别长的群名" * 20
    found = [
        make_tracked(
            "unfiled_group",
            number,
            about={"chat_id": f"g{number}", "subject_id": f"g{number}", "subject_name": None},
            group_name=f"{long}{number}",
        )
        for number in range(1, 400)
    ]
    mail = make_mail(make_facts(open=found, new=found))
    assert len(mail.html.encode()) < CLIPPED_FROM_BYTES
    assert "全部399项见Excel" in Words(mail.html).text
    assert mail.text.count(long) >= 399


def test_what_people_wrote_is_no_markup() -> None:
    evil = '<img src=x onerror=alert(1)>"&'
    found = (make_tracked("non_employee", 1, group_name=evil, about={"subject_name": evil, "actor": "hr"}),)
    mail = make_mail(make_facts(open=found, new=found, company_name=evil))
    assert "<img src=x" not in mail.html
    assert [attributes for tag, attributes in Words(mail.html).tags if "onerror" in attributes] == []


def test_numbers_stand_in_a_table_when_no_chart_can_be_drawn() -> None:
    mail = make_mail(believable_day(), with_pictures=False)
    assert mail.pictures == ()
    assert "<img" not in mail.html
    assert "最近的日报" in Words(mail.html).text
    assert make_mail(believable_day()).text == mail.text


def test_there_is_no_trend_when_there_is_no_former_digest() -> None:
    mail = make_mail(first_day(), former=0)
    assert [picture.name for picture in mail.pictures] == ["hands"]
    assert "最近的日报" not in mail.text


def test_trend_ends_today_and_goes_back_no_further_than_fourteen_digests() -> None:
    mail = make_mail(believable_day(), former=20)
    lines = re.findall(r"^· (\d\d-\d\d)：新发现", mail.text, re.MULTILINE)
    assert (len(lines), lines[0], lines[-1]) == (FORMER + 1, "11-08", "11-20")


def test_unknown_figure_is_said_as_unknown_in_the_trend() -> None:
    former = [(date(2026, 11, 19), make_figures(new_count=None, resolved_count=None))]
    report = build(believable_day())
    assert to_days(report, former)[0].new_count is None
    assert "11-19：新发现 未知，已解决 未知" in to_mail(report, former, with_pictures=True).text


def test_data_for_other_systems_say_what_the_message_says() -> None:
    report = build(believable_day())
    data = to_data(report)
    assert data["figures"] == {"groups": 312, "members": 8406, "new": 4, "resolved": 4, "open": 9}
    assert data["verdict"]["task_count"] == len(data["tasks"]) == 4
    assert data["tasks"][0]["finding_ids"] == [1, 2]
    assert [kind["check_id"] for kind in data["kinds"]] == [line.check_id for line in report.kinds]


def test_unknown_is_null_and_never_zero_in_data_for_other_systems() -> None:
    data = to_data(build(refused_day()))
    assert (data["figures"]["new"], data["figures"]["resolved"]) == (None, None)
    assert data["verdict"]["state"] == "not_checked"
