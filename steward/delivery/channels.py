"""Every channel by one outbox: a row goes to the sender of its channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from steward.delivery.send import Claim
from steward.model.delivery import Outcome, Refused
from steward.store.outbox import OutboxRow


class ChannelSender(Protocol):
    """Brings one message out of the house by one channel."""

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Send it; never raises for anything the other side does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """Hands each message to the sender of its channel.

    Args:
        email: None = no [email] section.
        webhooks: by name.
    """

    wecom: ChannelSender
    email: ChannelSender | None = None
    webhooks: Mapping[str, ChannelSender] = field(default_factory=dict)

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Send one message; what has no way out is refused for good, with the section to write."""
        match row.channel:
            case "email":
                sender = self.email
                missing = "[email]"
            case "webhook":
                sender = self.webhooks.get(row.recipient)
                missing = f"[webhooks.{row.recipient}]"
            case _:
                return self.wecom.send(row, keep_body)
        if sender is None:
            return Refused(
                errcode=0,
                detail=f"settings.toml 里没有 {missing}",
                retry_class="never",
                remedy=f"写上 {missing}（见 docs/channels.md），再 main.py outbox retry {row.id}",
            )
        return sender.send(row, keep_body)
