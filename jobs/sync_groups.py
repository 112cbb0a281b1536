"""Pull every group we can learn of, and who is in it. A group that cannot be read keeps its last good roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy import Connection

from jobs import JobContext
from steward.checks.params import SOURCE_OF_KIND
from steward.engine.job import Job, Stage, StepArgs
from steward.model.group import Group, GroupKind, GroupListing, Roster
from steward.model.run import Counts
from steward.model.source import SourceState
from steward.store.directory import load_active_userids
from steward.store.findings import close_findings_of_gone
from steward.store.groups import load_groups, mark_gone, mark_unreadable, save_listings
from steward.store.memberships import apply_rosters
from steward.store.registry import load_registry
from steward.store.sources import save_sources
from steward.wecom.customer_groups import list_customer_groups, list_group_owners
from steward.wecom.errors import WeComError
from steward.wecom.rosters import UnreadableGroup, read_rosters

log = structlog.get_logger()
STEP: Final = 50
"""Groups in a step: what is done again after a crash, and what one transaction holds."""


def list_groups(context: JobContext, _: StepArgs) -> Counts:
    """Learn which groups there are: customer groups by list, the others by settings and register."""
    listed, blind = _list_customer_groups(context)
    with context.database.begin() as connection:
        known = _named_groups(context, connection)
        excluded = set(context.settings.groups.exclude)
        wanted = [one for one in (*listed, *known) if one.chat_id not in excluded]
        new = save_listings(connection, wanted, now=context.as_of)
        mark_gone(connection, excluded, now=context.as_of)
        # A group the list no longer names may be out of our sight only: its own answer tells, in the next stage.
        if blind is not None:
            save_sources(connection, [blind])
        elif context.settings.groups.customer_groups and not listed:
            save_sources(connection, [_good(context, "customer")])
        closed = close_findings_of_gone(connection, now=context.as_of)
    # A list that was cut short shows in the digest; only a refused one makes the run partial.
    refused = blind is not None and not listed
    return {"new_groups": new, "closed_findings": closed, "failed_sources": int(refused)}


def _list_customer_groups(context: JobContext) -> tuple[list[GroupListing], SourceState | None]:
    if not context.settings.groups.customer_groups:
        return [], None
    problems: list[str] = []
    try:
        listed = list_customer_groups(context.wecom, _owners(context), problems)
    except WeComError as error:
        return [], _refused(context, "customer", error)
    return listed, _short_list(context, problems) if problems else None


def _owners(context: JobContext) -> Sequence[str]:
    """Return whose groups to ask for: everybody who may own one, and whoever owned one and has left."""
    with context.database.read() as connection:
        known = {group.owner_userid for group in load_groups(connection) if group.kind == "customer"}
        active = load_active_userids(connection)
    try:
        possible = list_group_owners(context.wecom)
    except WeComError:
        # Without the right to that list, everybody in the directory might own a group.
        possible = active
    return sorted({*possible, *(userid for userid in known if userid)})


def _named_groups(context: JobContext, connection: Connection) -> list[GroupListing]:
    kinds: dict[str, GroupKind] = {
        entry.chat_id: entry.kind
        for entry in load_registry(connection)
        if entry.chat_id and entry.kind not in (None, "customer")
    }
    kinds.update(dict.fromkeys(context.settings.groups.archived_rooms, "archived"))
    kinds.update(dict.fromkeys(context.settings.groups.app_chats, "app"))
    return [GroupListing(chat_id=chat_id, kind=kind) for chat_id, kind in kinds.items()]


def split_groups(context: JobContext, connection: Connection) -> Sequence[StepArgs]:
    """Split the groups into steps of one kind each: what is refused to one kind may be allowed to another."""
    by_kind: dict[str, list[str]] = {}
    for group in load_groups(connection):
        if group.kind in SOURCE_OF_KIND:
            by_kind.setdefault(group.kind, []).append(group.chat_id)
    return [
        {"kind": kind, "chat_ids": chat_ids[at : at + STEP]}
        for kind, chat_ids in sorted(by_kind.items())
        for at in range(0, len(chat_ids), STEP)
    ]


def read_groups(context: JobContext, args: StepArgs) -> Counts:
    """Read the rosters of one step's groups and make them the members in force, all in one transaction."""
    kind: GroupKind = args["kind"]
    # A group that was found gone when this step was first done is not asked for again.
    with context.database.read() as connection:
        listings = [_listing(group) for group in load_groups(connection, args["chat_ids"])]
        owners = _registered_owners(connection) if kind == "archived" else {}
    rosters, unreadable, refusal, problems = _read(context, kind, listings)
    with context.database.begin() as connection:
        counts = apply_rosters(connection, [_owned(roster, owners) for roster in rosters])
        for group in unreadable:
            mark_unreadable(connection, group.chat_id, group.reason)
        gone = [group.chat_id for group in unreadable if group.gone]
        mark_gone(connection, gone, now=context.as_of)
        close_findings_of_gone(connection, now=context.as_of)
        save_sources(connection, [refusal or _good(context, kind)])
    missing = len(listings) - len(rosters) - len(gone)
    for problem in problems:
        log.warning(f"群成员行不可读：{problem}", action="row_unreadable")
    return {**counts, "gone_groups": len(gone), "failed_groups": missing, "failed_rows": len(problems)}


def _read(
    context: JobContext, kind: GroupKind, listings: Sequence[GroupListing]
) -> tuple[list[Roster], list[UnreadableGroup], SourceState | None, list[str]]:
    rosters: list[Roster] = []
    unreadable: list[UnreadableGroup] = []
    problems: list[str] = []
    refusal = None
    try:
        for one in read_rosters(context.wecom, listings, context.as_of, problems):
            (rosters if isinstance(one, Roster) else unreadable).append(one)  # type: ignore[arg-type]
    except WeComError as error:
        refusal = _refused(context, kind, error)
    return rosters, unreadable, refusal, problems


def _listing(group: Group) -> GroupListing:
    return GroupListing(chat_id=group.chat_id, kind=group.kind, owner_left=group.owner_left)


def _registered_owners(connection: Connection) -> dict[str, str]:
    return {
        entry.chat_id: entry.owner_userid
        for entry in load_registry(connection)
        if entry.chat_id and entry.owner_userid
    }


def _owned(roster: Roster, owners: Mapping[str, str]) -> Roster:
    # The archive tells who made a room, not who owns it today; the register knows better.
    return replace(roster, owner_userid=owners.get(roster.chat_id, roster.owner_userid))


def _good(context: JobContext, kind: GroupKind) -> SourceState:
    return SourceState(name=SOURCE_OF_KIND[kind], good_at=context.as_of, tried_at=context.as_of)


def _short_list(context: JobContext, problems: Sequence[str]) -> SourceState:
    return SourceState(
        name=SOURCE_OF_KIND["customer"],
        good_at=context.as_of,
        tried_at=context.as_of,
        detail=f"群列表不完整：{problems[0]}",
    )


def _refused(context: JobContext, kind: GroupKind, error: WeComError) -> SourceState:
    return SourceState(
        name=SOURCE_OF_KIND[kind],
        good_at=None,
        tried_at=context.as_of,
        errcode=error.errcode,
        detail=error.detail,
        remedy=error.remedy,
    )


JOB = Job(
    name="sync_groups",
    stages=(
        Stage(work=list_groups, parallel=True),
        Stage(split=split_groups, work=read_groups, parallel=True),
    ),
)
