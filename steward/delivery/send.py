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

KeepBody = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComSender:
    """Sends by WeCom. `files` is the folder that the paths in bodies are relative to."""

    client: WeComClient
    files: Path

    def send(self, row: OutboxRow, keep_body: KeepBody) -> Outcome:
        """Send one message.

        Args:
            keep_body: stores the body once a file was uploaded. A retry must be the same bytes, or WeCom's
                duplicate check would not know it again.
        """
        body: Mapping[str, Any] = row.body
        if body["msgtype"] == "file" and "media_id" not in body["file"]:
            uploaded = self._upload(row)
            if not isinstance(uploaded, Mapping):
                return uploaded
            body = uploaded
            keep_body(body)
        return self._send(row, body)

    def _send(self, row: OutboxRow, body: Mapping[str, Any]) -> Outcome:
        match row.channel:
            case "app":
                return send_to_users(self.client, row.recipient, body)
            case "bot":
                return send_to_bot(self.client, row.recipient, body)
            case "appchat":
                return send_to_app_chat(self.client, row.recipient, body)
            case other:
                raise ValueError(f"{other} is no channel of WeCom's")

    def _upload(self, row: OutboxRow) -> Mapping[str, Any] | Outcome:
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
                media_id = upload_bot_media(self.client, row.recipient, file["filename"], data)
            else:
                media_id = upload_media(self.client, "file", file["filename"], data)
        except WeComError as error:
            return _not_uploaded(error)
        return {"msgtype": "file", "file": {"media_id": media_id}}


def _not_uploaded(error: WeComError) -> Outcome:
    # An upload reaches nobody: however it failed, it may be repeated.
    if error.retry_class == "never":
        return Refused(
            errcode=error.errcode or 0, detail=str(error), retry_class="never", remedy=error.remedy
        )
    return NotSent(detail=str(error), remedy=error.remedy)
