"""Opaque cursors: signed, and good only for the endpoint that gave them out."""

import base64
import binascii
import hashlib

from steward.simulator.errors import Refused


def make_cursor(path: str, offset: int) -> str:
    """Return the cursor of the page that begins at `offset`."""
    return base64.urlsafe_b64encode(f"{offset}.{_signature(path, offset)}".encode()).decode().rstrip("=")


def open_cursor(path: str, cursor: object) -> int:
    """Return the offset a cursor stands for; no cursor is the first page.

    Raises:
        Refused: 50100, not a cursor of this endpoint.
    """
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(str(cursor)) % 4)}").decode()
        number, _, signature = text.partition(".")
        offset = int(number)
    except (binascii.Error, ValueError) as error:
        raise Refused(50100) from error
    if signature != _signature(path, offset):
        raise Refused(50100)
    return offset


def next_cursor(path: str, offset: int, size: int, total: int) -> str:
    """Return the cursor of the page after this one, "" after the last."""
    return make_cursor(path, offset + size) if offset + size < total else ""


def _signature(path: str, offset: int) -> str:
    return hashlib.sha256(f"{path}:{offset}".encode()).hexdigest()[:20]
