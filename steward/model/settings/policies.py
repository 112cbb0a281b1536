"""[policies.*]: the limits of the regulation, one section for each built-in policy. Clause ids in brackets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from steward.model.settings.base import Section, Whole, refusal

MEMBER_CHECKS = (
    "non_employee",
    "former_employee",
    "nickname",
    "left_without_approval",
    "no_liaison",
    "unfiled_group",
    "ownerless_group",
    "stale_data",
)


_WRITTEN = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")


def _clock_time(value: object) -> time:
    # pydantic would take 22 for 22 seconds past midnight, and int() would take full-width digits.
    if isinstance(value, time):
        return value
    written = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if written is None or int(written[1]) > 23 or int(written[2]) > 59:
        raise refusal("clock_time")
    return time(int(written[1]), int(written[2]))


def _known_check(value: str) -> str:
    if value not in MEMBER_CHECKS:
        raise refusal("unknown_check", value=value, known=", ".join(MEMBER_CHECKS))
    return value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
CheckId = Annotated[str, AfterValidator(_known_check)]


class Policy(Section):
    """The limits that govern a group.

    `checks` are the member checks that run (ids of the regulation page) · `quiet_from`/`quiet_until` [C16], local,
    may pass midnight · `own_post_max_characters` [C9]: the service obeys what it enforces ·
    `roster_stale_after_hours`: from when on a roster is too old to be called checked daily [C6] ·
    `handed_in_stale_after_days`: the same for rosters that owners hand in.
    """

    checks: tuple[CheckId, ...] = MEMBER_CHECKS
    quiet_from: ClockTime = time(22, 0)
    quiet_until: ClockTime = time(7, 30)
    own_post_max_characters: Whole = Field(default=200, ge=50, le=2000)
    roster_stale_after_hours: Whole = Field(default=36, ge=1, le=720)
    handed_in_stale_after_days: Whole = Field(default=7, ge=1, le=90)

    @property
    def roster_stale_after(self) -> timedelta:
        """How old a roster that WeCom gave may be."""
        return timedelta(hours=self.roster_stale_after_hours)


_WITHOUT_MEMBER_RULES = tuple(c for c in MEMBER_CHECKS if c not in {"nickname", "left_without_approval"})


class Policies(Section):
    """Regulation one, two and three. Every group is governed by exactly one of them."""

    publicity: Policy = Policy(checks=_WITHOUT_MEMBER_RULES)
    exchange: Policy = Policy(checks=_WITHOUT_MEMBER_RULES)
    work: Policy = Policy()

    @field_validator("publicity", "exchange", mode="before")
    @classmethod
    def _keep_their_own_checks(cls, value: object) -> object:
        # Who changes one limit of a policy keeps the rest of it, its list of checks too.
        return {"checks": _WITHOUT_MEMBER_RULES, **value} if isinstance(value, Mapping) else value

    def named(self, name: str) -> Policy:
        """Return the policy of that name."""
        policy: Policy = getattr(self, name)
        return policy
