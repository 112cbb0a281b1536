"""Secrets are found where the settings say, and shown nowhere."""

from __future__ import annotations

import json

import pytest

from steward.model.settings import Settings, SettingsError, masked, resolve_secret, warnings
from steward.model.settings.base import SecretSource


def make_settings(**over: object) -> Settings:
    company = {
        "name": "示例公司",
        "corp_id": "ww1234",
        "agents": {"app": {"agent_id": 1, "secret": {"env": "APP"}}},
    }
    return Settings.model_validate({"company": company, **over})


def no_file(path: str) -> str:
    raise FileNotFoundError(path)


def test_a_secret_is_read_from_its_variable_without_the_newline() -> None:
    assert resolve_secret(SecretSource(env="APP"), env={"APP": " hush\n"}, read_file=no_file) == "hush"


def test_a_secret_is_read_from_its_file_without_the_newline() -> None:
    assert (
        resolve_secret(SecretSource(file="k"), env={}, read_file={"k": "\ufeffhush\r\n"}.__getitem__)
        == "hush"
    )


def test_a_secret_is_none_when_it_is_not_set() -> None:
    assert resolve_secret(SecretSource(env="APP"), env={"APP": ""}, read_file=no_file) is None
    assert resolve_secret(SecretSource(file="k"), env={}, read_file=no_file) is None


def test_an_unreadable_secret_file_is_refused_without_its_content() -> None:
    def broken(path: str) -> str:
        return b"hush\xff".decode()

    with pytest.raises(SettingsError) as caught:
        resolve_secret(SecretSource(file="k"), env={}, read_file=broken)
    assert str(caught.value) == (
        "k：密钥文件无法读取：UnicodeDecodeError；可用：只含密钥一行的 UTF-8 文本文件"
    )
    assert caught.value.__context__ is None


def test_the_settings_are_shown_without_secrets() -> None:
    settings = make_settings(people={"bots": {"ops": {"key": {"file": "run/ops.key"}}}})
    shown = masked(settings, {"APP": "hush"}, lambda path: False)
    assert shown["company"]["agents"]["app"]["secret"] == "env:APP (已设置)"
    assert shown["people"]["bots"]["ops"]["key"] == "file:run/ops.key (未设置)"
    assert shown["policies"]["work"]["quiet_from"] == "22:00"
    assert "hush" not in json.dumps(shown)
    assert masked(settings, {}, language="en")["company"]["agents"]["app"]["secret"] == "env:APP (not set)"


def test_a_secret_pasted_in_a_wrong_place_is_not_shown() -> None:
    settings = make_settings(groups={"exclude": ["https://example.com/send?key=hush"]})
    assert masked(settings, {})["groups"]["exclude"] == ["***"]


def test_warnings_name_the_placeholder_absent_secrets_and_missing_receivers_with_lines() -> None:
    text = '[company]\nname = "x"\ncorp_id = "ww0000000000000000"\n[people]\nhr = []\n'
    settings = make_settings()
    settings = settings.model_copy(
        update={"company": settings.company.model_copy(update={"corp_id": "ww0000000000000000"})}
    )
    found = [(problem.line, problem.key) for problem in warnings(settings, {}, text=text)]
    assert found == [
        (1, "company.agents.app.secret"),
        (3, "company.corp_id"),
        (4, "people.admins"),
        (4, "people.general_manager"),
        (5, "people.hr"),
    ]


def test_nothing_is_warned_of_when_all_is_set() -> None:
    people = {"hr": ["a"], "admins": ["b"], "general_manager": "c"}
    assert warnings(make_settings(people=people), {"APP": "x"}) == ()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [("22:00", "22:00", "等于没有静默时段"), ("07:30", "22:00", "14.5 小时，起止是否写反了")],
)
def test_an_odd_quiet_window_is_warned_of(start: str, end: str, said: str) -> None:
    people = {"hr": ["a"], "admins": ["b"], "general_manager": "c"}
    settings = make_settings(people=people, policies={"work": {"quiet_from": start, "quiet_until": end}})
    (problem,) = warnings(settings, {"APP": "x"})
    assert said in problem.text()
