"""Groups: that they exist, and the facts of each for the checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, case, func, select, update

from steward.model.group import Assignment, Departure, Group, GroupFacts, GroupKind, GroupListing, Member
from steward.store.memberships import load_departures, stream_members
from steward.store.schema import groups, memberships
from steward.store.upsert import chunked, insert_for

_SHOWN = [groups.c[name] for name in Group.__dataclass_fields__]


def save_listings(connection: Connection, listings: Iterable[GroupListing], *, now: datetime) -> int:
    """Note that these groups exist; returns how many were not known before."""
    known = set(connection.execute(select(groups.c.chat_id)).scalars())
    new = 0
    for chunk in chunked(listings):
        new += sum(listing.chat_id not in known for listing in chunk)
        statement = insert_for(connection, groups)
        excluded = statement.excluded
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["chat_id"],
                set_={
                    "kind": excluded.kind,
                    "owner_left": excluded.owner_left,
                    "last_seen_at": excluded.last_seen_at,
                    "gone_at": None,
                    # A group that could not be read stays so until it is read.
                    "status": case((groups.c.status == "gone", "active"), else_=groups.c.status),
                },
                where=(groups.c.last_seen_at < excluded.last_seen_at),
            ),
            [_new_row(listing, now) for listing in chunk],
        )
    return new


def _new_row(listing: GroupListing, now: datetime) -> dict[str, Any]:
    return {
        "chat_id": listing.chat_id,
        "kind": listing.kind,
        "name": "",
        "owner_left": listing.owner_left,
        "status": "active",
        "first_seen_at": now,
        "last_seen_at": now,
    }


def mark_gone(connection: Connection, chat_ids: Collection[str], *, now: datetime) -> None:
    """Close groups that were dismissed; those already closed keep their day."""
    for chunk in chunked(chat_ids, 500):
        connection.execute(
            update(groups)
            .where(groups.c.chat_id.in_(chunk), groups.c.gone_at.is_(None))
            .values(gone_at=now, status="gone")
        )


def mark_unreadable(connection: Connection, chat_id: str, reason: str) -> None:
    """Note why a group could not be read; its last good roster stays in force."""
    connection.execute(
        update(groups)
        .where(groups.c.chat_id == chat_id)
        .values(status="unreadable", unreadable_reason=reason)
    )


def load_group_ids(connection: Connection, *, kinds: Collection[GroupKind] | None = None) -> list[str]:
    """Return the ids of the groups that are not gone, sorted."""
    query = select(groups.c.chat_id).where(groups.c.gone_at.is_(None)).order_by(groups.c.chat_id)
    if kinds is not None:
        query = query.where(groups.c.kind.in_(kinds))
    return list(connection.execute(query).scalars())


def load_groups(connection: Connection, chat_ids: Collection[str] | None = None) -> list[Group]:
    """Return the groups that are not gone, by id; only those named, if any are."""
    query = select(*_SHOWN).where(groups.c.gone_at.is_(None)).order_by(groups.c.chat_id)
    if chat_ids is not None:
        query = query.where(groups.c.chat_id.in_(chat_ids))
    return [Group(**row) for row in connection.execute(query).mappings()]


def load_group(connection: Connection, chat_id: str) -> Group | None:
    """Return one group, gone or not; None if it was never seen."""
    row = connection.execute(select(*_SHOWN).where(groups.c.chat_id == chat_id)).mappings().one_or_none()
    return Group(**row) if row else None


def stream_group_facts(
    connection: Connection, assigned: Iterable[tuple[Group, Assignment]], *, since: datetime, zone: ZoneInfo
) -> Iterator[GroupFacts]:
    """Yield the facts of each group once: a query for the members of 500 groups, never one each.

    Args:
        assigned: the groups with what governs each.
        since: departures before this are old news.
        zone: whose days the approvals of leaves are counted in.
    """
    by_id = {group.chat_id: (group, assignment) for group, assignment in assigned}
    departures = load_departures(connection, by_id, since=since, zone=zone)
    for chat_id, members in stream_members(connection, sorted(by_id)):
        yield _facts(*by_id[chat_id], members, departures.get(chat_id, ()))


def _facts(
    group: Group, assignment: Assignment, members: list[Member], departures: Iterable[Departure]
) -> GroupFacts:
    return GroupFacts(
        group=group,
        assignment=assignment,
        members=members if group.members_as_of is not None else None,
        departures=tuple(departures),
    )


def count_groups(connection: Connection) -> dict[str, int]:
    """Return how many groups of each kind there are; kinds without a group are absent."""
    query = select(groups.c.kind, func.count()).where(groups.c.gone_at.is_(None)).group_by(groups.c.kind)
    return {kind: count for kind, count in connection.execute(query)}


def count_members(connection: Connection) -> int | None:
    """Return how many memberships the readable groups have; None when no roster was ever read."""
    query = select(func.count(), func.sum(groups.c.member_count)).where(
        groups.c.gone_at.is_(None), groups.c.members_as_of.is_not(None)
    )
    rosters, total = connection.execute(query).one()
    return int(total or 0) if rosters else None


def count_unreadable(connection: Connection) -> int:
    """Return how many groups cannot be read at the moment."""
    query = select(func.count()).where(groups.c.gone_at.is_(None), groups.c.status == "unreadable")
    return connection.execute(query).scalar_one()


def oldest_roster_at(connection: Connection) -> datetime | None:
    """Return when the oldest roster that WeCom gave was read; None when there is none."""
    query = select(groups.c.members_as_of).where(
        groups.c.gone_at.is_(None), groups.c.members_as_of.is_not(None), groups.c.kind != "handed_in"
    )
    found: datetime | None = connection.execute(query.order_by(groups.c.members_as_of).limit(1)).scalar()
    return found


def count_memberships_of(connection: Connection, member_ids: Collection[str]) -> dict[str, int]:
    """Return in how many groups each of these is; those in none are absent."""
    query = (
        select(memberships.c.member_id, func.count())
        .where(memberships.c.member_id.in_(member_ids))
        .group_by(memberships.c.member_id)
    )
    return {member_id: count for member_id, count in connection.execute(query)}
