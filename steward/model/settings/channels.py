"""[email], [webhooks.NAME]: the ways out beside WeCom."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, field_validator, model_validator

from steward.model.settings.base import Real, Secret, Section, Switch, Whole, refusal

DEFAULT_PORTS = {"implicit": 465, "starttls": 587, "none": 25}
"""RFC 8314 (implicit TLS), RFC 6409 (submission), RFC 5321."""
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL_PART}@{_LABEL}(\.{_LABEL})*")
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?|[0-9A-Fa-f:]+(%\w+)?")


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine itself, without asking anybody."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def is_address(text: str) -> bool:
    """Tell whether a text is a mail address as we take them: ASCII, nothing around it.

    ASCII only: not every server on the way takes SMTPUTF8 (RFC 6531), and one that does not loses the mail.
    """
    return len(text) <= 254 and len(text.rpartition("@")[0]) <= 64 and bool(_ADDRESS.fullmatch(text))


def _to_address(value: str) -> str:
    if not is_address(value.strip()):
        raise refusal("email_address")
    return value.strip()


def _one_line(value: str) -> str:
    if not value.isprintable() or (value and not value.strip()):
        raise refusal("one_line")
    return value.strip()


EmailAddress = Annotated[str, AfterValidator(_to_address)]
"""name@domain, ASCII, without a display name (RFC 5321, 4.1.2: dot-string; 64 and 254 characters at most)."""
OneLine = Annotated[str, AfterValidator(_one_line)]
UserName = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_one_line)]


class Email(Section):
    """[email]: the mail server that takes our mails.

    `tls`: "implicit" from the first byte, "starttls" or nothing at all, "none" in the clear · `port`: None is the
    usual one of `tls` · `ca_file`: certificates of the company's own authority, PEM, beside the system's ·
    `timeout_s`: for each answer of the server · `on_unknown`: what becomes of a mail whose end nobody knows:
    "ask" a person, or "resend" it (it carries the same Message-ID, by which many servers drop the second).
    """

    host: str = Field(min_length=1, max_length=253)
    port: Whole | None = Field(default=None, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    user: UserName | None = None
    password: Secret | None = None
    from_address: EmailAddress
    from_name: OneLine = Field(default="群管家", max_length=64)
    reply_to: EmailAddress | None = None
    ca_file: str | None = Field(default=None, min_length=1)
    timeout_s: Real = Field(default=20.0, ge=1, le=60)
    on_unknown: Literal["ask", "resend"] = "ask"

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if not _HOST.fullmatch(value):
            raise refusal("mail_host")
        return value

    @model_validator(mode="after")
    def _user_with_password(self) -> Email:
        if (self.user is None) != (self.password is None):
            raise refusal("user_and_password")
        if self.user is not None and self.is_in_the_clear:
            raise refusal("password_in_the_clear")
        return self

    @property
    def port_in_use(self) -> int:
        """The port as written, else the usual one."""
        return self.port or DEFAULT_PORTS[self.tls]

    @property
    def is_in_the_clear(self) -> bool:
        """Whether others on the way could read the mails."""
        return self.tls == "none" and not is_loopback(self.host)


class Webhook(Section):
    """[webhooks.NAME]: an HTTP address of one of the company's own systems.

    `secret` signs what is sent · `idempotent`: the receiver knows a repeat by its `Idempotency-Key`, so what may
    have arrived is sent again instead of asking a person · `ca_file` as in [email].
    """

    url: AnyHttpUrl
    secret: Secret
    idempotent: Switch = False
    ca_file: str | None = Field(default=None, min_length=1)
    timeout_s: Real = Field(default=10.0, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, value: AnyHttpUrl) -> AnyHttpUrl:
        if value.username or value.password or value.query or value.fragment:
            raise refusal("url_with_credentials")
        if value.scheme != "https" and not is_loopback(value.host or ""):
            raise refusal("webhook_in_the_clear")
        return value


def _to_webhook_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise refusal("webhook_name")
    return value


WebhookName = Annotated[str, AfterValidator(_to_webhook_name)]
