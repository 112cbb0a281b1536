"""[policies.*]: the limits of the regulation, one section for each built-in policy. Clause ids in brackets."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from steward.model.settings.base import Section, Whole, refusal

_WRITTEN = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")


def _clock_time(value: object) -> time:
    # pydantic would take 22 for 22 seconds past midnight, and int() would take full-width digits.
    if isinstance(value, time):
        return value
    written = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if written is None or int(written[1]) > 23 or int(written[2]) > 59:
        raise refusal("clock_time")
    return time(int(written[1]), int(written[2]))


def _known_check(value: str, info: ValidationInfo) -> str:
    # Which checks there are is known two floors up; whoever parses the settings says it.
    known: Collection[str] = (info.context or {}).get("checks", (value,))
    if value not in known:
        raise refusal("unknown_check", value=value, known=", ".join(known))
    return value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
CheckId = Annotated[str, AfterValidator(_known_check)]


class Policy(Section):
    """The limits that govern a group.

    `checks` are the checks that run, by id; None: those that are made for this policy ·
    `quiet_from`/`quiet_until` [C16], local, may pass midnight ·
    `own_post_max_characters` [C9]: the service obeys what it enforces ·
    `roster_stale_after_hours`: from when on a roster is too old to be called checked daily [C6] ·
    `handed_in_stale_after_days`: the same for rosters that owners hand in.
    """

    checks: tuple[CheckId, ...] | None = None
    quiet_from: ClockTime = time(22, 0)
    quiet_until: ClockTime = time(7, 30)
    own_post_max_characters: Whole = Field(default=200, ge=50, le=2000)
    roster_stale_after_hours: Whole = Field(default=36, ge=1, le=720)
    handed_in_stale_after_days: Whole = Field(default=7, ge=1, le=90)

    @property
    def roster_stale_after(self) -> timedelta:
        """How old a roster that WeCom gave may be."""
        return timedelta(hours=self.roster_stale_after_hours)


class Policies(Section):
    """Regulation one, two and three. Every group is governed by exactly one of them."""

    publicity: Policy = Policy()
    exchange: Policy = Policy()
    work: Policy = Policy()

    def named(self, name: str) -> Policy:
        """Return the policy of that name."""
        policy: Policy = getattr(self, name)
        return policy
