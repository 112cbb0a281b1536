"""Who is in which group now, and the history of joins and leaves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from steward.model.group import Departure, Member, Roster
from steward.store.schema import approved_leaves, groups, membership_events, memberships
from steward.store.upsert import chunked, insert_for, insert_many, to_stored, update_many, upsert

_COLUMNS = ("member_id", "kind", "nickname", "name", "joined_unix_s", "invited_by")
_NEW_COLUMNS = ("chat_id", *_COLUMNS, "first_seen_at")


def apply_rosters(connection: Connection, rosters: Iterable[Roster]) -> dict[str, int]:
    """Make each roster its group's members, whole, in the caller's transaction.

    A roster equal to the one in force costs one row. A group's first roster starts its history: nobody "joined".

    Returns:
        Counts: groups, changed_groups, members, joined, gone.
    """
    rosters = list(rosters)
    known = _known_groups(connection, [roster.chat_id for roster in rosters])
    changes = _Changes()
    for roster in rosters:
        changes.take(connection, roster, known.get(roster.chat_id))
    changes.write(connection)
    return {
        "groups": len(rosters),
        "changed_groups": changes.changed_groups,
        "members": sum(len(roster.members) for roster in rosters),
        "joined": sum(event["event"] == "joined" for event in changes.events),
        "gone": sum(event["event"] == "gone" for event in changes.events),
    }


def _known_groups(connection: Connection, chat_ids: Sequence[str]) -> dict[str, Any]:
    columns = (groups.c.chat_id, groups.c.content_hash, groups.c.members_as_of, groups.c.first_seen_at)
    found = {}
    for chunk in chunked(chat_ids, 500):
        found.update(
            {
                row.chat_id: row
                for row in connection.execute(select(*columns).where(groups.c.chat_id.in_(chunk)))
            }
        )
    return found


def content_hash(roster: Roster) -> str:
    """Return what tells two rosters apart: name, owner, rows skipped, and every member in order."""
    lines = [f"{roster.name}\x1f{roster.owner_userid}\x1f{roster.owner_left}\x1f{roster.skipped_count}"]
    lines += [f"{m[0]}\x1f{m[1]}\x1f{m[2]}\x1f{m[3]}\x1f{m[4]}\x1f{m[5]}" for m in roster.members]
    return hashlib.blake2b("\x1e".join(lines).encode("utf8", "surrogatepass"), digest_size=16).hexdigest()


class _Changes:
    """What a batch of rosters changes, collected first and written in few statements."""

    def __init__(self) -> None:
        self.new_groups: list[tuple[Any, ...]] = []
        self.known_groups: list[tuple[Any, ...]] = []
        self.new_members: list[tuple[Any, ...]] = []
        self.changed_members: list[dict[str, Any]] = []
        self.gone: list[tuple[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.changed_groups = 0

    def take(self, connection: Connection, roster: Roster, known: Any) -> None:
        digest = content_hash(roster)
        values = _group_values(connection, roster, digest)
        if known is None:
            self.new_groups.append((*values, to_stored(connection, roster.seen_at), roster.chat_id))
        else:
            self.known_groups.append((*values, roster.chat_id))
        if known is None or known.members_as_of is None:
            self.changed_groups += 1
            self.new_members += _new_rows(connection, roster, {m[0]: m for m in roster.members}.values())
        elif known.content_hash != digest:
            self.changed_groups += 1
            self._compare(connection, roster, known.members_as_of)

    def _compare(self, connection: Connection, roster: Roster, before_at: datetime) -> None:
        before = {member.member_id: member for member in load_members(connection, roster.chat_id)}
        after = {member.member_id: member for member in roster.members}
        joined = [member for member_id, member in after.items() if member_id not in before]
        gone = (
            [] if roster.skipped_count else [m for member_id, m in before.items() if member_id not in after]
        )
        self.new_members += _new_rows(connection, roster, joined)
        self.changed_members += _rows(
            roster, [m for m in after.values() if m.member_id in before and before[m.member_id] != m]
        )
        self.gone += [(roster.chat_id, member.member_id) for member in gone]
        self.events += [_event(roster, member, "joined", None) for member in joined]
        self.events += [_event(roster, member, "gone", before_at) for member in gone]

    def write(self, connection: Connection) -> None:
        insert_many(connection, groups, (*_GROUP_COLUMNS, "first_seen_at", "chat_id"), self.new_groups)
        update_many(connection, groups, _GROUP_COLUMNS, self.known_groups)
        insert_many(connection, memberships, _NEW_COLUMNS, self.new_members)
        upsert(connection, memberships, self.changed_members, keep=("first_seen_at",))
        for chat_id, pairs in groupby(sorted(self.gone), key=itemgetter(0)):
            delete_members(connection, chat_id, [member_id for _, member_id in pairs])
        if self.events:
            connection.execute(insert(membership_events), self.events)


_GROUP_COLUMNS = (
    "kind",
    "name",
    "owner_userid",
    "owner_left",
    "status",
    "unreadable_reason",
    "created_at",
    "member_count",
    "member_version",
    "content_hash",
    "last_seen_at",
    "members_as_of",
    "gone_at",
)


def _group_values(connection: Connection, roster: Roster, digest: str) -> tuple[Any, ...]:
    """Return what a roster says of its group, in the order of `_GROUP_COLUMNS`."""
    seen_at = to_stored(connection, roster.seen_at)
    return (
        roster.kind,
        roster.name,
        roster.owner_userid,
        roster.owner_left,
        "active",
        None,
        to_stored(connection, roster.created_at),
        len(roster.members),
        roster.member_version,
        digest,
        seen_at,
        seen_at,
        None,
    )


def _new_rows(connection: Connection, roster: Roster, members: Iterable[Member]) -> list[tuple[Any, ...]]:
    chat_id, seen_at = roster.chat_id, to_stored(connection, roster.seen_at)
    return [(chat_id, *member, seen_at) for member in members]


def _rows(roster: Roster, members: Iterable[Member]) -> list[dict[str, Any]]:
    chat_id, seen_at = roster.chat_id, roster.seen_at
    return [
        {
            "chat_id": chat_id,
            "member_id": m[0],
            "kind": m[1],
            "nickname": m[2],
            "name": m[3],
            "joined_unix_s": m[4],
            "invited_by": m[5],
            "first_seen_at": seen_at,
        }
        for m in members
    ]


def _event(roster: Roster, member: Member, event: str, last_seen_at: datetime | None) -> dict[str, Any]:
    return {
        "chat_id": roster.chat_id,
        "member_id": member.member_id,
        "event": event,
        "at": roster.seen_at,
        "last_seen_at": last_seen_at,
        "kind": member.kind,
        "nickname": member.nickname,
        "name": member.name,
    }


def delete_members(connection: Connection, chat_id: str, member_ids: Collection[str]) -> None:
    """Take people out of a group's current roster."""
    for chunk in chunked(member_ids, 500):
        connection.execute(
            delete(memberships).where(memberships.c.chat_id == chat_id, memberships.c.member_id.in_(chunk))
        )


