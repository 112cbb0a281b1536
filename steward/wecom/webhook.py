"""Webhook bots (消息推送) of groups: webhook/send, webhook/upload_media (document path 99110)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from steward.model.delivery import Outcome
from steward.wecom.answers import need_str
from steward.wecom.client import WeComClient
from steward.wecom.outcomes import send_and_judge


def send_to_bot(client: WeComClient, bot_name: str, body: Mapping[str, Any]) -> Outcome:
    """Post one message to the group of that bot. There is no duplicate check: an unknown end stays unknown."""

    def send() -> Mapping[str, Any]:
        query = {"key": client.bot_key(bot_name, "webhook/send")}
        return client.call("webhook/send", secret=None, query=query, body=body, read=False)

    return send_and_judge(send)


def upload_bot_media(
    client: WeComClient, bot_name: str, filename: str, data: bytes, kind: Literal["file", "voice"] = "file"
) -> str:
    """Return the media_id of an uploaded file: good for 3 days, for this bot only.

    Raises:
        WeComError: an upload shows nobody anything, so it was tried again where that makes sense.
    """
    endpoint = "webhook/upload_media"
    query = {"key": client.bot_key(bot_name, endpoint), "type": kind}
    answer = client.call(endpoint, secret=None, query=query, files={"media": (filename, data)})
    return need_str(answer, "media_id", endpoint)
