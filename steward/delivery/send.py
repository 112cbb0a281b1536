"""Hand one queued message to WeCom. The body is sent as it was queued; only a file is uploaded first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward.model.delivery import NotSent, Outcome, Refused
from steward.store.outbox import OutboxRow
from steward.wecom.app_chats import send_to_app_chat
from steward.wecom.client import WeComClient
from steward.wecom.errors import WeComError
from steward.wecom.media import upload_media
from steward.wecom.messages import send_to_users
from steward.wecom.webhook import send_to_bot, upload_bot_media


class ClaimLost(Exception):
    """The message is no longer this worker's: its lease ended, and somebody else decides about it. Send nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a worker holds while it sends one message. Called with a body, it keeps that body for a retry.

    Args:
        lane: by which way it goes: of a bot with several keys, which key.
        is_ours: tells whether a request written now is answered before the lease ends. Ask right before anything is
            written: a process may have been stopped for a minute since it claimed the message.
        keep: stores the body; raises `ClaimLost` when the message is somebody else's by now.
    """

    lane: str
    is_ours: Callable[[], bool]
    keep: Callable[[Mapping[str, Any]], None]

    def __call__(self, body: Mapping[str, Any]) -> None:
        """Keep what the body became, before it is sent."""
        self.keep(body)


KeepBody = Claim
"""What a sender is given beside the row: most of them only keep the body with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComSender:
    """Sends by WeCom. `files` is the folder that the paths in bodies are relative to."""

    client: WeComClient
    files: Path

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Send one message.

        Args:
            keep_body: stores the body once a file was uploaded. A retry must be the same bytes, or WeCom's
                duplicate check would not know it again.
        """
        body: Mapping[str, Any] = row.body
        if body["msgtype"] == "file":
            found = self._with_media(row, keep_body)
            if not isinstance(found, Mapping):
                return found
            body = found
        return self._send(row, body, keep_body)

    def _send(self, row: OutboxRow, body: Mapping[str, Any], claim: Claim) -> Outcome:
        client = self.client.sending_if(claim.is_ours)
        match row.channel:
            case "app":
                return send_to_users(client, row.recipient, body)
            case "bot":
                return send_to_bot(client, bot_of(row, claim), body)
            case "appchat":
                return send_to_app_chat(client, row.recipient, body)
            case other:
                raise ValueError(f"{other} is no channel of WeCom's")

    def _with_media(self, row: OutboxRow, claim: Claim) -> Mapping[str, Any] | Outcome:
        """Return the body as WeCom wants it, its file uploaded: once, but again for another bot of the pool."""
        file = row.body["file"]
        is_there = "media_id" in file
        if is_there and "path" in file and row.channel == "bot" and file.get("media_of") != claim.lane:
            is_there = False  # what a bot uploaded is its own (document path 99110)
        if is_there:
            return _as_sent(file["media_id"])
        uploaded = self._upload(row, claim)
        if not isinstance(uploaded, str):
            return uploaded
        # The path stays, so that it can be uploaded again by another bot, and people see which file it is.
        claim.keep({"msgtype": "file", "file": {**file, "media_id": uploaded, "media_of": claim.lane}})
        return _as_sent(uploaded)

    def _upload(self, row: OutboxRow, claim: Claim) -> str | Outcome:
        file = row.body["file"]
        try:
            data = (self.files / file["path"]).read_bytes()
        except OSError as error:
            return Refused(
                errcode=0,
                detail=f"读不到文件 {file['path']}：{error.strerror}",
                retry_class="never",
                remedy="重新生成报告：main.py run daily_digest --as-of 日期",
            )
        try:
            if row.channel == "bot":
                return upload_bot_media(self.client, bot_of(row, claim), file["filename"], data)
            return upload_media(self.client, "file", file["filename"], data)
        except WeComError as error:
            return _not_uploaded(error)


def bot_of(row: OutboxRow, claim: Claim) -> str:
    """Return the bot's name as the client knows it: see `key_name`."""
    number = claim.lane.rpartition("#")[2]
    return key_name(row.recipient, int(number) if number.isdecimal() else 1)


def key_name(bot: str, number: int) -> str:
    """Return how the client is told the n-th key of a bot: the first by the bot's own name."""
    # A line break, so that no other bot can be called so in the settings of anybody sane.
    return bot if number == 1 else f"{bot}\n{number}"


def _as_sent(media_id: str) -> Mapping[str, Any]:
    return {"msgtype": "file", "file": {"media_id": media_id}}


def _not_uploaded(error: WeComError) -> Outcome:
    # An upload reaches nobody: however it failed, it may be repeated.
    if error.retry_class == "never":
        return Refused(
            errcode=error.errcode or 0, detail=str(error), retry_class="never", remedy=error.remedy
        )
    return NotSent(detail=str(error), remedy=error.remedy)
