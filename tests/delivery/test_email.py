"""Mails through a real SMTP server on loopback: what arrives, and what every way of going wrong means."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.delivery.email import EmailSender
from steward.delivery.email_message import Identity
from steward.delivery.send import ClaimLost
from steward.delivery.smtp import MailServer
from steward.model.delivery import Accepted, NotSent, Outcome, Refused, Unknown
from tests.delivery.mail_server import (
    PASSWORD,
    USER,
    Certificate,
    Faults,
    Witness,
    make_certificate,
    run_mail_server,
)
from tests.delivery.rows import make_claim, make_row

IDENTITY = Identity(address="steward@example.com", name="群管家")
MAIL = {"subject": "群管日报 11月20日：需要您处理 3 项", "text": "需要您处理 3 项\n.\n..点\n"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def mailbox() -> Iterator[tuple[int, Witness]]:
    with run_mail_server() as running:
        yield running


def make_sender(port: int, files: Path = Path("/nonexistent"), **over: Any) -> EmailSender:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout_s": 2.0, **over}
    return EmailSender(server=MailServer(**values), identity=IDENTITY, files=files)


def send(port: int, recipient: str = "hr@example.com", *, body: Any = MAIL, **over: Any) -> Outcome:
    row = make_row(channel="email", recipient=recipient, body=body, topic="daily_digest")
    return make_sender(port, **over).send(row, make_claim())


def login(password: str | None = PASSWORD) -> dict[str, Any]:
    return {"user": USER, "password": lambda: password, "secret_place": "env:STEWARD_SMTP_PASSWORD"}


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run something that is no mail server, or a very bad one, for one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            connection, _ = listening.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def read_line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and (byte := connection.recv(1)):
        line += byte
    return line


def test_mail_arrives_as_it_was_written_when_all_goes_well(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    outcome = send(port)
    [(sender, recipients, _)] = witness.raw
    [mail] = witness.mails
    assert (sender, recipients) == ("steward@example.com", ["hr@example.com"])
    assert str(mail["Subject"]) == MAIL["subject"]
    assert str(mail["From"]) == "群管家 <steward@example.com>"
    assert mail.get_content().replace("\r\n", "\n") == MAIL["text"]
    assert outcome == Accepted(message_id=str(mail["Message-ID"]))


@pytest.mark.parametrize("implicit", [True, False])
def test_mail_is_encrypted_and_logged_in_when_the_settings_say_so(
    certificate: Certificate, implicit: bool
) -> None:
    with run_mail_server(certificate, implicit=implicit, auth=True) as (port, witness):
        tls = "implicit" if implicit else "starttls"
        outcome = send(port, tls=tls, ca_file=certificate.ca_file, **login())
        assert isinstance(outcome, Accepted), outcome
        assert witness.logins == [USER]
        assert len(witness.raw) == 1


@pytest.mark.parametrize("implicit", [True, False])
def test_nothing_leaves_when_the_certificate_is_not_trusted(certificate: Certificate, implicit: bool) -> None:
    with run_mail_server(certificate, implicit=implicit, auth=True) as (port, witness):
        outcome = send(port, tls="implicit" if implicit else "starttls", **login())
        assert isinstance(outcome, NotSent)
        assert "证书不可信" in outcome.detail
        assert "ca_file" in str(outcome.remedy)
        assert witness.logins == witness.raw == []


def test_nothing_leaves_when_the_certificate_is_for_another_name(tmp_path: Path) -> None:
    other = make_certificate(tmp_path, name="mail.elsewhere.example")
    with run_mail_server(other, implicit=True) as (port, witness):
        outcome = send(port, tls="implicit", ca_file=other.ca_file)
        assert isinstance(outcome, NotSent)
        assert "证书不可信" in outcome.detail
        assert witness.raw == []


def test_no_password_leaves_when_the_server_offers_no_starttls(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    outcome = send(port, tls="starttls", **login())
    assert outcome == NotSent(
        detail="与邮件服务器建立加密失败：服务器不提供 STARTTLS",
        remedy='[email] 改为 tls = "implicit"（465 端口）；密码和邮件绝不明文发送',
    )
    assert witness.logins == witness.raw == []


def test_encryption_is_named_when_the_port_speaks_without(mailbox: tuple[int, Witness]) -> None:
    outcome = send(mailbox[0], tls="implicit")
    assert isinstance(outcome, NotSent)
    assert "加密协商失败" in outcome.detail
    assert "implicit 465" in str(outcome.remedy)


def test_place_of_the_password_is_named_and_the_password_is_not_when_it_is_wrong(
    certificate: Certificate,
) -> None:
    with run_mail_server(certificate, implicit=True, auth=True) as (port, witness):
        outcome = send(port, tls="implicit", ca_file=certificate.ca_file, **login("wrong-pass-word"))
        assert isinstance(outcome, Refused)
        assert (outcome.errcode, outcome.retry_class) == (535, "never")
        assert "env:STEWARD_SMTP_PASSWORD" in str(outcome.remedy)
        assert "wrong-pass-word" not in repr(outcome)
        assert "5.7.8" in outcome.detail
        assert witness.raw == []


@pytest.mark.parametrize(("password", "said"), [(None, "没有设置"), ("密码", "非 ASCII")])
def test_password_is_not_tried_when_it_cannot_be_right(
    mailbox: tuple[int, Witness], password: str | None, said: str
) -> None:
    outcome = send(mailbox[0], **login(password))
    assert isinstance(outcome, Refused)
    assert outcome.retry_class == "never"
    assert said in outcome.detail
    assert "env:STEWARD_SMTP_PASSWORD" in str(outcome.remedy)
    assert "密码" not in outcome.detail.replace("邮件密码", "")


def test_login_is_refused_by_name_when_the_server_offers_none(mailbox: tuple[int, Witness]) -> None:
    outcome = send(mailbox[0], **login())
    assert isinstance(outcome, NotSent)
    assert "服务器不提供登录" in outcome.detail


def test_nothing_is_sent_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    outcome = send(port)
    assert isinstance(outcome, NotSent)
    assert "host 和 port" in str(outcome.remedy)


def test_nothing_is_sent_when_the_name_is_unknown() -> None:
    from steward.delivery.smtp_outcomes import judge_error

    outcome = judge_error("connect", socket.gaierror(-2, "Name or service not known"))
    assert isinstance(outcome, NotSent)
    assert "DNS" in str(outcome.remedy)


def test_nothing_is_sent_when_the_server_greets_late(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    witness.faults = Faults(greet_after_s=3.0)
    outcome = send(port, timeout_s=0.3)
    assert isinstance(outcome, NotSent)
    assert outcome.detail == "等邮件服务器应答失败：等了太久没有应答"
    assert witness.raw == []


def test_attempt_ends_within_its_time_when_every_answer_is_slow() -> None:
    def drag(connection: socket.socket) -> None:
        connection.sendall(b"220 slow.test\r\n")
        while line := read_line(connection):
            threading.Event().wait(0.2)
            connection.sendall(b"250 ok\r\n" if line[:4].upper() != b"DATA" else b"354 go\r\n")

    clock = iter(range(0, 1000, 10))
    with raw_server(drag) as port:
        sender = replace(make_sender(port, at_most_s=45.0), monotonic=lambda: float(next(clock)))
        row = make_row(channel="email", recipient="a@example.com", body=MAIL)
        outcome = sender.send(row, make_claim())
    assert isinstance(outcome, NotSent)
    assert "等了太久" in outcome.detail


@pytest.mark.parametrize(
    ("greeting", "kind", "retry_class"),
    [
        (b"554 go away\r\n", Refused, "never"),
        (b"421 busy\r\n", Refused, "retry"),
        (b"hello\r\n", NotSent, None),
    ],
)
def test_server_that_does_not_want_us_is_told_from_one_that_is_busy_when_it_greets(
    greeting: bytes, kind: type, retry_class: str | None
) -> None:
    with raw_server(lambda connection: connection.sendall(greeting)) as port:
        outcome = send(port)
    assert isinstance(outcome, kind), outcome
    assert getattr(outcome, "retry_class", None) == retry_class


@pytest.mark.parametrize(
    ("faults", "errcode", "retry_class", "remedy"),
    [
        (
            Faults(sender="501 mail from address must be same as authorization user"),
            501,
            "never",
            "from_address",
        ),
        (Faults(sender="452 try later"), 452, "retry", "自动再试"),
        (Faults(recipients={"hr@example.com": "550 5.1.1 no such user"}), 550, "never", "邮箱地址"),
        (Faults(recipients={"hr@example.com": "552 5.2.2 mailbox full"}), 552, "never", "邮箱已满"),
        (Faults(recipients={"hr@example.com": "450 4.2.0 greylisted"}), 450, "retry", "自动再试"),
        (Faults(data="554 looks like spam"), 554, "never", "拒收"),
        (Faults(data="552 too big"), 552, "never", "附件太大"),
        (Faults(data="451 scanner is down"), 451, "retry", "自动再试"),
        (Faults(data="421 shutting down"), 421, "retry", "自动再试"),
    ],
)
def test_refusal_has_its_class_and_its_remedy_when_the_server_says_no(
    mailbox: tuple[int, Witness], faults: Faults, errcode: int, retry_class: str, remedy: str
) -> None:
    port, witness = mailbox
    witness.faults = faults
    outcome = send(port)
    assert isinstance(outcome, Refused), outcome
    assert (outcome.errcode, outcome.retry_class) == (errcode, retry_class)
    assert remedy in str(outcome.remedy)
    assert witness.raw == []


def test_others_get_the_mail_when_one_recipient_is_refused(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    witness.faults = Faults(recipients={"gone@example.com": "550 no such user"})
    outcome = send(port, "a@example.com, gone@example.com, b@example.com")
    assert isinstance(outcome, Accepted)
    assert outcome.refused_recipients == ("gone@example.com",)
    assert [recipients for _, recipients, _ in witness.raw] == [["a@example.com", "b@example.com"]]


def test_message_stays_alive_when_of_those_refused_one_may_be_taken_later(
    mailbox: tuple[int, Witness],
) -> None:
    port, witness = mailbox
    witness.faults = Faults(
        recipients={"a@example.com": "550 no such user", "b@example.com": "450 greylisted"}
    )
    outcome = send(port, "a@example.com, b@example.com")
    assert isinstance(outcome, Refused)
    assert (outcome.errcode, outcome.retry_class) == (450, "retry")


@pytest.mark.parametrize(
    "faults",
    [Faults(die_after_data=True), Faults(take_and_die=True)],
    ids=["not taken", "taken"],
)
def test_end_is_unknown_when_the_server_dies_after_the_whole_mail(
    mailbox: tuple[int, Witness], faults: Faults
) -> None:
    port, witness = mailbox
    witness.faults = faults
    assert isinstance(send(port), Unknown)


def test_end_is_unknown_when_the_server_stays_silent_after_the_whole_mail(
    mailbox: tuple[int, Witness],
) -> None:
    port, witness = mailbox
    witness.faults = Faults(stay_silent_after_data=True)
    assert isinstance(send(port, at_most_s=0.5, least_wait_s=0.1), Unknown)
    assert len(witness.raw) == 1


@pytest.mark.parametrize("cut", ["before DATA", "after 354", "inside the text"])
def test_nothing_was_sent_when_the_connection_breaks_before_the_closing_dot(cut: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"220 cut.test\r\n")
        while line := read_line(connection):
            if line[:4].upper() == b"DATA":
                if cut == "before DATA":
                    return
                connection.sendall(b"354 go\r\n")
                if cut == "inside the text":
                    connection.recv(10_000)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            connection.sendall(b"250 ok\r\n")

    body = {**MAIL, "text": "长" * 4_000_000}
    with raw_server(serve) as port:
        outcome = send(port, body=body)
    assert isinstance(outcome, NotSent), outcome


def test_nothing_arrives_when_the_claim_was_lost_before_the_closing_dot(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    with pytest.raises(ClaimLost):
        make_sender(port).send(make_row(body=MAIL), make_claim(is_ours=False))
    assert (witness.sessions, witness.raw) == (1, [])


def test_size_is_refused_before_anything_is_sent_when_the_server_announced_a_smaller_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "big.xlsx").write_bytes(b"x" * 200_000)
    body = {**MAIL, "attachments": [{"path": "big.xlsx", "filename": "群管日报.xlsx"}]}
    with run_mail_server(data_size_limit=100_000) as (port, witness):
        outcome = send(port, body=body, files=tmp_path)
        assert isinstance(outcome, Refused)
        assert (outcome.errcode, outcome.retry_class) == (552, "never")
        assert "最多收 0.1 MB" in outcome.detail
        assert "附件太大" in str(outcome.remedy)
        assert witness.raw == []


def test_row_is_refused_by_name_when_it_names_no_address(mailbox: tuple[int, Witness]) -> None:
    port, witness = mailbox
    outcome = send(port, "a@example.com>\r\nRCPT TO:<b@example.com")
    assert isinstance(outcome, Refused)
    assert outcome.retry_class == "never"
    assert "邮箱地址" in outcome.detail
    assert witness.sessions == 0


def test_file_is_named_when_it_is_gone(mailbox: tuple[int, Witness], tmp_path: Path) -> None:
    body = {**MAIL, "attachments": [{"path": "reports/x.xlsx", "filename": "x.xlsx"}]}
    outcome = send(mailbox[0], body=body, files=tmp_path)
    assert isinstance(outcome, Refused)
    assert outcome.retry_class == "never"
    assert "x.xlsx" in outcome.detail


def test_ca_file_is_named_when_it_cannot_be_read(mailbox: tuple[int, Witness], tmp_path: Path) -> None:
    for place in (tmp_path / "none.pem", _written(tmp_path / "wrong.pem")):
        outcome = send(mailbox[0], tls="implicit", ca_file=place)
        assert isinstance(outcome, NotSent)
        assert place.name in outcome.detail
        assert "ca_file" in str(outcome.remedy)


def _written(path: Path) -> Path:
    path.write_text("no certificate")
    return path


def test_secret_is_nowhere_when_a_server_is_shown() -> None:
    assert PASSWORD not in repr(make_sender(25, **login()))