def load_members(connection: Connection, chat_id: str) -> list[Member]:
    """Return the group's current members by id; empty also when no roster was ever read."""
    return next(stream_members(connection, [chat_id]))[1]


def count_externals(connection: Connection) -> dict[str, int]:
    """Return how many people from outside each group has; groups without any are absent."""
    query = (
        select(memberships.c.chat_id, func.count())
        .where(memberships.c.kind == "external")
        .group_by(memberships.c.chat_id)
    )
    return {chat_id: count for chat_id, count in connection.execute(query)}


def stream_members(connection: Connection, chat_ids: Iterable[str]) -> Iterator[tuple[str, list[Member]]]:
    """Yield (chat id, members) of each group in the order given; a group without members has an empty list.

    One query a group, straight on the driver's cursor: no column here needs converting, a query on the primary key
    costs SQLite 15 µs, and a tuple becomes a Member by its C constructor. So a million memberships are read in
    little more time than the bare rows; SQLAlchemy's rows and `Member._make` took twice as long.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    # Names come from the schema; the id is bound.
    query = f"SELECT {', '.join(_COLUMNS)} FROM memberships WHERE chat_id = {mark} ORDER BY member_id"  # noqa: S608
    cursor: Any = connection.connection.cursor()
    new = tuple.__new__
    for chat_id in chat_ids:
        yield chat_id, [new(Member, row) for row in cursor.execute(query, (chat_id,)).fetchall()]


def load_departures(
    connection: Connection, chat_ids: Iterable[str], *, since: datetime, zone: tzinfo
) -> dict[str, list[Departure]]:
    """Return who left each group since then and was not judged yet; groups nobody left are absent."""
    wanted = set(chat_ids)
    query = (
        select(membership_events)
        .where(
            membership_events.c.event == "gone",
            membership_events.c.at >= since,
            membership_events.c.judged_at.is_(None),
        )
        .order_by(membership_events.c.id)
    )
    approvals = _approvals(connection)
    found: dict[str, list[Departure]] = defaultdict(list)
    for row in connection.execute(query):
        if row.chat_id in wanted:
            found[row.chat_id].append(_departure(row, approvals, zone))
    return found


def _departure(row: Any, approvals: dict[tuple[str, str], list[Any]], zone: tzinfo) -> Departure:
    # Between two rosters nobody knows the moment: a leave approved for any day of that time covers it.
    last_seen_at = row.last_seen_at or row.at
    first_on, last_on = last_seen_at.astimezone(zone).date(), row.at.astimezone(zone).date()
    given = approvals.get((row.chat_id, row.member_id), ())
    return Departure(
        event_id=row.id,
        member=Member(row.member_id, row.kind, row.nickname, row.name),
        last_seen_at=last_seen_at,
        gone_at=row.at,
        approved=any(a.from_on <= last_on and a.until_on >= first_on for a in given),
    )


def _approvals(connection: Connection) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in connection.execute(select(approved_leaves)):
        found[row.chat_id, row.userid].append(row)
    return found


def mark_judged(connection: Connection, event_ids: Collection[int], *, now: datetime) -> None:
    """Note that these departures were judged: each is reported once."""
    for chunk in chunked(event_ids, 500):
        connection.execute(
            update(membership_events)
            .where(membership_events.c.id.in_(chunk), membership_events.c.judged_at.is_(None))
            .values(judged_at=now)
        )


def approve_leave(connection: Connection, **approval: Any) -> None:
    """Record that somebody may leave a group: chat_id, userid, approved_by, reason, from_on, until_on.

    A second word about the same group, person and first day takes the place of the first.
    """
    statement = insert_for(connection, approved_leaves).values(approval)
    again = {name: statement.excluded[name] for name in ("approved_by", "reason", "until_on")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["chat_id", "userid", "from_on"], set_=again)
    )


def delete_events_before(connection: Connection, at: datetime) -> int:
    """Forget joins and leaves older than that; returns how many."""
    return connection.execute(delete(membership_events).where(membership_events.c.at < at)).rowcount
