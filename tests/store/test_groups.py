"""Groups: that they exist, are gone, cannot be read, or were never read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.model.group import Assignment, Group, GroupFacts
from steward.store.database import Database
from steward.store.groups import (
    count_groups,
    count_members,
    count_memberships_of,
    count_unreadable,
    load_group,
    load_group_ids,
    load_groups,
    mark_gone,
    mark_unreadable,
    oldest_roster_at,
    save_listings,
    stream_group_facts,
)
from steward.store.memberships import apply_rosters
from tests.factories import DAY, NOW, make_listing, make_roster


def group(database: Database, chat_id: str = "wr1") -> Group:
    with database.read() as connection:
        found = load_group(connection, chat_id)
    assert found is not None
    return found


def facts_of(connection: Connection, *chat_ids: str) -> list[GroupFacts]:
    assignment = Assignment(policy="work", audience="staff")
    assigned = [(one, assignment) for one in load_groups(connection, chat_ids)]
    return list(stream_group_facts(connection, assigned, since=NOW, zone=ZoneInfo("Asia/Shanghai")))


def test_group_is_known_and_its_members_are_not_when_it_was_only_listed(database: Database) -> None:
    with database.begin() as connection:
        assert save_listings(connection, [make_listing(), make_listing("wr2", kind="app")], now=NOW) == 2
        assert save_listings(connection, [make_listing()], now=NOW + DAY) == 0
        assert count_groups(connection) == {"customer": 1, "app": 1}
        assert count_members(connection) is None
        assert oldest_roster_at(connection) is None
        [facts] = facts_of(connection, "wr1")
    assert facts.members is None
    assert facts.group.first_seen_at == NOW


def test_members_are_known_to_be_none_when_the_roster_was_empty(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(members=[])])
        [facts] = facts_of(connection, "wr1")
        assert count_members(connection) == 0
    assert facts.members == []


def test_listing_says_that_the_owner_left_and_came_back(database: Database) -> None:
    for days, left in enumerate((False, True, False)):
        with database.begin() as connection:
            save_listings(connection, [make_listing(owner_left=left)], now=NOW + days * DAY)
        assert group(database).owner_left is left


def test_unreadable_group_keeps_its_roster_and_stays_unreadable_until_it_is_read(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(members=["a", "b"])])
        mark_unreadable(connection, "wr1", "企业微信 60011：无权访问")
        save_listings(connection, [make_listing()], now=NOW + DAY)
        assert count_unreadable(connection) == 1
        assert count_members(connection) == 2
    found = group(database)
    assert (found.status, found.unreadable_reason) == ("unreadable", "企业微信 60011：无权访问")
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(members=["a", "b"], seen_at=NOW + DAY)])
    found = group(database)
    assert (found.status, found.unreadable_reason) == ("active", None)


def test_group_that_is_gone_is_left_out_and_keeps_its_day(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(), make_roster("wr2")])
        mark_gone(connection, ["wr1"], now=NOW)
        mark_gone(connection, ["wr1", "never seen"], now=NOW + DAY)
        assert load_group_ids(connection) == ["wr2"]
        assert [one.chat_id for one in load_groups(connection, ["wr1", "wr2"])] == ["wr2"]
        assert count_groups(connection) == {"customer": 1}
    assert group(database).status == "gone"


def test_group_is_there_again_when_it_is_listed_after_it_was_gone(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster()])
        mark_gone(connection, ["wr1"], now=NOW)
        save_listings(connection, [make_listing()], now=NOW + DAY)
        assert load_group_ids(connection, kinds=["customer"]) == ["wr1"]
        assert load_group_ids(connection, kinds=["app"]) == []
    assert group(database).status == "active"


def test_oldest_roster_and_the_groups_of_a_person_are_counted(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(
            connection,
            [make_roster(members=["a"]), make_roster("wr2", members=["a", "b"], seen_at=NOW + DAY)],
        )
        assert oldest_roster_at(connection) == NOW
        assert count_memberships_of(connection, ["a", "b", "nobody"]) == {"a": 2, "b": 1}
        assert count_members(connection) == 3
