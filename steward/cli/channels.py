"""Build the senders of every channel from the settings. Secrets are read when they are needed, and anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from steward.delivery.channels import ChannelSender, Postman
from steward.delivery.email import EmailSender
from steward.delivery.email_message import Identity
from steward.delivery.smtp import MailServer
from steward.delivery.webhook import Endpoint, WebhookSender
from steward.model.settings import Settings
from steward.model.settings.base import SecretSource
from steward.model.settings.channels import Email, Webhook
from steward.model.settings.errors import SettingsError
from steward.model.settings.secrets import resolve_secret

PART_OF_LEASE: Final = 0.75
"""How much of a claim's lease one mail may take: a worker that is slower would have the message taken from it."""


def build_postman(
    settings: Settings,
    environment: Mapping[str, str],
    root: Path,
    *,
    files: Path,
    wecom: ChannelSender,
    now: Callable[[], datetime],
) -> Postman:
    """Return who hands each message to its channel. `files`: what paths in bodies are relative to."""
    email = None
    if settings.email is not None:
        server = to_mail_server(settings.email, environment, root, lease_s=settings.delivery.lease_s)
        email = EmailSender(server=server, identity=to_identity(settings.email), files=files)
    webhooks = {
        name: WebhookSender(endpoint=to_endpoint(name, webhook, environment, root), now=now)
        for name, webhook in settings.webhooks.items()
    }
    return Postman(wecom=wecom, email=email, webhooks=webhooks)


def to_mail_server(email: Email, environment: Mapping[str, str], root: Path, *, lease_s: float) -> MailServer:
    """Return the mail server of the settings. Relative paths start at `root`."""
    return MailServer(
        host=email.host,
        port=email.port_in_use,
        tls=email.tls,
        user=email.user,
        password=_reader(email.password, environment, root),
        secret_place=str(email.password or ""),
        ca_file=root / email.ca_file if email.ca_file else None,
        timeout_s=email.timeout_s,
        at_most_s=PART_OF_LEASE * lease_s,
    )


def to_identity(email: Email) -> Identity:
    """Return who writes, by the settings."""
    return Identity(address=email.from_address, name=email.from_name, reply_to=email.reply_to)


def to_endpoint(name: str, webhook: Webhook, environment: Mapping[str, str], root: Path) -> Endpoint:
    """Return one webhook of the settings. Relative paths start at `root`."""
    return Endpoint(
        name=name,
        url=str(webhook.url),
        secret=_reader(webhook.secret, environment, root),
        secret_place=str(webhook.secret),
        ca_file=root / webhook.ca_file if webhook.ca_file else None,
        timeout_s=webhook.timeout_s,
    )


def _reader(
    source: SecretSource | None, environment: Mapping[str, str], root: Path
) -> Callable[[], str | None]:
    def read() -> str | None:
        if source is None:
            return None
        try:
            return resolve_secret(
                source, env=environment, read_file=lambda path: (root / path).read_text(encoding="utf8")
            )
        except SettingsError:
            return None  # a file nobody can read is no secret; whoever asks says where it should be

    return read
