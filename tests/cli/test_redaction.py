"""A secret comes out of the log in no form whatever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.cli.redaction import LONGEST_TEXT, SHORTEST, Redactor, resolved_secrets
from tests.factories import make_settings

NASTY = (
    'a"b\\c.*+?[9]',
    "tab\there-and\nline",
    "p%40ss & more=1",
    "密码是这个吗",
    "x'y\"z'0123",
    "${HOME}/^$|(",
)
SECRETS = (
    st.text(min_size=6, max_size=40).map(str.strip).filter(lambda text: len(text) >= 6 and "*" not in text)
)


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    redactor.know(secrets)
    return redactor


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_known_secret_never_comes_out_when_it_stands_in_any_text_or_field(
    secret: str, before: str, after: str
) -> None:
    redactor = knowing(secret)
    text = f"{before} {secret} {after}"
    nested = {
        "a": [text, {"b": (text, {secret: 1})}],
        "error": ValueError(text),
        "bytes": text.encode("utf8", "replace"),
    }
    assert secret not in redactor.text(text)
    assert all(secret not in leaf for leaf in leaves(redactor.value(nested)))


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(leaf for inner in value.values() for leaf in leaves(inner))]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("secret", NASTY)
@pytest.mark.parametrize(
    "encode",
    [
        str,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        repr,
        lambda text: quote(text, safe=""),
        quote_plus,
        lambda text: json.dumps(json.dumps({"x": text})),
        lambda text: repr({"x": repr(text)}),
        lambda text: quote(quote(text, safe=""), safe=""),
    ],
)
def test_known_secret_is_hidden_when_it_was_escaped_on_the_way(secret: str, encode: Any) -> None:
    said = f"HTTP 400 {encode(secret)} end"
    hidden = knowing(secret).text(said)
    assert encode(secret).strip("'\"") not in hidden
    assert secret not in hidden
    assert hidden.startswith("HTTP 400 ")
    assert hidden.endswith(" end")


@pytest.mark.parametrize(
    "text",
    [
        "GET /cgi-bin/user/get?access_token=VALUE-1&userid=a",
        "gettoken?corpid=ww1&corpsecret=VALUE-1",
        "webhook/send?key=VALUE-1",
        '{"access_token": "VALUE-1", "errcode": 0}',
        '"{\\"secret\\": \\"VALUE-1\\"}"',
        "Authorization: Bearer VALUE-1",
        "{'Authorization': 'Basic VALUE-1=='}",
        "proxy-authorization: VALUE-1",
        "postgresql://steward:VALUE-1@db/steward",
        "password=VALUE-1 host=db",
    ],
)
def test_secret_nobody_knew_is_hidden_when_it_stands_where_secrets_stand(text: str) -> None:
    assert "VALUE-1" not in Redactor().text(text)


def test_field_is_hidden_whatever_it_holds_when_its_name_is_a_secrets() -> None:
    shown = Redactor().fields(
        {
            "password": "x",
            "bot_key": ["x"],
            "Authorization": {"a": "x"},
            "token": "",
            "idempotency_key": "daily:1",
        }
    )
    assert shown == {
        "password": "***",
        "bot_key": "***",
        "Authorization": "***",
        "token": "",
        "idempotency_key": "daily:1",
    }


def test_ordinary_values_stay_as_they_are_when_nothing_is_secret_in_them() -> None:
    line = {
        "event": "日报已发送：华东项目群",
        "run_id": 7,
        "ok": True,
        "none": None,
        "share": 0.5,
        "list": [1, "a"],
    }
    assert knowing("s3cret-value").fields(line) == line


def test_number_is_hidden_when_the_secret_is_a_number() -> None:
    assert knowing("20261120").value({"pin": 20261120, "n": 1}) == {"pin": "***", "n": 1}


def test_short_secret_is_hidden_as_a_word_and_leaves_longer_words_alone() -> None:
    redactor = knowing("pass", "ab")
    assert redactor.text("pass, passage, (pass) ab") == "***, passage, (***) ab"
    assert SHORTEST == 4


def test_password_of_a_url_is_hidden_alone_too_when_the_url_is_the_secret() -> None:
    redactor = knowing("postgresql://steward:p%40ss-word@db/steward")
    assert redactor.text("said p@ss-word and p%40ss-word") == "said *** and ***"


def test_text_is_cut_only_after_the_secret_in_it_was_hidden() -> None:
    cut = knowing("s3cret-value").text("x" * (LONGEST_TEXT - 6) + "s3cret-value and more")
    assert "s3cret" not in cut
    assert len(cut) == LONGEST_TEXT + 1


def test_value_that_cannot_be_written_is_named_by_its_kind() -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no")

    assert Redactor().value(Unspeakable()) == "<Unspeakable>"
    looped: list[Any] = []
    looped.append(looped)
    assert written(Redactor().value(looped))


def test_tokens_are_hidden_and_old_ones_forgotten_when_many_pass() -> None:
    redactor = knowing("s3cret-value")
    for number in range(40):
        redactor.know_token(f"token-number-{number:03}")
    assert redactor.text("token-number-039 s3cret-value") == "*** ***"
    assert redactor.text("token-number-000") == "token-number-000"


def test_every_secret_the_settings_name_is_found_when_it_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "bot.key").write_text("bot-key-0123456789\n", encoding="utf8")
    (tmp_path / "broken").write_bytes(b"\xff\xfe\xfa")
    settings = make_settings(
        database={"url": {"env": "DB"}},
        people={"bots": {"hr": {"key": {"file": "bot.key"}}, "x": {"key": {"file": "broken"}}}},
        schedules={"deliver": {"every_minutes": 1, "ping_url": "https://hc.example/ping-uuid-1"}},
    )
    env = {"WECOM_APP_SECRET": "app-secret-01234", "DB": "postgresql://a:b12345@c/d"}
    found = resolved_secrets(settings, env, tmp_path)
    assert set(found) == {
        "app-secret-01234",
        "bot-key-0123456789",
        "postgresql://a:b12345@c/d",
        "https://hc.example/ping-uuid-1",
    }
