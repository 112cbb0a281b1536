"""`doctor` on e-mail and webhooks: it connects, encrypts, logs in, and sends nothing."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from steward.cli.diagnosis import Line
from steward.cli.probes_channels import channels
from tests.delivery.mail_server import PASSWORD, USER, Certificate, make_certificate, run_mail_server
from tests.delivery.receiver import run_receiver
from tests.factories import make_settings

ENVIRONMENT = {"T_MAIL": PASSWORD, "T_ERP": "shared-secret"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("ca"))


def look(environment: Mapping[str, str] = ENVIRONMENT, **sections: object) -> dict[str, Line]:
    found = channels(make_settings(**sections), environment, Path("/"))
    return {line.key: line for line in found}


def mail_section(port: int, certificate: Certificate) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": USER,
        "password": {"env": "T_MAIL"},
        "from_address": USER,
        "ca_file": str(certificate.ca_file),
    }


def test_mail_is_fine_when_it_lets_us_in_and_nothing_is_sent(certificate: Certificate) -> None:
    with run_mail_server(certificate, implicit=True, auth=True) as (port, witness):
        found = look(email=mail_section(port, certificate))
        assert (found["email"].state, witness.logins, witness.raw) == ("ok", [USER], [])
        assert "没有试发" in found["email"].detail


def test_place_of_the_password_is_named_when_it_is_wrong_or_missing(certificate: Certificate) -> None:
    with run_mail_server(certificate, implicit=True, auth=True) as (port, _):
        for environment in ({"T_MAIL": "wrong-pass-word"}, {}):
            line = look(environment, email=mail_section(port, certificate))["email"]
            assert line.state == "refused"
            assert "env:T_MAIL" in str(line.remedy)
            assert "wrong-pass-word" not in repr(line)


def test_mail_is_refused_with_its_remedy_when_nobody_listens(certificate: Certificate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    line = look(email=mail_section(port, certificate))["email"]
    assert line.state == "refused"
    assert "[email]" in str(line.remedy)


def test_webhook_is_fine_when_it_can_be_reached_and_nothing_is_asked_of_it(certificate: Certificate) -> None:
    with run_receiver(certificate) as (url, got):
        hook = {"url": url, "secret": {"env": "T_ERP"}, "ca_file": str(certificate.ca_file)}
        assert look(webhooks={"erp": hook})["webhook.erp"].state == "ok"
        untrusted = look(webhooks={"erp": {**hook, "ca_file": None}})["webhook.erp"]
        assert (untrusted.state, got.received) == ("refused", [])
        assert "ca_file" in str(untrusted.remedy)
        assert "env:T_ERP" in look({}, webhooks={"erp": hook})["webhook.erp"].detail


def test_nothing_is_said_when_neither_is_set_up() -> None:
    assert look() == {}
