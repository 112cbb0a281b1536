"""The one call: where it goes, what it retries, what it makes of bad answers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from steward.wecom.address import to_base_url
from steward.wecom.errors import BadAnswer, Busy, NoAnswer, NotConfigured, Refused, TooOften
from tests.wecom.making import NOW, Clock, closed_port_url, full_port_url, make_client
from tests.wecom.replay import Answer, Raw, Replay

OK = {"errcode": 0, "errmsg": "ok", "department": []}
HTML = Raw(b"<html><body>502 Bad Gateway</body></html>", 502)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://qyapi.weixin.qq.com", "https://qyapi.weixin.qq.com/cgi-bin/"),
        ("https://qyapi.weixin.qq.com/", "https://qyapi.weixin.qq.com/cgi-bin/"),
        ("https://qyapi.weixin.qq.com/cgi-bin", "https://qyapi.weixin.qq.com/cgi-bin/"),
        ("http://proxy:8080/wecom/cgi-bin/", "http://proxy:8080/wecom/cgi-bin/"),
    ],
)
def test_cgi_bin_is_added_when_the_address_has_no_path(given: str, used: str) -> None:
    assert to_base_url(given) == used


def test_body_is_raw_utf8_with_sorted_keys_when_posted() -> None:
    with Replay({"appchat/create": {"errcode": 0}}) as server:
        make_client(server.base_url).call("appchat/create", body={"name": "华东", "a": 1}, read=False)
    asked = server.asked_of("appchat/create")[0]
    assert asked.body == '{"a":1,"name":"华东"}'.encode()
    assert asked.query == {"access_token": "token-number-one"}


def test_missing_or_text_errcode_is_taken_as_wecom_means_it_when_answered() -> None:
    with Replay(
        {"a": {"x": 1}, "b": {"errcode": "0", "x": 1}, "c": {"errcode": "60111", "errmsg": "no"}}
    ) as server:
        client = make_client(server.base_url)
        assert client.call("a")["x"] == client.call("b")["x"] == 1
        with pytest.raises(Refused) as refused:
            client.call("c")
    assert refused.value.errcode == 60111


def test_errcode_decides_when_http_status_is_500() -> None:
    with Replay({"a": Raw(b'{"errcode":60111,"errmsg":"gone"}', 500)}) as server, pytest.raises(Refused):
        make_client(server.base_url).call("a")


@pytest.mark.parametrize(
    "body",
    [b"<html>login</html>", b"", b"null", b"[]", b'{"errcode":0,"depa', b"\xff\xfe\xfa", b"[" * 100_000],
    ids=["html", "empty", "null", "list", "cut", "not-utf8", "deep"],
)
def test_answer_is_bad_and_names_the_endpoint_when_it_is_no_json_object(body: bytes) -> None:
    with Replay({"department/list": Raw(body)}) as server, pytest.raises(BadAnswer) as bad:
        make_client(server.base_url).call("department/list")
    assert "department/list" in str(bad.value)
    assert "\n" not in str(bad.value)
    assert len(server.asked_of("department/list")) == 4


def test_redirect_is_not_followed_when_an_answer_is_one() -> None:
    with Replay({"a": Raw(b"moved", 302, location="/cgi-bin/b"), "b": OK}) as server:
        with pytest.raises(BadAnswer, match="302"):
            make_client(server.base_url).call("a")
        assert server.asked_of("b") == []


def test_password_file_and_proxy_of_the_machine_are_left_alone_when_the_server_is_on_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", closed_port_url())
    monkeypatch.delenv("no_proxy", raising=False)
    with Replay({"a": OK}) as server:
        make_client(server.base_url).call("a")
    assert "Authorization" not in server.asked_of("a")[0].headers


def test_error_stays_short_when_the_answer_is_a_long_page() -> None:
    with Replay({"a": Raw(b"<html>" + b"x" * 5000)}) as server, pytest.raises(BadAnswer) as bad:
        make_client(server.base_url).call("a")
    assert len(str(bad.value)) < 300


@pytest.mark.parametrize(
    "fault", [HTML, Raw(cut="before"), Raw(b'{"errcode":0', cut="inside"), {"errcode": -1}]
)
def test_read_succeeds_when_the_fault_passes_within_three_retries(fault: Answer) -> None:
    clock = Clock()
    with Replay({"department/list": [fault, fault, fault, OK]}) as server:
        assert make_client(server.base_url, clock).call("department/list") == OK
    assert len(clock.slept_s) == 3
    assert max(clock.slept_s) <= 5


def test_read_gives_up_after_four_tries_when_wecom_stays_busy() -> None:
    with Replay({"a": {"errcode": -1, "errmsg": "system busy"}}) as server, pytest.raises(Busy):
        make_client(server.base_url).call("a")
    assert len(server.asked_of("a")) == 4


def test_unknown_errcode_is_tried_three_times_when_it_stays() -> None:
    with Replay({"a": {"errcode": 987654, "errmsg": "new"}}) as server, pytest.raises(Busy, match="987654"):
        make_client(server.base_url).call("a")
    assert len(server.asked_of("a")) == 3


@pytest.mark.parametrize("fault", [HTML, Raw(cut="before"), {"errcode": -1}, {"errcode": 45009}])
def test_send_leaves_once_when_it_fails(fault: Answer) -> None:
    with Replay({"appchat/send": fault}) as server, pytest.raises((BadAnswer, NoAnswer, Busy, TooOften)):
        make_client(server.base_url).call("appchat/send", body={}, read=False)
    assert len(server.asked_of("appchat/send")) == 1


def test_request_surely_did_not_arrive_when_nobody_listens() -> None:
    client = make_client(closed_port_url())
    with pytest.raises(NoAnswer) as gone:
        client.call("webhook/send", secret=None, body={}, read=False)
    assert gone.value.maybe_arrived is False


def test_request_surely_did_not_arrive_when_the_connection_takes_too_long() -> None:
    with full_port_url() as url, pytest.raises(NoAnswer, match="ConnectTimeout") as gone:
        make_client(url, connect_timeout_s=0.05).call("webhook/send", secret=None, body={}, read=False)
    assert gone.value.maybe_arrived is False


def test_request_may_have_arrived_when_the_connection_is_cut_after_it() -> None:
    with Replay({"webhook/send": Raw(cut="before")}) as server, pytest.raises(NoAnswer) as gone:
        make_client(server.base_url).call("webhook/send", secret=None, body={}, read=False)
    assert gone.value.maybe_arrived is True
    assert len(server.asked) == 1


def test_missing_credential_is_named_with_its_setting_when_the_server_is_a_real_one() -> None:
    client = make_client("https://wecom.invalid", secrets={"app": "x" * 20}, bot_keys={}, agent_id=None)
    with pytest.raises(NotConfigured, match=r"company\.agents\.archive"):
        client.call("msgaudit/groupchat/get", secret="archive", body={})
    with pytest.raises(NotConfigured, match=r"people\.bots\.sales"):
        client.bot_key("sales", "webhook/send")
    with pytest.raises(NotConfigured, match="agent_id"):
        client.agent_id("message/send")


def test_unset_secret_is_sent_as_unset_when_the_server_is_on_loopback() -> None:
    with Replay({"msgaudit/groupchat/get": OK}) as server:
        make_client(server.base_url, secrets={}).call("msgaudit/groupchat/get", secret="archive", body={})
    assert server.asked_of("gettoken")[0].query["corpsecret"] == "unset"


def test_every_exchange_is_told_when_somebody_listens() -> None:
    told: list[tuple[str, str]] = []
    with Replay({"a": [HTML, {"errcode": 60111, "errmsg": "no"}]}) as server:
        client = make_client(server.base_url, on_call=lambda endpoint, code, _: told.append((endpoint, code)))
        with pytest.raises(Refused):
            client.call("a")
    assert told == [("gettoken", "0"), ("a", "unreadable"), ("a", "60111")]


def test_silence_is_told_from_no_connection_when_no_answer_comes() -> None:
    told: list[tuple[str, str]] = []

    def note(endpoint: str, errcode: str, _: float) -> None:
        told.append((endpoint, errcode))

    with full_port_url() as url, pytest.raises(NoAnswer):
        make_client(url, on_call=note, connect_timeout_s=0.05).call("a", secret=None, read=False)
    with pytest.raises(NoAnswer):
        make_client(closed_port_url(), on_call=note).call("a", secret=None, read=False)
    assert told == [("a", "timeout"), ("a", "none")]


def test_call_is_answered_when_whoever_counts_it_fails() -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("counting")

    with Replay({"a": [OK]}) as server:
        assert make_client(server.base_url, on_call=fail).call("a") == OK


def test_tokens_and_refused_secrets_are_told_when_somebody_asks() -> None:
    tokens: list[str] = []
    with Replay({"a": [OK]}) as server:
        client = make_client(server.base_url, on_token=tokens.append)
        client.call("a")
        assert client.refused_secrets(NOW) == {}
    assert len(tokens) == 1
    with Replay({"gettoken": {"errcode": 40001, "errmsg": "invalid credential"}}) as server:
        client = make_client(server.base_url, secrets={"app": "a-secret-nobody-else-has"})
        with pytest.raises(Refused):
            client.call("a")
    assert client.refused_secrets(NOW)["app"].errcode == 40001
    assert client.refused_secrets(NOW + timedelta(hours=1)) == {}


def test_minute_limit_is_waited_out_when_a_read_meets_it() -> None:
    clock = Clock()
    with Replay({"a": [{"errcode": 45009, "errmsg": "api freq out of limit"}, OK]}) as server:
        assert make_client(server.base_url, clock).call("a") == OK
    assert clock.slept_s == [60.0]


def test_hour_limit_is_raised_with_its_wait_when_a_read_meets_it() -> None:
    clock = Clock()
    answer = {"errcode": 45009, "errmsg": "api hourly freq out of limit"}
    with Replay({"a": answer}) as server, pytest.raises(TooOften) as often:
        make_client(server.base_url, clock).call("a")
    assert often.value.wait.total_seconds() == 3600
    assert clock.slept_s == []
    assert len(server.asked_of("a")) == 1
