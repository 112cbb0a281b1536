"""The webhook channel: JSON, signed, to an address of one of the company's own systems.

A row's body: {"text": markdown, "data": {...}}; its recipient is the address's name in settings. What goes over the
wire is described in docs/channels.md, for whoever writes the receiving end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from steward.delivery.connecting import Ended, make_context
from steward.delivery.send import Claim, ClaimLost
from steward.delivery.webhook_outcomes import judge_answer, judge_silence, judge_unreachable
from steward.model.delivery import Outcome, Refused
from steward.store.outbox import OutboxRow

_READ_OF_ANSWER: Final = 1000
_USER_AGENT: Final = "Steward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address and how to speak to it.

    Args:
        secret: read anew for each message; None = not set.
        secret_place: where it is kept, in words ("env:STEWARD_ERP_SECRET"); for remedies.
        ca_file: trusted beside the system's authorities.
        timeout_s: to connect, and again for each part of the answer.
    """

    name: str
    url: str
    secret: Callable[[], str | None] = field(repr=False)
    secret_place: str
    ca_file: Path | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """Sends to one address."""

    endpoint: Endpoint
    now: Callable[[], datetime]

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Post one message. Its bytes are the same at every attempt; only timestamp and signature are new.

        Raises:
            ClaimLost: the message is no longer this worker's.
        """
        secret = self.endpoint.secret()
        if not secret:
            return Refused(
                errcode=0,
                detail=f"webhook {self.endpoint.name} 的签名密钥没有设置：{self.endpoint.secret_place}",
                retry_class="never",
                remedy=f"把与接收方约定的密钥放进 {self.endpoint.secret_place}，再 main.py outbox retry",
            )
        content = to_content(row)
        headers = to_headers(row, content, secret, self.now())
        connection: HTTPConnection | None = None
        try:
            connection = connect(self.endpoint)
            if not keep_body.is_ours():
                raise ClaimLost
            return self._exchange(connection, content, headers)
        except Ended as ended:
            return ended.outcome
        finally:
            if connection is not None:
                connection.close()

    def _exchange(self, connection: HTTPConnection, content: bytes, headers: Mapping[str, str]) -> Outcome:
        name = self.endpoint.name
        path = urlsplit(self.endpoint.url).path or "/"
        written: Exception | None = None
        try:
            connection.request("POST", path, content, dict(headers))
        except OSError as error:
            written = error  # who refuses early may have said why before he hung up
        try:
            response = connection.getresponse()
            said, retry_after = _start_of(response), response.headers.get("Retry-After")
            return judge_answer(name, response.status, retry_after, said, now=self.now())
        except (OSError, HTTPException) as error:
            return judge_unreachable(name, written) if written else judge_silence(name, error)


def connect(endpoint: Endpoint) -> HTTPConnection:
    """Return a connection that stands, encrypted where the address says https; nothing was asked yet.

    Not by way of a proxy, and ~/.netrc is not read: these are the company's own systems. A redirect is never
    followed: it would carry the message to whoever it names.

    Raises:
        Ended: with what is in the way.
    """
    url = urlsplit(endpoint.url)
    host = url.hostname or ""
    if url.scheme == "https":
        context = make_context(endpoint.ca_file)
        connection: HTTPConnection = HTTPSConnection(
            host, url.port, timeout=endpoint.timeout_s, context=context
        )
    else:
        connection = HTTPConnection(host, url.port, timeout=endpoint.timeout_s)
    try:
        connection.connect()
    except (OSError, ValueError) as error:
        connection.close()
        raise Ended(judge_unreachable(endpoint.name, error)) from None
    return connection


def to_content(row: OutboxRow) -> bytes:
    """Return the JSON of a row, byte for byte the same for the same row."""
    message: dict[str, Any] = {
        "topic": row.topic,
        "id": row.idempotency_key,
        "created_at": row.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        "text": row.body["text"],
        "data": row.body.get("data", {}),
    }
    text = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf8", "replace")


def to_headers(row: OutboxRow, content: bytes, secret: str, now: datetime) -> dict[str, str]:
    """Return the headers: signature and timestamp against forgery and replay, the key against a repeat."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": _USER_AGENT,
        "X-Steward-Timestamp": timestamp,
        "X-Steward-Signature": f"sha256={sign(secret, timestamp, content)}",
        "X-Steward-Topic": _header(row.topic),
        "Idempotency-Key": _header(row.idempotency_key),
    }


def sign(secret: str, timestamp: str, content: bytes) -> str:
    """Return HMAC-SHA256 over the timestamp, a dot and the body, in hexadecimal."""
    signed = timestamp.encode() + b"." + content
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _header(text: str) -> str:
    # A header is ASCII on one line: a key that is not (a group's name in it) is told by its digest.
    if text.isascii() and text.isprintable():
        return text
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()


def _start_of(response: HTTPResponse) -> str:
    # The status line decided; what the answer says is for people, and may be endless.
    try:
        return response.read(_READ_OF_ANSWER).decode("utf8", "replace")
    except (OSError, HTTPException):
        return ""
