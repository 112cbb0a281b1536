"""The e-mail channel: one row is one mail, and one attempt is one SMTP exchange.

A row's body: {"subject", "text", "html", "inline": [{"cid", "path"}], "attachments": [{"path", "filename"}]}, paths
below the folder of files. Only subject and text must be there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steward.delivery.email_message import CannotCompose, Identity, compose, message_id, recipients_of
from steward.delivery.send import Claim
from steward.delivery.smtp import MailServer, transmit
from steward.model.delivery import Accepted, Outcome, Refused
from steward.store.outbox import OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSender:
    """Sends by e-mail. `files` is the folder that the paths in bodies are relative to."""

    server: MailServer
    identity: Identity
    files: Path
    monotonic: Callable[[], float] = time.monotonic

    def send(self, row: OutboxRow, keep_body: Claim) -> Outcome:
        """Send one mail.

        A refused recipient does not spoil the others of the same row. One that may be taken later (4xx) is not
        tried again once others were served, so what must reach everybody is queued one row for each address.

        Raises:
            ClaimLost: the message is no longer this worker's.
        """
        try:
            recipients = recipients_of(row)
            mail = compose(row, recipients, self.identity, self.files)
        except CannotCompose as error:
            return _never(
                str(error), "核对 settings.toml 里的邮箱地址；不是设置的问题时请把这条消息报给开发者"
            )
        except OSError as error:
            name = Path(str(error.filename or "")).name
            return _never(
                f"读不到附件 {name}：{error.strerror}", "重新生成报告后再发：main.py run daily_digest"
            )
        outcome = transmit(
            self.server,
            self.identity.address,
            recipients,
            mail,
            monotonic=self.monotonic,
            is_ours=keep_body.is_ours,
        )
        if isinstance(outcome, Accepted):
            return Accepted(
                message_id=message_id(row, self.identity), refused_recipients=outcome.refused_recipients
            )
        return outcome


def _never(detail: str, remedy: str) -> Refused:
    return Refused(errcode=0, detail=detail, retry_class="never", remedy=remedy)
