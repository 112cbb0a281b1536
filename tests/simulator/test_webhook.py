"""Bots in groups."""

import base64
import hashlib
from datetime import timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def _image(raw: bytes, md5: str = "") -> dict:
    digest = md5 or hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(raw).decode(), "md5": digest}}


def test_message_arrives_under_the_end_of_the_key_only(sim: Simulator, app: Caller) -> None:
    assert app.send_by_bot() == {"errcode": 0, "errmsg": "ok"}
    key = app.credentials["bot_keys"][0]
    assert sim.received[0]["to"] == f"bot:{key[-8:]}"
    assert key not in str(sim.received)


def test_message_is_refused_when_key_is_wrong(app: Caller) -> None:
    body = {"msgtype": "text", "text": {"content": "x"}}
    assert app.post("webhook/send", body, token=None, key="wrong")["errcode"] == 93000


def test_21st_message_in_a_minute_is_refused_and_blocks_the_bot_for_a_minute(
    sim: Simulator, app: Caller
) -> None:
    assert [app.send_by_bot()["errcode"] for _ in range(22)] == [0] * 20 + [45009] * 2
    assert app.send_by_bot(bot=1)["errcode"] == 0
    sim.set_now(sim.now() + timedelta(seconds=50))
    assert app.send_by_bot()["errcode"] == 45009
    sim.set_now(sim.now() + timedelta(seconds=15))
    assert app.send_by_bot()["errcode"] == 0
    assert len(sim.received) == 22


@pytest.mark.parametrize(
    ("msgtype", "content", "errcode"),
    [
        ("text", "好" * 682, 0),
        ("text", "好" * 683, 40058),
        ("markdown", "好" * 1365, 0),
        ("markdown", "好" * 1366, 40058),
        ("markdown_v2", "a" * 4096, 0),
        ("markdown_v2", "a" * 4097, 40058),
        ("text", "", 44004),
        ("markdown", "", 93017),
        ("textcard", "x", 40008),
    ],
)
def test_content_is_measured_in_bytes(app: Caller, msgtype: str, content: str, errcode: int) -> None:
    assert app.send_by_bot({"msgtype": msgtype, msgtype: {"content": content}})["errcode"] == errcode


def test_errmsg_names_the_limit_when_markdown_is_too_long(app: Caller) -> None:
    refused = app.send_by_bot({"msgtype": "markdown", "markdown": {"content": "a" * 4097}})
    assert refused["errmsg"].startswith("markdown.content exceed max length 4096")


def test_image_is_checked_against_its_md5_and_format(app: Caller) -> None:
    assert app.send_by_bot(_image(PNG))["errcode"] == 0
    assert app.send_by_bot(_image(PNG, "0" * 32))["errcode"] == 301019
    assert app.send_by_bot(_image(b"GIF89a" + bytes(20)))["errcode"] == 40005
    assert app.send_by_bot(_image(PNG + bytes(2 * 1024 * 1024)))["errcode"] == 93018


def test_notice_card_is_accepted_and_interactive_card_refused(app: Caller) -> None:
    card = {
        "card_type": "text_notice",
        "main_title": {"title": "日报"},
        "card_action": {"type": 1, "url": "https://a.cn"},
    }
    interactive = {**card, "card_type": "button_interaction", "task_id": "t"}
    assert app.send_by_bot({"msgtype": "template_card", "template_card": card})["errcode"] == 0
    assert app.send_by_bot({"msgtype": "template_card", "template_card": interactive})["errcode"] == 40058


def test_file_can_be_sent_only_by_the_bot_it_was_uploaded_for(sim: Simulator, app: Caller) -> None:
    key = app.credentials["bot_keys"][0]
    uploaded = app.upload("webhook/upload_media", b"1,2,3\n4,5,6", "日报.csv", key=key)
    body = {"msgtype": "file", "file": {"media_id": uploaded["media_id"]}}
    assert app.send_by_bot(body)["errcode"] == 0
    assert app.send_by_bot(body, bot=1)["errcode"] == 40007
    assert app.get("media/get", media_id=uploaded["media_id"])["errcode"] == 40007
    assert sim.media(uploaded["media_id"]) == ("日报.csv", b"1,2,3\n4,5,6")


def test_upload_is_refused_when_key_or_type_is_wrong(app: Caller) -> None:
    key = app.credentials["bot_keys"][0]
    assert app.upload("webhook/upload_media", b"123456", "a.csv", key="wrong")["errcode"] == 93000
    assert app.upload("webhook/upload_media", PNG, "a.png", kind="image", key=key)["errcode"] == 40004
