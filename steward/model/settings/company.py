"""[company], [database], [people]: who we are, where rows live, who is told."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, field_validator, model_validator

from steward.model.settings.base import Secret, SecretSource, Section, UserId, Whole, ZoneName, refusal
from steward.model.settings.channels import EmailAddress

PLACEHOLDER_CORP_ID = "ww0000000000000000"
CORP_ID = re.compile(r"[0-9A-Za-z_\-]{4,64}")


class Agent(Section):
    """The self-built app: its id and its secret."""

    agent_id: Whole = Field(ge=1)
    secret: Secret


class Credential(Section):
    """A secret without an app of its own: contact sync, chat archive."""

    secret: Secret


class Agents(Section):
    """Which secret for what: wecom-api, "Which secret for what". Only `app` is needed."""

    app: Agent
    contacts: Credential | None = None
    archive: Credential | None = None


class Company(Section):
    """[company]"""

    name: str = Field(min_length=1, max_length=100)
    corp_id: str
    base_url: AnyHttpUrl = AnyHttpUrl("https://qyapi.weixin.qq.com/cgi-bin/")
    timezone: ZoneName = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    console_url: AnyHttpUrl | None = None
    agents: Agents

    @field_validator("corp_id")
    @classmethod
    def _is_a_corp_id(cls, value: str) -> str:
        if not CORP_ID.fullmatch(value):
            raise refusal("corp_id")
        return value

    @field_validator("base_url", "console_url")
    @classmethod
    def _no_credentials(cls, value: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if value is not None and (value.username or value.password or value.query):
            raise refusal("url_with_credentials")
        return value


class Database(Section):
    """[database] `url` is an SQLAlchemy URL, or where to find one (a PostgreSQL URL holds a password)."""

    url: str | Secret = "sqlite:///var/steward.db"

    @field_validator("url", mode="before")
    @classmethod
    def _no_password(cls, value: object) -> object:
        if isinstance(value, str) and "@" in value and ":" in value.split("@")[0].partition("//")[2]:
            raise refusal("url_with_password")
        return value


class Bot(Section):
    """A webhook bot (消息推送) of one group. The key is the credential.

    `keys`: of further bots in the same group; together they send as many times more · `on_unknown`: overrides
    `delivery.unknown` for this bot.
    """

    key: Secret | None = None
    keys: tuple[Secret, ...] = ()
    on_unknown: Literal["ask", "resend"] | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> Bot:
        if not self.every_key:
            raise refusal("bot_without_key")
        if len(set(map(str, self.every_key))) < len(self.every_key):
            raise refusal("bot_key_twice")
        return self

    @property
    def every_key(self) -> tuple[SecretSource, ...]:
        """Where the keys are, the first one first; never empty."""
        return (*((self.key,) if self.key else ()), *self.keys)


class Receiver(Section):
    """Persons, a bot, mail addresses, systems by their names in [webhooks]. Empty: nobody is told."""

    users: tuple[UserId, ...] = ()
    bot: str | None = None
    emails: tuple[EmailAddress, ...] = ()
    webhooks: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody at all is told."""
        return not (self.users or self.bot or self.emails or self.webhooks)


def _users_only(value: object) -> object:
    if isinstance(value, list | tuple):
        return {"users": value}
    if not isinstance(value, dict | Receiver):
        raise refusal("receivers")
    return value


Receivers = Annotated[Receiver, BeforeValidator(_users_only)]
"""Written as a plain list of userids, or as { users = [...], bot = "name", emails = [...], webhooks = [...] }."""


class People(Section):
    """[people]: HR's receivers, the general manager, the admins' channel, the bots by name."""

    hr: Receivers = Receiver()
    admins: Receivers = Receiver()
    general_manager: UserId | None = None
    bots: dict[str, Bot] = Field(default_factory=dict)
