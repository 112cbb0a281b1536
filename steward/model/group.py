"""Groups, who is in them, and what the company has laid down about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

GroupKind = Literal["customer", "archived", "app", "handed_in"]
"""customer: 客户群 · archived: internal group seen in the chat archive · app: created by our app ·
handed_in: no API shows it, the owner hands in its roster."""
MemberKind = Literal["staff", "external"]
Audience = Literal["staff", "customers"]
PolicyName = Literal["publicity", "exchange", "work"]
GroupStatus = Literal["active", "gone", "unreadable"]


class Member(NamedTuple):
    """One person in one group. A tuple, not a dataclass: a round makes a million of them.

    `nickname` is the name shown in this group: None = WeCom does not show it ("not observable"), "" = not set.
    `joined_unix_s` is WeCom's own Unix time in seconds: a million of them are never turned into anything else.
    """

    member_id: str
    kind: MemberKind
    nickname: str | None = None
    name: str | None = None
    joined_unix_s: int | None = None
    invited_by: str | None = None

    @property
    def joined_at(self) -> datetime | None:
        """When they joined; None where WeCom does not tell."""
        return None if self.joined_unix_s is None else datetime.fromtimestamp(self.joined_unix_s, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupListing:
    """A group as a list shows it: that it exists, and no more. `owner_left` is WeCom's status 1."""

    chat_id: str
    kind: GroupKind
    owner_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """One group with everybody in it, as one answer showed it. Applied whole or not at all.

    `skipped_count` members stood in rows that could not be read: who is missing may be one of them, so nobody
    counts as gone.
    """

    chat_id: str
    kind: GroupKind
    name: str
    owner_userid: str | None
    members: tuple[Member, ...]
    created_at: datetime | None = None
    member_version: str | None = None
    owner_left: bool = False
    skipped_count: int = 0
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """What the company's group register says about one group, by `chat_id` or, where that is unknown, by `name`.

    `kind` tells how WeCom shows a group that no list names (an app chat, an internal group in the archive).
    """

    chat_id: str | None = None
    name: str | None = None
    kind: GroupKind | None = None
    policy: PolicyName | None = None
    department: str | None = None
    liaison_userid: str | None = None
    owner_userid: str | None = None
    audience: Audience | None = None
    filed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What governs one group, once settings and register were read: exactly one policy, perhaps no liaison."""

    policy: PolicyName
    audience: Audience
    department_id: int | None = None
    liaison_userid: str | None = None
    filed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group as the last good pull knows it. `members_as_of` is None when no roster was ever read."""

    chat_id: str
    kind: GroupKind
    name: str
    owner_userid: str | None
    owner_left: bool
    status: GroupStatus
    unreadable_reason: str | None
    created_at: datetime | None
    first_seen_at: datetime
    members_as_of: datetime | None
    member_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody who was in a group's last roster but one and is no longer in its last."""

    event_id: int
    member: Member
    last_seen_at: datetime
    gone_at: datetime
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """All that the checks get to see of one group. `members` is None when no roster was ever read."""

    group: Group
    assignment: Assignment
    members: Sequence[Member] | None
    departures: Sequence[Departure] = ()
