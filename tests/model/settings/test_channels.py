"""[email] and [webhooks]: what is taken, what is refused and with which words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from steward.model.settings import Settings, SettingsError, parse_settings, warnings
from steward.model.settings.channels import Email, Webhook, is_address, is_loopback

COMPANY = """\
[company]
name = "云杉科技"
corp_id = "ww0123456789abcdef"
[company.agents.app]
agent_id = 1
secret = { env = "A" }
"""
EMAIL = '[email]\nhost = "mail.example.com"\nfrom_address = "steward@example.com"\n'
HOOK = '[webhooks.erp]\nurl = "https://erp.example.com/in"\nsecret = { env = "S" }\n'


def parse(text: str) -> Settings:
    return parse_settings(COMPANY + text, file="settings.toml")


def refused(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return str(caught.value)


def make_email(**over: Any) -> Email:
    return Email(**{"host": "mail.example.com", "from_address": "steward@example.com", **over})


def test_usual_port_goes_with_the_encryption_unless_one_is_written() -> None:
    assert [make_email(tls=tls).port_in_use for tls in ("implicit", "starttls", "none")] == [465, 587, 25]
    assert make_email(port=2525).port_in_use == 2525


def test_everybody_is_told_by_every_channel_that_is_named() -> None:
    people = '[people]\nhr = { users = ["a"], emails = ["hr@example.com"], webhooks = ["erp"] }\n'
    settings = parse(people + EMAIL + HOOK)
    assert settings.people.hr.emails == ("hr@example.com",)
    assert settings.people.hr.webhooks == ("erp",)
    assert not settings.people.hr.is_empty


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[people]\nhr = { emails = ["hr@example.com"] }\n',
            "people.hr.emails：写了收件邮箱，却没有 [email] 一节",
        ),
        (
            '[people]\nadmins = { webhooks = ["epr"] }\n' + HOOK,
            "people.admins.webhooks[1]：没有 [webhooks] 这一项",
        ),
        (EMAIL + 'user = "a"\n', "email：user 和 password 要一起写"),
        (EMAIL + 'tls = "none"\nuser = "a"\npassword = { env = "P" }\n', "密码会以明文经过网络"),
        (EMAIL + 'password = "secret-itself"\n', "email.password：密钥不能直接写在设置里"),
        (
            EMAIL.replace("mail.example.com", "smtp://mail.example.com"),
            "email.host：不是邮件服务器的名字或地址",
        ),
        (EMAIL + 'from_name = "a\\nBcc: b@example.com"\n', "email.from_name：不能只有空格，不能有换行"),
        (EMAIL.replace("steward@", "群管家@"), "email.from_address：不是可用的邮箱地址"),
        (HOOK.replace("https:", "http:"), "webhooks.erp.url：网址要用 https"),
        (
            HOOK.replace("erp.example.com", "a:b@erp.example.com"),
            "webhooks.erp.url：网址里不能带用户名、密码",
        ),
        (HOOK.replace("/in", "/in?token=x"), "webhooks.erp.url：网址里不能带用户名、密码或查询参数"),
    ],
)
def test_slip_is_named_with_its_place(text: str, said: str) -> None:
    told = refused(text)
    assert said in told
    assert "secret-itself" not in told
    assert "a:b@" not in told
    assert "token=x" not in told


def test_name_that_was_meant_is_guessed_when_a_webhook_is_misspelt() -> None:
    assert "是不是 erp？" in refused('[people]\nhr = { webhooks = ["epr"] }\n' + HOOK)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/in", "http://localhost/in", "http://[::1]:8080/in"])
def test_webhook_on_this_machine_may_go_without_encryption(url: str) -> None:
    assert str(Webhook(url=url, secret={"env": "S"}).url) == url  # type: ignore[arg-type]


def test_mail_in_the_clear_is_warned_of_and_on_this_machine_it_is_not() -> None:
    for host, warned in (("mail.example.com", True), ("127.0.0.1", False), ("localhost", False)):
        settings = parse(EMAIL.replace("mail.example.com", host) + 'tls = "none"\n')
        assert ("email.tls" in [problem.key for problem in warnings(settings, {})]) is warned


def test_nobody_is_missed_when_only_mails_are_named() -> None:
    people = '[people]\nhr = { emails = ["hr@example.com"] }\nadmins = { webhooks = ["erp"] }\n'
    keys = [problem.key for problem in warnings(parse(people + EMAIL + HOOK), {})]
    assert "people.hr" not in keys
    assert "people.admins" not in keys


@pytest.mark.parametrize(
    "address", ["a@b", "a.b+c@example.co.uk", "x_1@xn--fiqs8s.example", "o'neil@example.com"]
)
def test_address_is_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b c",
        "a b@c",
        "<a@b>",
        "a@b,c@d",
        "a@b\r\nBcc: c@d",
        "a..b@c",
        ".a@b",
        "a@-b",
        "甲@b",
        "a@甲",
        "x" * 65 + "@b",
        "a@" + "b" * 260,
    ],
)
def test_address_is_refused_when_it_could_be_anything_else(address: str) -> None:
    assert not is_address(address)


def test_this_machine_is_known_by_all_its_names() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST.", "127.0.0.1", "127.8.8.8", "::1", "[::1]")))
    assert not any(map(is_loopback, ("localhost.example.com", "10.0.0.1", "example.com", "")))


def test_secret_is_not_repeated_when_a_whole_section_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        make_email(password="secret-itself", user="a")
    assert "secret-itself" not in str(caught.value)
