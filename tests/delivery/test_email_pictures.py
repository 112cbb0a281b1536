"""Charts as pictures: real PNG, with real Chinese in it."""

from __future__ import annotations

import os
import struct

import pytest

from steward.delivery.email_pictures import can_draw_chinese, to_png

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" font-family="sans-serif">'
    '<text x="4" y="30" font-size="24">{sign}</text></svg>'
)


def test_picture_is_twice_as_large_as_drawn() -> None:
    png = to_png(SVG.format(sign=""))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (120, 80)


def test_chinese_is_drawn_and_not_as_boxes() -> None:
    if not can_draw_chinese():
        if os.environ.get("CI"):
            pytest.fail("CI must install a Chinese font: fonts-wqy-microhei")
        pytest.skip("no Chinese font on this machine (Debian: apt install fonts-wqy-microhei)")
    assert len({to_png(SVG.format(sign=sign)) for sign in ("群", "管", "A", "")}) == 4
