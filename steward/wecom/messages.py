"""Messages of the app to persons: message/send, update_template_card, recall (document paths 90236, 94888, 94867)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from steward.model.delivery import Outcome
from steward.wecom.client import WeComClient
from steward.wecom.outcomes import send_and_judge

DUPLICATE_CHECK_S = 14_400  # the longest WeCom offers: a retry within four hours does not arrive twice


def send_to_users(client: WeComClient, recipient: str, body: Mapping[str, Any]) -> Outcome:
    """Send one message to persons. Equal arguments make equal bytes, which is what duplicate check compares.

    Args:
        recipient: userids joined by "|", 1000 at most.
        body: {"msgtype": …, "<msgtype>": {…}}.
    """

    def send() -> Mapping[str, Any]:
        message = {
            **body,
            "touser": recipient,
            "agentid": client.agent_id("message/send"),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK_S,
        }
        return client.call("message/send", body=message, read=False)

    return send_and_judge(send)


def update_template_card(
    client: WeComClient, response_code: str, change: Mapping[str, Any], userids: Iterable[str] = ()
) -> Outcome:
    """Change a card that was sent. A response code works once, within 72 hours.

    Args:
        change: {"button": {"replace_name": …}} or {"template_card": {…}}.
        userids: whose card; empty: everybody's.
    """
    endpoint = "message/update_template_card"
    persons = sorted(userids)

    def send() -> Mapping[str, Any]:
        whose: dict[str, Any] = {"userids": persons} if persons else {"atall": 1}
        body = {**change, **whose, "agentid": client.agent_id(endpoint), "response_code": response_code}
        return client.call(endpoint, body=body, read=False)

    return send_and_judge(send)


def recall(client: WeComClient, message_id: str) -> Outcome:
    """Take back a message of the app, within 24 hours. Repeating it does no harm, yet it leaves once."""
    return send_and_judge(lambda: client.call("message/recall", body={"msgid": message_id}, read=False))
