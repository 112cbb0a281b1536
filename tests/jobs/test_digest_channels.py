"""The digest and the alerts by e-mail and webhook: who gets what, once, with the files beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.cli.run import run_job
from steward.delivery.email_message import Identity, compose
from steward.model.delivery import Refused
from steward.store.database import Database
from steward.store.outbox import OutboxRow
from tests.factories import make_delivery
from tests.jobs.home import FRIDAY, THURSDAY, Home, at, outsider

EMAIL = {"host": "mail.example.com", "from_address": "steward@example.com"}
HOOK = {"erp": {"url": "https://erp.example.com/steward", "secret": {"env": "X"}}}
PEOPLE = {
    "hr": {"emails": ["hr@example.com", "office@example.com"], "webhooks": ["erp"]},
    "admins": {"emails": ["it@example.com"], "webhooks": ["erp"]},
}


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    found = Home(database, tmp_path, people=PEOPLE, email=EMAIL, webhooks=HOOK)
    found.directory()
    found.group("owner", "lisi", outsider("wm1"))
    return found


def digests(home: Home, channel: str) -> list[OutboxRow]:
    return [row for row in home.queued("daily_digest") if row.channel == channel]


def test_each_address_gets_one_mail_a_day_however_often_the_job_is_run(home: Home) -> None:
    home.run("check_members", THURSDAY)
    for minute in (37, 47):
        home.run("daily_digest", THURSDAY, 8, minute)
    assert [row.recipient for row in digests(home, "email")] == ["hr@example.com", "office@example.com"]
    assert [row.recipient for row in digests(home, "webhook")] == ["erp"]


def test_mail_can_be_composed_with_its_charts_and_its_workbook(home: Home) -> None:
    for day in (THURSDAY, FRIDAY):
        home.directory(day=day)
        home.run("check_members", day)
        home.run("daily_digest", day, 8, 37)
    row = digests(home, "email")[-1]
    identity = Identity(address="steward@example.com", name="群管家")
    raw = compose(row, [row.recipient], identity, home.house.files)
    assert [one["filename"] for one in row.body["attachments"]] == ["群管日报_2026-11-20.xlsx"]
    assert len(raw) > 10_000
    for picture in row.body["inline"]:
        assert f"cid:{picture['cid']}" in row.body["html"]


def test_webhook_gets_the_text_and_the_figures(home: Home) -> None:
    home.run("check_members", THURSDAY)
    home.run("daily_digest", THURSDAY, 8, 37)
    [row] = digests(home, "webhook")
    assert row.body["text"].startswith("**群管日报")
    assert row.body["data"]["figures"]["open"] == 1
    assert row.body["data"]["day"] == "2026-11-19"


def test_charts_go_with_the_report_they_belong_to(home: Home) -> None:
    for day in (THURSDAY, FRIDAY):
        home.run("daily_digest", day, 8, 37)
    home.clock.set(at(FRIDAY) + timedelta(days=3000))
    run_job(home.house, "housekeeping", home.clock.now())
    assert [path for path in (home.house.files / "reports").rglob("*") if path.is_file()] == []


def test_admins_are_told_by_mail_and_webhook_when_a_message_is_given_up(home: Home) -> None:
    home.clock.set(at(THURSDAY))
    with home.house.database.begin() as connection:
        message = make_delivery("one", topic="test", channel="email", recipient="a@b.example", body=_mail())
        home.house.gate.enqueue(connection, [message], now=home.clock.now())
    refusal = Refused(
        errcode=550, detail="提交收件人时被拒绝：550", retry_class="never", remedy="核对邮箱地址"
    )
    home.script.answers = [refusal]
    home.run("deliver", THURSDAY, 9)
    alerts = {row.channel: row for row in home.queued("admin_alert")}
    assert set(alerts) == {"email", "webhook"}
    assert alerts["email"].recipient == "it@example.com"
    assert alerts["email"].body["subject"].startswith("群管家：任务失败")
    for text in (alerts["email"].body["text"], alerts["email"].body["html"], alerts["webhook"].body["text"]):
        assert "核对邮箱地址" in text
        assert "企业微信 550" not in text


def _mail() -> dict[str, Any]:
    return {"subject": "x", "text": "y"}
