from __future__ import annotations

from typing import Any

import pytest

from reports.admin_alert import AlertFacts, to_message
from reports.fitting import APP_LIMIT_BYTES, size_bytes
from tests.reports.golden import assert_golden
from tests.reports.sample import ZONE, at


def make_alert(**over: Any) -> AlertFacts:
    values: dict[str, Any] = {
        "job": "sync_groups",
        "at": at(20, 8, 12),
        "errcode": 60020,
        "detail": "服务器 IP 不在“企业可信IP”",
        "good_at": at(19, 7, 24),
        "remedy": "企业微信后台 → 应用管理 → Steward → 企业可信IP，加入 203.0.113.7，约 1 分钟生效",
        "next_at": at(20, 8, 42),
        "zone": ZONE,
        "lang": "zh",
    }
    return AlertFacts(**{**values, **over})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_message_says_exactly_this_to_the_admins(lang: str) -> None:
    assert_golden(f"admin_alert.{lang}.md", to_message(make_alert(lang=lang)))


def test_no_number_and_no_remedy_are_made_up_when_nobody_knows() -> None:
    text = to_message(make_alert(job="deliver", errcode=None, remedy=None, next_at=None, detail="disk full"))
    assert text.splitlines() == [
        "**任务失败：发送（08:12）**",
        "disk full",
        "消息都在发件箱里，没有丢失。",
        "之后：运行 `main.py run deliver`。",
    ]


def test_it_is_said_when_there_never_was_any_data() -> None:
    assert "此前从未成功读到" in to_message(make_alert(good_at=None))


def test_the_limit_holds_when_detail_and_remedy_are_endless() -> None:
    text = to_message(make_alert(detail="长" * 5000, remedy="<@all>" * 2000))
    assert size_bytes(text) <= APP_LIMIT_BYTES
    assert "main.py run" in text
    assert "<@" not in text
