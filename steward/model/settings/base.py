"""What every section of the settings has in common."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from steward.model.settings.wording import OURS

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
USERID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-@.]{0,63}")


class Section(BaseModel):
    """A frozen section that refuses keys it does not know and never repeats a value in an exception."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def refusal(kind: str, **context: object) -> PydanticCustomError:
    """Return the error a validator raises; its Chinese and English words stand in `wording.py`."""
    wording = OURS[kind]
    text = wording.message.en + (f"; allowed: {wording.allowed.en}" if wording.allowed else "")
    # PydanticCustomError formats {names}; braces that show TOML are no names.
    return PydanticCustomError(kind, "{text}", {**context, "text": _fill(text, context)})


def _fill(text: str, context: dict[str, object]) -> str:
    for name, value in context.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def looks_like_a_secret(text: str) -> bool:
    """Tell whether a text that should be a name is more likely a secret pasted in its place."""
    return len(text) >= 32 and bool(
        re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search(r"\d", text)
    )


class SecretSource(Section):
    """Where a secret comes from: an environment variable or a file; never the value itself."""

    env: str | None = None
    file: str | None = Field(default=None, min_length=1)

    @field_validator("env")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        if value is not None and (not ENV_NAME.fullmatch(value) or looks_like_a_secret(value)):
            raise refusal("secret_env_name")
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretSource:
        if (self.env is None) == (self.file is None):
            raise refusal("secret_source")
        return self

    def __str__(self) -> str:
        return f"env:{self.env}" if self.env else f"file:{self.file}"


def _no_plain_secret(value: Any) -> Any:
    # The value itself is not repeated: this text ends up in a terminal or a log.
    if isinstance(value, str):
        raise refusal("plain_secret")
    return value


def _to_userid(value: object) -> str:
    """Return the userid in lower case. A number is taken as its digits: many companies use staff numbers."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not USERID.fullmatch(text.strip()):
        raise refusal("userid")
    return text.strip().lower()


def _no_number(value: object) -> object:
    # pydantic would read 20261120 as seconds since 1970.
    if isinstance(value, bool | int | float):
        raise refusal("plain_date")
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):  # OSError: "Asia" is a folder of the zone data
        raise refusal("timezone", value=value) from None
    return value


Secret = Annotated[SecretSource, BeforeValidator(_no_plain_secret)]
UserId = Annotated[str, BeforeValidator(_to_userid)]
"""A WeCom userid: 1 to 64 letters, digits and _-@. , without regard to case (document paths 90195, 90196)."""
ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""A name of the IANA time zone database, such as "Asia/Shanghai"."""
Whole = Annotated[int, Strict()]
"""A TOML integer: neither 8.0 nor "8" nor true."""
Real = Annotated[float, Strict()]
"""A TOML number: neither "8" nor true."""
Switch = Annotated[bool, Strict()]
"""true or false: neither "yes" nor 1."""
Day = Annotated[date, BeforeValidator(_no_number)]
"""A date, bare or in quotes: 2026-11-20."""
