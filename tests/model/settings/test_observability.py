"""Where health is answered, as the settings say it."""

from __future__ import annotations

import pytest

from steward.model.settings import SettingsError, parse_settings, warnings
from steward.model.settings.observability import Address, Observability, to_address

COMPANY = """[company]
name = "示例公司"
corp_id = "ww0123456789abcdef"
agents.app = { agent_id = 1000002, secret = { env = "WECOM_APP_SECRET" } }
"""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9464", Address("127.0.0.1", 9464)),
        ("[::1]:9464", Address("::1", 9464)),
        ("localhost:1", Address("localhost", 1)),
        (" 0.0.0.0:65535 ", Address("0.0.0.0", 65535)),
        ("9464", None),
        (":9464", None),
        ("127.0.0.1", None),
        ("127.0.0.1:65536", None),
        ("::1:9464", None),
        ("http://127.0.0.1:9464", None),
        ("127.0.0.1:９４６４", None),
    ],
)
def test_address_is_read_when_it_is_host_and_port(text: str, address: Address | None) -> None:
    assert to_address(text) == address
    if address is not None:
        assert to_address(str(address)) == address


def test_nothing_is_listened_on_when_it_is_off_or_the_port_is_zero() -> None:
    assert Observability().address == Address("127.0.0.1", 9464)
    assert Observability(enabled=False).address is None
    assert Observability(listen="127.0.0.1:0").address is None


def test_listen_is_refused_with_what_would_be_right_when_it_is_no_address() -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(COMPANY + '[observability]\nlisten = "9464"\n', file="settings.toml")
    for language, words in (("zh", "127.0.0.1:9464"), ("en", "host:port")):
        text = refused.value.text(language)  # type: ignore[arg-type]
        assert "observability.listen" in text
        assert words in text


def test_admin_is_warned_when_others_can_reach_the_port() -> None:
    for listen, warned in (("0.0.0.0:9464", True), ("10.0.0.7:9464", True), ("[::1]:9464", False)):
        settings = parse_settings(COMPANY + f'[observability]\nlisten = "{listen}"\n', file="settings.toml")
        keys = [problem.key for problem in warnings(settings, {})]
        assert ("observability.listen" in keys) is warned
