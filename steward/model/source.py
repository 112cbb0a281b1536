"""Where our knowledge comes from, how old it is, and what could not be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source of data after its last try.

    Args:
        name: "departments", "users", "customer_groups", "archived_rooms", "app_chats", "roster:<chat_id>" …
        good_at: when it last answered fully; None = never.
        tried_at: when it was last asked.
        errcode: WeCom's errcode of the last refusal; None when the last try was good or gave no answer.
        detail: the last refusal in one line, without secrets; None when the last try was good.
        remedy: what an admin does about it; None when nothing is wrong or nobody knows.
    """

    name: str
    good_at: datetime | None
    tried_at: datetime
    errcode: int | None = None
    detail: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """Something the service cannot see or could not do, with how much of it there is and what would help.

    `kind` is a word the templates know (templates/messages/_blind_spots.md.j2): of groups "nickname_not_observable",
    "nickname_not_judged", "roster_unknown", "groups_unreadable", "unknown_staff", "unresolved_names"; of sources
    "source_refused", "source_incomplete", "source_stale", "directory_partial"; of our own "delivery_failed",
    "delivery_unknown", "calendar_provisional", "job_failed".
    """

    kind: str
    count: int = 1
    subject: str | None = None
    detail: str | None = None
    remedy: str | None = None
    since: datetime | None = None
