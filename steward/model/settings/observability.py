"""[observability]: where health and metrics are answered, and how the log is written."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pydantic import field_validator

from steward.model.settings.base import Section, Switch, refusal
from steward.model.settings.channels import is_loopback

_LISTEN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[0-9A-Za-z.\-]+)):(?P<port>[0-9]{1,5})")


class Address(NamedTuple):
    """Where something listens. Port 0: nowhere."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def to_address(text: str) -> Address | None:
    """Return the address that "127.0.0.1:9464" or "[::1]:9464" stands for; None where it is none."""
    found = _LISTEN.fullmatch(text.strip())
    if found is None or int(found["port"]) > 65535:
        return None
    return Address(found["v6"] or found["host"], int(found["port"]))


class Observability(Section):
    """[observability]: the health port of `serve`, and its log.

    `listen`: only this machine may ask unless another address is written; port 0 switches it off, as `enabled`
    does · `log_format`: "auto" is for people on a terminal and JSON elsewhere.
    """

    enabled: Switch = True
    listen: str = "127.0.0.1:9464"
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if to_address(value) is None:
            raise refusal("listen_address")
        return value.strip()

    @property
    def address(self) -> Address | None:
        """Where to listen; None: nowhere."""
        address = to_address(self.listen)
        return address if self.enabled and address is not None and address.port else None
