"""[company], [database], [people]: who we are, where rows live, who is told."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AnyHttpUrl, BeforeValidator, Field, field_validator

from steward.model.settings.base import Secret, Section, UserId, Whole, refusal

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
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    console_url: AnyHttpUrl | None = None
    agents: Agents

    @field_validator("corp_id")
    @classmethod
    def _is_a_corp_id(cls, value: str) -> str:
        if not CORP_ID.fullmatch(value):
            raise refusal("corp_id")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (LookupError, ValueError, OSError):  # OSError: "Asia" is a folder of the zone data
            raise refusal("timezone", value=value) from None
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
    """One webhook bot (消息推送) of one group. The key is the credential."""

    key: Secret


class Receiver(Section):
    """Persons, a bot, or both. Empty: nobody is told and the digest says so."""

    users: tuple[UserId, ...] = ()
    bot: str | None = None


def _users_only(value: object) -> object:
    if isinstance(value, list | tuple):
        return {"users": value}
    if not isinstance(value, dict | Receiver):
        raise refusal("receivers")
    return value


Receivers = Annotated[Receiver, BeforeValidator(_users_only)]
"""Written as a plain list of userids, or as { users = [...], bot = "name" }."""


class People(Section):
    """[people]: HR's receivers, the general manager, the admins' channel, the bots by name."""

    hr: Receivers = Receiver()
    admins: Receivers = Receiver()
    general_manager: UserId | None = None
    bots: dict[str, Bot] = Field(default_factory=dict)
