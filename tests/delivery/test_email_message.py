"""What a mail is made of: the same bytes at every attempt, and nothing in it that somebody else wrote as a header."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.delivery.email_message import CannotCompose, Identity, compose, message_id
from tests.delivery.rows import make_row

IDENTITY = Identity(address="steward@example.com", name="群管家", reply_to="hr@example.com")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "trend.png").write_bytes(PNG)
    (tmp_path / "reports" / "群管日报.xlsx").write_bytes(b"PK\x03\x04 workbook")
    return tmp_path


def make_body(**over: Any) -> dict[str, Any]:
    return {
        "subject": "群管日报 11月20日 周五：需要您处理 3 项",
        "text": "需要您处理 3 项",
        "html": '<p>需要您处理 3 项</p><img src="cid:trend@steward">',
        "inline": [{"cid": "trend@steward", "path": "reports/trend.png"}],
        "attachments": [{"path": "reports/群管日报.xlsx", "filename": "群管日报_2026-11-20.xlsx"}],
        **over,
    }


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_mail_has_text_html_picture_and_workbook_in_their_places(files: Path) -> None:
    mail = read(compose(make_row(body=make_body()), ["a@example.com"], IDENTITY, files))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    picture, workbook = list(mail.walk())[5:]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<trend@steward>", "inline")
    assert picture.get_content() == PNG
    assert workbook.get_filename() == "群管日报_2026-11-20.xlsx"
    assert workbook.get_content() == b"PK\x03\x04 workbook"


def test_readers_servers_and_filters_can_tell_what_it_is(files: Path) -> None:
    row = make_row(body=make_body())
    mail = read(compose(row, ["a@example.com", "b@example.com"], IDENTITY, files))
    assert str(mail["To"]) == "a@example.com, b@example.com"
    assert str(mail["Reply-To"]) == "hr@example.com"
    assert str(mail["List-Id"]) == "<daily-digest.steward.example.com>"
    assert str(mail["X-Steward-Topic"]) == "daily_digest"
    assert str(mail["Auto-Submitted"]) == "auto-generated"
    assert mail["Date"].datetime == row.created_at


def test_bytes_are_the_same_when_it_is_sent_again(files: Path) -> None:
    row = make_row(body=make_body())
    again = replace(row, attempts=5, id=99)
    first = compose(row, ["a@example.com"], IDENTITY, files)
    assert compose(again, ["a@example.com"], IDENTITY, files) == first
    assert message_id(row, IDENTITY) != message_id(make_row("another"), IDENTITY)


def test_every_byte_is_seven_bit_and_every_line_short_enough_for_any_server(files: Path) -> None:
    raw = compose(make_row(body=make_body(text="长" * 5000)), ["a@example.com"], IDENTITY, files)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


texts = st.text(st.characters(), max_size=200)
"""Whatever can be in a string: control characters, newlines, lone surrogates."""


@given(texts, texts, texts)
def test_nothing_written_by_others_becomes_a_header(subject: str, name: str, text: str) -> None:
    evil = "\r\nBcc: thief@example.com\r\n\r\nnot the text"
    body = {"subject": subject + evil, "text": text}
    identity = Identity(address="steward@example.com", name=name + evil)
    mail = read(compose(make_row(body=body), ["a@example.com"], identity, Path("/nonexistent")))
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    assert str(mail["To"]) == "a@example.com"
    assert mail["Message-ID"] is not None


def test_file_outside_the_folder_is_never_attached(files: Path) -> None:
    (files.parent / "secret.txt").write_text("secret")
    body = make_body(attachments=[{"path": "../secret.txt", "filename": "x.txt"}])
    with pytest.raises(CannotCompose, match="报告目录之外"):
        compose(make_row(body=body), ["a@example.com"], IDENTITY, files)
