"""Uploaded files: kept in memory, valid for three days of simulated time."""

import random
import re
from dataclasses import dataclass
from urllib.parse import unquote

from steward.simulator.errors import Refused
from steward.simulator.limits import Limits

_MB = 1024 * 1024
_MAX_BYTES = {"image": 10 * _MB, "voice": 2 * _MB, "video": 10 * _MB, "file": 20 * _MB}  # 90253
_MIN_BYTES = 5
_BEGINNINGS = {"image": (b"\xff\xd8\xff", b"\x89PNG"), "voice": (b"#!AMR",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """An uploaded file. `owner` is the application, or the key of the one bot that may send it."""

    media_id: str
    kind: str
    filename: str
    content: bytes
    content_type: str
    owner: str
    uploaded_at: float


class MediaStore:
    """All uploads, by media_id."""

    def __init__(self, seed: int, limits: Limits) -> None:
        self._rng = random.Random(f"{seed}:media")
        self._limits = limits
        self._kept: dict[str, Media] = {}

    def keep(self, kind: str, part: "FilePart", owner: str, now: float) -> Media:
        """Check an upload and keep it.

        Raises:
            Refused: 40004 unknown type, 44001 nothing there, 40006 too small, 45001 too big, 40005 wrong format.
        """
        _check(kind, part.content)
        media = Media(
            media_id=f"3{self._rng.getrandbits(256):064x}",
            kind=kind,
            filename=part.filename,
            content=part.content,
            content_type=part.content_type,
            owner=owner,
            uploaded_at=now,
        )
        self._kept[media.media_id] = media
        return media

    def usable(self, media_id: str, owner: str, now: float) -> Media:
        """Return a file its owner may send or fetch now.

        Raises:
            Refused: 40007 unknown, expired, or uploaded by another.
        """
        media = self._kept.get(media_id) if isinstance(media_id, str) else None
        if media is None or media.owner != owner or now - media.uploaded_at >= self._limits.media_lifetime_s:
            raise Refused(40007)
        return media

    def __getitem__(self, media_id: str) -> Media:
        return self._kept[media_id]


def _check(kind: str, content: bytes) -> None:
    if kind not in _MAX_BYTES:
        raise Refused(40004)
    if not content:
        raise Refused(44001)
    if len(content) <= _MIN_BYTES:
        raise Refused(40006)
    if len(content) > _MAX_BYTES[kind]:
        raise Refused(45001)
    if kind in _BEGINNINGS and not content.startswith(_BEGINNINGS[kind]):
        raise Refused(40005)


@dataclass(frozen=True, slots=True)
class FilePart:
    """The file of a multipart form."""

    filename: str
    content_type: str
    content: bytes


def parse_file_part(content_type: str, body: bytes) -> FilePart:
    """Return the first file of a multipart/form-data body, whatever its field is called.

    Raises:
        Refused: 44001, there is none.
    """
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if not boundary:
        raise Refused(44001)
    mark = b"--" + boundary[1].encode()
    start = body.find(mark)
    while start >= 0:
        end = body.find(b"\r\n" + mark, start + len(mark))
        head, found, content = body[start + len(mark) + 2 : end if end >= 0 else None].partition(b"\r\n\r\n")
        name = _filename(head.decode("utf-8", "replace"))
        if found and name is not None:
            return FilePart(name, _content_type(head), content)
        start = end + 2 if end >= 0 else -1
    raise Refused(44001)


def _filename(head: str) -> str | None:
    """Return the name in either spelling clients use; RFC 5987's comes first when both are there."""
    if encoded := re.search(r"filename\*=(?i:utf-8)''([^;\r\n]+)", head):
        return unquote(encoded[1])
    plain = re.search(r'filename="([^"]*)"', head) or re.search(r"filename=([^;\r\n]+)", head)
    return plain[1] if plain else None


def _content_type(head: bytes) -> str:
    found = re.search(rb"(?i)content-type:\s*([^\r\n]+)", head)
    return found[1].decode("latin-1") if found else "application/octet-stream"
