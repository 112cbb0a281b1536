"""Our WeCom messages as mails."""

from __future__ import annotations

from reports.mail_note import to_mail, to_plain
from tests.reports.test_mail import Words

MARKDOWN = """\
**任务失败：同步群（08:12）**
企业微信 60020：服务器 IP 不在名单里 <b>
> 处理：<font color="warning">**加入 203.0.113.7**</font>，见 [说明](https://steward.example.com/a?b=1&c=2)
之后：运行 `main.py run sync_groups`，<@zhangwei> 请看 [坏的](javascript:alert(1))
"""


def test_first_line_is_the_subject_and_the_words_stay_the_same() -> None:
    mail = to_mail(MARKDOWN, company_name="远山装备", lang="zh")
    assert mail.subject == "群管家：任务失败：同步群（08:12）"
    assert mail.text == (
        "任务失败：同步群（08:12）\n"
        "企业微信 60020：服务器 IP 不在名单里 <b>\n"
        "  处理：加入 203.0.113.7，见 说明 https://steward.example.com/a?b=1&c=2\n"
        "之后：运行 main.py run sync_groups，@zhangwei 请看 [坏的](javascript:alert(1))\n"
    )


def test_page_says_the_same_and_links_to_web_addresses_only() -> None:
    mail = to_mail(MARKDOWN, company_name="<远山>", lang="zh")
    words = Words(mail.html)
    for line in to_plain(MARKDOWN).replace(" https://steward.example.com/a?b=1&c=2", "").splitlines():
        assert line.replace(" ", "") in words.text
    assert [a["href"] for tag, a in words.tags if tag == "a"] == ["https://steward.example.com/a?b=1&c=2"]
    assert "<b>" not in mail.html
    assert "<远山>" not in mail.html
