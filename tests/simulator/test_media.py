"""Temporary media."""

import json
from datetime import timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller


def test_upload_answers_as_documented_and_bytes_come_back(app: Caller) -> None:
    uploaded = app.upload("media/upload", b"0123456789", "日报.xlsx")
    assert uploaded["type"] == "file"
    assert uploaded["created_at"].isdigit()
    target = f"/cgi-bin/media/get?access_token={app.token}&media_id={uploaded['media_id']}"
    status, headers, content = app.raw("GET", target)
    assert (status, content) == (200, b"0123456789")
    assert headers["content-disposition"].endswith("%E6%97%A5%E6%8A%A5.xlsx")


def test_part_of_a_file_comes_back_when_a_range_is_asked_for(app: Caller) -> None:
    media_id = app.upload("media/upload", b"0123456789", "a.bin")["media_id"]
    target = f"/cgi-bin/media/get?access_token={app.token}&media_id={media_id}"
    status, headers, content = app.raw("GET", target, headers={"Range": "bytes=2-4"})
    assert (status, headers["content-range"], content) == (206, "bytes 2-4/10", b"234")


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("file", b"", 44001),
        ("file", b"12345", 40006),
        ("voice", b"not an amr file", 40005),
        ("image", b"not a picture", 40005),
        ("image", b"\x89PNG" + bytes(10 * 1024 * 1024), 45001),
        ("poem", b"0123456789", 40004),
    ],
)
def test_upload_is_refused_when_size_or_format_is_wrong(
    app: Caller, kind: str, content: bytes, errcode: int
) -> None:
    assert app.upload("media/upload", content, "a.bin", kind)["errcode"] == errcode


def test_upload_is_refused_when_there_is_no_form(app: Caller) -> None:
    assert app.post("media/upload", b"plain bytes", type="file")["errcode"] == 44001


def test_media_is_void_after_three_days(sim: Simulator, app: Caller) -> None:
    media_id = app.upload("media/upload", b"0123456789", "a.bin")["media_id"]
    sim.set_now(sim.now() + timedelta(days=3))
    later = Caller(sim)
    assert later.get("media/get", media_id=media_id)["errcode"] == 40007
    later.close()


def test_filename_is_read_when_client_percent_encodes_it(sim: Simulator, app: Caller) -> None:
    form = (
        b"--b\r\nContent-Disposition: form-data; name=\"media\"; filename*=utf-8''%E6%97%A5.txt\r\n\r\n"
        b"0123456789\r\n--b--\r\n"
    )
    target = f"/cgi-bin/media/upload?type=file&access_token={app.token}"
    answer = app.raw("POST", target, form, {"Content-Type": 'multipart/form-data; boundary="b"'})[2]
    assert sim.media(json.loads(answer)["media_id"]) == ("日.txt", b"0123456789")
