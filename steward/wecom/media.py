"""Temporary media: media/upload (document path 90253)."""

from __future__ import annotations

from typing import Literal

from steward.wecom.answers import need_str
from steward.wecom.client import WeComClient

MediaKind = Literal["image", "voice", "video", "file"]


def upload_media(client: WeComClient, kind: MediaKind, filename: str, data: bytes) -> str:
    """Return the media_id of an uploaded file: good for 3 days, for every app of the corp.

    Raises:
        WeComError: an upload shows nobody anything, so it was tried again where that makes sense.
    """
    answer = client.call("media/upload", query={"type": kind}, files={"media": (filename, data)})
    return need_str(answer, "media_id", "media/upload")
