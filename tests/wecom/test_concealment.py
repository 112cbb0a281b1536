"""No secret in any text: errors, their repr, tracebacks, logs."""

from __future__ import annotations

import logging
import traceback

import pytest

from steward.wecom import WeComClient, WeComError
from steward.wecom.concealment import conceal
from steward.wecom.webhook import send_to_bot
from tests.wecom.making import BOT_KEY, SECRETS, closed_port_url, make_client
from tests.wecom.replay import Answer, Asked, Raw, Replay, Script

TOKEN = "token-number-one"
ALL = (*SECRETS.values(), BOT_KEY, TOKEN)


def assert_hidden(text: str) -> None:
    assert not [secret for secret in ALL if secret[:12] in text]


def everything_said(error: WeComError) -> str:
    return "\n".join([str(error), repr(error), repr(error.__dict__), *traceback.format_exception(error)])


def failing_calls(client: WeComClient) -> list[WeComError]:
    raised = []
    for ask in (
        lambda: client.call("department/list"),
        lambda: client.call("webhook/send", secret=None, query={"key": BOT_KEY}, body={}, read=False),
        lambda: client.call("department/simplelist", secret="contacts"),
    ):
        with pytest.raises(WeComError) as error:
            ask()
        raised.append(error.value)
    return raised


def echo(asked: Asked) -> Answer:
    told = f"refused https://x/y?access_token={TOKEN}&key={BOT_KEY} plain {TOKEN} {BOT_KEY} {SECRETS['app']}"
    return {"errcode": 60011, "errmsg": told}


def echo_html(asked: Asked) -> Answer:
    return Raw(("x" * 75 + f"{TOKEN} {BOT_KEY} {TOKEN}").encode(), 502)


@pytest.mark.parametrize("script", [echo, echo_html, Raw(cut="before")], ids=["errmsg", "html", "cut"])
def test_error_hides_every_secret_when_wecom_or_a_proxy_repeats_it(script: Script) -> None:
    endpoints = ("department/list", "webhook/send", "department/simplelist")
    with Replay(dict.fromkeys(endpoints, script)) as server:
        for error in failing_calls(make_client(server.base_url)):
            assert_hidden(everything_said(error))


def test_error_hides_every_secret_when_nobody_listens() -> None:
    for error in failing_calls(make_client(closed_port_url())):
        assert_hidden(everything_said(error))


def test_log_hides_every_secret_when_the_library_logs_urls(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Replay(
        {"department/list": {"errcode": 0}, "webhook/send": {"errcode": 93000, "errmsg": "x"}}
    ) as server:
        client = make_client(server.base_url)
        client.call("department/list")
        send_to_bot(client, "hr", {})
    assert "gettoken" in caplog.text
    assert_hidden(caplog.text)


def test_client_hides_every_secret_when_printed() -> None:
    assert_hidden(repr(make_client("https://wecom.invalid")))


def test_hint_of_wecom_is_kept_when_secrets_are_hidden() -> None:
    said = "api forbidden, hint: [1611563216_106_032c7e], from ip: 1.2.3.4, more info at https://x?e=48002"
    assert conceal(said, ["unset"]) == said
