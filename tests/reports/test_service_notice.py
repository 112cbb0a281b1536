from __future__ import annotations

from typing import Any

import pytest

from reports.fitting import APP_LIMIT_BYTES, size_bytes
from reports.service_notice import NoticeFacts, to_message
from tests.reports.sample import ZONE, at


def make_notice(kind: Any = "missed", **over: Any) -> NoticeFacts:
    values: dict[str, Any] = {
        "at": at(20, 8, 37),
        "now": at(20, 9, 0),
        "detail": "服务没有运行（11-20 08:00 至 11-20 09:00）",
        "zone": ZONE,
        "lang": "zh",
        "job": "daily_digest",
        "run_id": 7,
    }
    return NoticeFacts(kind=kind, **{**values, **over})


def test_missed_run_says_when_why_and_how_to_make_up_for_it() -> None:
    assert to_message(make_notice()).splitlines() == [
        "**任务没有运行：日报（今天 08:37）**",
        "服务没有运行（11-20 08:00 至 11-20 09:00）",
        "处理：要补做就运行 `main.py run daily_digest`（补某一天加 --as-of 日期）；下一次成功后会再告知。",
    ]


def test_run_that_takes_too_long_says_where_to_look() -> None:
    text = to_message(make_notice("overdue", detail=""))
    assert text.splitlines()[0] == "**任务运行过久：日报（今天 08:37 开始，还没有结束）**"
    assert "`main.py schedule history --run 7`" in text


def test_recovery_is_one_line() -> None:
    text = to_message(make_notice("recovered", detail=""))
    assert text == "**任务恢复正常：日报（今天 08:37）**"


@pytest.mark.parametrize("kind", ["settings_refused", "settings_wait", "settings_in_force"])
def test_settings_are_told_without_a_job(kind: Any) -> None:
    text = to_message(make_notice(kind, job=None, detail="settings.toml:27  x：未知的键"))
    assert "%(" not in text
    assert "settings.toml：27" in text or "settings.toml:27" in text


@pytest.mark.parametrize("kind", ["missed", "overdue", "recovered", "settings_refused", "settings_wait"])
def test_it_speaks_english_where_the_company_does(kind: Any) -> None:
    text = to_message(make_notice(kind, lang="en", detail=""))
    assert text.isascii(), text


def test_what_people_wrote_forges_no_markup_and_the_limit_holds() -> None:
    text = to_message(make_notice(detail="[点我](http://x) **" * 500))
    assert "](http" not in text
    assert size_bytes(text) <= APP_LIMIT_BYTES
