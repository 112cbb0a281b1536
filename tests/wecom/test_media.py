"""Files: the multipart form WeCom reads, and a repeated upload."""

from __future__ import annotations

import pytest

from steward.wecom.errors import BadAnswer
from steward.wecom.media import upload_media
from steward.wecom.webhook import upload_bot_media
from tests.wecom.making import BOT_KEY, make_client
from tests.wecom.replay import Raw, Replay

MEDIA = {"errcode": 0, "media_id": "m1", "type": "file", "created_at": "1380000000"}


def test_file_goes_as_one_form_field_with_its_name_when_uploaded() -> None:
    with Replay({"media/upload": MEDIA}) as server:
        assert upload_media(make_client(server.base_url), "file", "日报.xlsx", b"PK\x03\x04five") == "m1"
    asked = server.asked_of("media/upload")[0]
    assert asked.query["type"] == "file"
    assert 'name="media"; filename="日报.xlsx"'.encode() in asked.body
    assert b"PK\x03\x04five" in asked.body


def test_file_belongs_to_the_bot_when_uploaded_for_it() -> None:
    with Replay({"webhook/upload_media": MEDIA}) as server:
        upload_bot_media(make_client(server.base_url), "hr", "a.txt", b"12345")
    assert server.asked[0].query == {"key": BOT_KEY, "type": "file"}


def test_file_is_sent_again_whole_when_the_first_upload_was_cut() -> None:
    with Replay({"media/upload": [Raw(cut="before"), MEDIA]}) as server:
        upload_media(make_client(server.base_url), "file", "a.txt", b"12345")
    first, second = server.asked_of("media/upload")
    assert b"12345" in first.body
    assert b"12345" in second.body


def test_answer_is_bad_when_the_media_id_is_missing() -> None:
    with Replay({"media/upload": {"errcode": 0}}) as server, pytest.raises(BadAnswer, match="media_id"):
        upload_media(make_client(server.base_url), "file", "a.txt", b"12345")
