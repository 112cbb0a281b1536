"""Messages to a real HTTP server on loopback: what it gets, and what every answer and every silence means."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.delivery.send import ClaimLost
from steward.delivery.webhook import Endpoint, WebhookSender
from steward.model.delivery import Accepted, NotSent, Outcome, Refused, Unknown
from tests.delivery.mail_server import Certificate, make_certificate
from tests.delivery.receiver import Receiver, run_receiver
from tests.delivery.rows import make_claim, make_row
from tests.delivery.test_email import raw_server

SECRET = "the-secret-both-sides-know"
BODY = {"text": "**群管日报**", "data": {"figures": {"groups": 312, "members": None}}}
GUIDE = Path(__file__).parents[2] / "docs" / "channels.md"
NOW = datetime(2026, 11, 20, 0, 37, tzinfo=UTC)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def receiver() -> Iterator[tuple[str, Receiver]]:
    with run_receiver() as running:
        yield running


def make_sender(url: str, *, now: Callable[[], datetime] = lambda: NOW, **over: Any) -> WebhookSender:
    values: dict[str, Any] = {
        "name": "erp",
        "url": url,
        "secret": lambda: SECRET,
        "secret_place": "env:STEWARD_ERP_SECRET",
        "timeout_s": 2.0,
    }
    return WebhookSender(endpoint=Endpoint(**{**values, **over}), now=now)


def send(url: str, **over: Any) -> Outcome:
    return make_sender(url, **over).send(make_hook_row(), make_claim())


def make_hook_row(**over: Any) -> Any:
    return make_row(
        "daily_digest:2026-11-20:webhook:erp", channel="webhook", recipient="erp", body=BODY, **over
    )


def test_receiver_gets_topic_text_and_figures_when_it_is_sent(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    assert send(url) == Accepted()
    [(path, headers, body)] = got.received
    assert path == "/steward"
    assert headers["Idempotency-Key"] == "daily_digest:2026-11-20:webhook:erp"
    assert (headers["X-Steward-Topic"], headers["X-Steward-Timestamp"]) == (
        "daily_digest",
        str(int(NOW.timestamp())),
    )
    assert json.loads(body) == {
        "topic": "daily_digest",
        "id": "daily_digest:2026-11-20:webhook:erp",
        "created_at": "2026-11-18T00:13:00+00:00",
        **BODY,
    }


def guide_check() -> Callable[..., bool]:
    """Return the function that docs/channels.md gives to whoever writes the receiving end."""
    [snippet] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(snippet, str(GUIDE), "exec"), names)
    check: Callable[..., bool] = names["is_from_steward"]
    return check


def test_check_in_the_guide_takes_what_is_ours_and_nothing_else(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    send(url, now=lambda: datetime.now(UTC))
    [(_, headers, body)] = got.received
    check = guide_check()
    assert check(headers, body, SECRET)
    assert not check(headers, body + b" ", SECRET)
    assert not check(headers, body, "another")
    assert not check({**headers, "X-Steward-Timestamp": str(int(time.time()) - 1)}, body, SECRET)
    assert not check({}, body, SECRET)


def test_check_in_the_guide_refuses_what_is_replayed_later(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    send(url, now=lambda: datetime.now(UTC) - timedelta(minutes=6))
    [(_, headers, body)] = got.received
    assert not guide_check()(headers, body, SECRET)


def test_body_and_key_are_the_same_when_it_is_sent_again(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    for minute, attempts in ((37, 1), (52, 2)):
        sender = make_sender(url, now=lambda minute=minute: NOW.replace(minute=minute))  # type: ignore[misc]
        sender.send(make_hook_row(attempts=attempts), make_claim())
    (_, first, body), (_, second, again) = got.received
    assert body == again
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert first["X-Steward-Signature"] != second["X-Steward-Signature"]


@pytest.mark.parametrize(
    ("status", "headers", "retry_class", "wait"),
    [
        (429, {"Retry-After": "120"}, "wait", timedelta(minutes=2)),
        (429, {"Retry-After": "Fri, 20 Nov 2026 00:47:00 GMT"}, "wait", timedelta(minutes=10)),
        (429, {"Retry-After": "999999999"}, "wait", timedelta(hours=1)),
        (429, {"Retry-After": "soon"}, "wait", timedelta(minutes=1)),
        (429, {}, "wait", timedelta(minutes=1)),
        (503, {"Retry-After": "30"}, "wait", timedelta(seconds=30)),
        (503, {}, "retry", None),
        (408, {}, "retry", None),
        (500, {}, "retry", None),
        (507, {}, "retry", None),
        (400, {}, "never", None),
        (401, {}, "never", None),
        (404, {}, "never", None),
        (418, {}, "never", None),
    ],
)
def test_answer_has_its_class_when_it_is_no_success(
    receiver: tuple[str, Receiver], status: int, headers: dict[str, str], retry_class: str, wait: Any
) -> None:
    url, got = receiver
    got.answer = (status, headers, "缺少字段\n x".encode())
    outcome = send(url)
    assert isinstance(outcome, Refused)
    assert (outcome.errcode, outcome.retry_class, outcome.wait) == (status, retry_class, wait)
    assert outcome.detail == f"webhook erp 回答 HTTP {status} 缺少字段 x"
    assert outcome.remedy


def test_nothing_arrives_when_the_claim_was_lost(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    with pytest.raises(ClaimLost):
        make_sender(url).send(make_hook_row(), make_claim(is_ours=False))
    assert got.received == []


def test_redirect_is_refused_and_not_followed(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    with run_receiver() as (elsewhere, other):
        got.answer = (307, {"Location": elsewhere}, b"")
        outcome = send(url)
        assert isinstance(outcome, Refused)
        assert outcome.retry_class == "never"
        assert "最终的网址" in str(outcome.remedy)
        assert other.received == []


@pytest.mark.parametrize("over", [{"dies": True}, {"silent_s": 1.0}], ids=["hangs up", "stays silent"])
def test_end_is_unknown_when_no_answer_comes(receiver: tuple[str, Receiver], over: dict[str, Any]) -> None:
    url, got = receiver
    for name, value in over.items():
        setattr(got, name, value)
    outcome = send(url, timeout_s=0.2)
    assert isinstance(outcome, Unknown)
    assert len(got.received) == 1


def test_end_is_unknown_when_the_answer_is_no_http() -> None:
    def babble(connection: socket.socket) -> None:
        connection.recv(100_000)
        connection.sendall(b"what?\r\n\r\n")

    with raw_server(babble) as port:
        assert isinstance(send(f"http://127.0.0.1:{port}/"), Unknown)


def test_nothing_was_sent_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    outcome = send(f"http://127.0.0.1:{port}/")
    assert isinstance(outcome, NotSent)
    assert "[webhooks.erp]" in str(outcome.remedy)


def test_message_arrives_when_the_companys_own_authority_is_named(certificate: Certificate) -> None:
    with run_receiver(certificate) as (url, got):
        assert send(url, ca_file=certificate.ca_file) == Accepted()
        assert len(got.received) == 1


def test_nothing_leaves_when_the_certificate_is_not_trusted(certificate: Certificate) -> None:
    with run_receiver(certificate) as (url, got):
        outcome = send(url)
        assert isinstance(outcome, NotSent)
        assert "证书不可信" in outcome.detail
        assert "ca_file" in str(outcome.remedy)
        assert got.received == []


def test_nothing_leaves_when_the_certificate_is_for_another_name(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, name="erp.elsewhere.example")
    with run_receiver(other) as (url, got):
        outcome = send(url, ca_file=other.ca_file)
        assert isinstance(outcome, NotSent)
        assert got.received == []


def test_encryption_is_named_when_the_port_speaks_without(receiver: tuple[str, Receiver]) -> None:
    outcome = send(receiver[0].replace("http:", "https:"))
    assert isinstance(outcome, NotSent)
    assert "加密协商失败" in outcome.detail


def test_place_of_the_secret_is_named_when_it_is_not_set(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    outcome = send(url, secret=lambda: None)
    assert isinstance(outcome, Refused)
    assert outcome.retry_class == "never"
    assert "env:STEWARD_ERP_SECRET" in str(outcome.remedy)
    assert got.received == []


def test_secret_and_address_are_nowhere_when_something_goes_wrong(receiver: tuple[str, Receiver]) -> None:
    url, got = receiver
    got.answer = (500, {}, b"broken")
    sender = make_sender(url)
    assert SECRET not in repr(sender)
    assert "127.0.0.1" not in repr(sender.send(make_hook_row(), make_claim()))


def test_key_of_other_letters_is_told_by_its_digest_when_a_header_cannot_hold_it(
    receiver: tuple[str, Receiver],
) -> None:
    url, got = receiver
    row = replace(make_hook_row(), idempotency_key="日报\r\nX-Evil: 1")
    assert make_sender(url).send(row, make_claim()) == Accepted()
    [(_, headers, body)] = got.received
    assert re.fullmatch(r"[0-9a-f]{64}", headers["Idempotency-Key"])
    assert "X-Evil" not in headers
    assert json.loads(body)["id"] == "日报\r\nX-Evil: 1"
