"""One day's digest by app, bot, e-mail and webhook: the same facts in all of them, each exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from tests.delivery.mail_server import Witness, run_mail_server
from tests.delivery.receiver import Receiver, run_receiver
from tests.delivery.test_webhook import guide_check
from tests.reports.test_mail import Words
from tests.scenarios.town import THURSDAY, WEDNESDAY, Town, open_town

HR = ', emails = ["hr@example.com", "office@example.com"], webhooks = ["erp"]'
SECTIONS = """\
[email]
host = "127.0.0.1"
port = {port}
tls = "none"
from_address = "steward@example.com"
[webhooks.erp]
url = "{url}"
secret = {{ file = "erp.secret" }}
"""


class Company(NamedTuple):
    """A town, its mail server and a system of its own."""

    town: Town
    mails: Witness
    erp: Receiver


@contextmanager
def open_company(folder: Path) -> Iterator[Company]:
    (folder / "erp.secret").write_text("shared-secret\n", encoding="utf8")
    with ExitStack() as stack:
        port, mails = stack.enter_context(run_mail_server())
        url, erp = stack.enter_context(run_receiver())
        sections = SECTIONS.format(port=port, url=url)
        town = stack.enter_context(open_town(folder, hr_bot=True, hr_more=HR, more=sections))
        yield Company(town, mails, erp)


def digest_of(company: Company, kind: str) -> list[str]:
    """Return the digests that arrived by app or by bot."""
    endpoint = {"app": "message/send", "bot": "webhook/send"}[kind]
    texts = [
        one["body"]["markdown"]["content"]
        for one in company.town.received(endpoint)
        if "markdown" in one["body"]
    ]
    return [text for text in texts if "群管日报" in text]


def figures_in(text: str) -> dict[str, str]:
    """Return the five figures as a text says them."""
    names = {"群": "groups", "成员": "members", "新发现": "new", "已解决": "resolved", "未了结": "open"}
    found: dict[str, str] = {}
    for name, value in re.findall(r"(群|成员|新发现|已解决|未了结)\s([\d,]+|未知)", text):
        found.setdefault(names[name], value.replace(",", ""))
    return found


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def test_digest_says_the_same_by_every_channel_on_the_second_day(tmp_path: Path) -> None:
    with open_company(tmp_path) as company:
        for day in (WEDNESDAY, THURSDAY):
            company.town.live(day)
        app, bot = digest_of(company, "app")[-1], digest_of(company, "bot")[-1]
        mail = company.mails.mails[-1]
        [_, _, body] = company.erp.received[-1]
        posted = json.loads(body)
        lead = re.search(r"需要您处理 \d+ 项", app)
        assert lead is not None
        text, page = part(mail, "plain"), Words(part(mail, "html")).text
        for said in (bot, text, str(mail["Subject"]), posted["text"]):
            assert lead[0] in said
        assert lead[0].replace(" ", "") in page
        figures = {name: str(value) for name, value in posted["data"]["figures"].items()}
        assert figures_in(app) == figures_in(text) == figures
        groups = [task["group"] for task in posted["data"]["tasks"][:8]]
        assert groups
        for group in groups:
            assert group in text
            assert group.replace(" ", "") in page


def test_everybody_gets_one_digest_a_day_with_the_workbook_and_a_signature(tmp_path: Path) -> None:
    with open_company(tmp_path) as company:
        company.town.live(WEDNESDAY)
        company.town.run("deliver")
        assert sorted(to for _, to, _ in company.mails.raw) == [["hr@example.com"], ["office@example.com"]]
        for mail in company.mails.mails:
            [workbook] = [one for one in mail.walk() if one.get_content_disposition() == "attachment"]
            assert workbook.get_filename() == f"群管日报_{WEDNESDAY}.xlsx"
        [(_, headers, body)] = company.erp.received
        assert guide_check()(headers, body, "shared-secret", at_most_s=10**10)
        assert {row.status for row in company.town.outbox if row.topic == "daily_digest"} == {"sent"}


def test_digest_arrives_once_at_each_address_when_one_is_put_off(tmp_path: Path) -> None:
    with open_company(tmp_path) as company:
        company.mails.faults.recipients["office@example.com"] = "450 greylisted"
        company.town.live(WEDNESDAY)
        assert [to for _, to, _ in company.mails.raw] == [["hr@example.com"]]
        company.mails.faults.recipients.clear()
        company.town.deliver_for(1)
        assert [to for _, to, _ in company.mails.raw] == [["hr@example.com"], ["office@example.com"]]


def test_mail_waits_for_a_person_when_nobody_knows_whether_it_arrived(tmp_path: Path) -> None:
    with open_company(tmp_path) as company:
        company.mails.faults.take_and_die = True
        company.town.live(WEDNESDAY)
        states: dict[str, Any] = {
            row.recipient: row.status for row in company.town.outbox if row.channel == "email"
        }
        assert states == {"hr@example.com": "unknown", "office@example.com": "unknown"}
        company.mails.faults.take_and_die = False
        company.town.deliver_for(1)
        assert len(company.mails.raw) == 2
