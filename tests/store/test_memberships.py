"""Rosters: each applied whole, with the history of joins and leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from steward.model.group import Assignment, Departure, Member, Roster
from steward.store.database import Database
from steward.store.groups import load_group, load_groups, stream_group_facts
from steward.store.memberships import (
    apply_rosters,
    approve_leave,
    delete_events_before,
    load_departures,
    load_members,
    mark_judged,
    stream_members,
)
from steward.store.schema import membership_events
from tests.factories import DAY, NOW, make_member, make_roster

SHANGHAI = ZoneInfo("Asia/Shanghai")


def keep(database: Database, *rosters: Roster) -> dict[str, int]:
    with database.begin() as connection:
        return apply_rosters(connection, rosters)


def members_of(database: Database, chat_id: str = "wr1") -> list[str]:
    with database.read() as connection:
        return [member.member_id for member in load_members(connection, chat_id)]


def events_of(database: Database) -> list[tuple[str, str]]:
    query = select(membership_events.c.member_id, membership_events.c.event).order_by(membership_events.c.id)
    with database.read() as connection:
        return [(row.member_id, row.event) for row in connection.execute(query)]


def departures(database: Database, **over: Any) -> list[Departure]:
    options: dict[str, Any] = {"since": NOW - DAY, "zone": SHANGHAI, **over}
    with database.read() as connection:
        found = load_departures(connection, ["wr1"], **options)
    return [one for group in found.values() for one in group]


def written_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            statements.extend(
                [statement.split()[2 if "INTO" in statement else 1]] * (len(parameters) if many else 1)
            )

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def test_nobody_joined_when_it_is_a_groups_first_roster(database: Database) -> None:
    counts = keep(database, make_roster(members=["a", "b"]))
    assert counts == {"groups": 1, "changed_groups": 1, "members": 2, "joined": 0, "gone": 0}
    assert events_of(database) == []


def test_member_comes_back_as_they_were_kept(database: Database) -> None:
    people = [
        Member("wmABC", "external", "", "王立新🎉\u202e", 1_790_000_000, "zhangsan"),
        Member("zhangsan", "staff", None, None, None, None),
    ]
    keep(database, make_roster(members=people))
    with database.read() as connection:
        assert load_members(connection, "wr1") == people
        assert dict(stream_members(connection, ["wr1"])) == {"wr1": people}


def test_one_row_only_is_written_when_a_roster_did_not_change(sqlite_database: Database) -> None:
    keep(sqlite_database, make_roster(members=["a", "b"]))
    for statements in written_statements(sqlite_database):
        counts = keep(sqlite_database, make_roster(members=["a", "b"], seen_at=NOW + DAY))
        assert statements == ["groups"]
    assert (counts["changed_groups"], counts["members"]) == (0, 2)
    with sqlite_database.read() as connection:
        group = load_group(connection, "wr1")
    assert group is not None
    assert group.members_as_of == NOW + DAY
    assert group.first_seen_at == NOW


def test_joins_and_leaves_are_told_by_the_next_roster(database: Database) -> None:
    keep(database, make_roster(members=["a", "b"]))
    counts = keep(database, make_roster(members=["b", "c"], seen_at=NOW + DAY))
    assert (counts["joined"], counts["gone"], counts["changed_groups"]) == (1, 1, 1)
    assert members_of(database) == ["b", "c"]
    assert sorted(events_of(database)) == [("a", "gone"), ("c", "joined")]
    [left] = departures(database)
    assert (left.member.member_id, left.last_seen_at, left.gone_at) == ("a", NOW, NOW + DAY)


def test_person_who_comes_back_joins_again(database: Database) -> None:
    for days, people in enumerate((["a", "b"], ["a"], ["a", "b"])):
        keep(database, make_roster(members=people, seen_at=NOW + days * DAY))
    assert events_of(database) == [("b", "gone"), ("b", "joined")]
    assert members_of(database) == ["a", "b"]


def test_new_nickname_is_neither_a_join_nor_a_leave(database: Database) -> None:
    keep(database, make_roster(members=[make_member("a", nickname="张三")]))
    counts = keep(database, make_roster(members=[make_member("a", nickname="财务部张三")], seen_at=NOW + DAY))
    assert (counts["changed_groups"], counts["joined"], counts["gone"]) == (1, 0, 0)
    with database.read() as connection:
        assert [one.nickname for one in load_members(connection, "wr1")] == ["财务部张三"]


@pytest.mark.parametrize("size", [0, 1, 2000])
def test_group_of_any_size_is_emptied_and_filled_again(database: Database, size: int) -> None:
    people = [f"u{n:04}" for n in range(size)]
    keep(database, make_roster(members=people))
    assert members_of(database) == people
    assert keep(database, make_roster(members=[], seen_at=NOW + DAY))["gone"] == size
    assert members_of(database) == []
    assert keep(database, make_roster(members=people, seen_at=NOW + 2 * DAY))["joined"] == size
    assert members_of(database) == people


def test_member_named_twice_is_kept_once(database: Database) -> None:
    keep(database, make_roster(members=["a", "a"]))
    keep(database, make_roster(members=["a", "a", "b", "b"], seen_at=NOW + DAY))
    assert members_of(database) == ["a", "b"]


def test_nobody_is_gone_when_rows_of_the_roster_could_not_be_read(database: Database) -> None:
    keep(database, make_roster(members=["a", "b"]))
    keep(database, make_roster(members=["a"], skipped_count=1, seen_at=NOW + DAY))
    assert members_of(database) == ["a", "b"]
    keep(database, make_roster(members=["a"], seen_at=NOW + 2 * DAY))
    assert members_of(database) == ["a"]
    assert events_of(database) == [("b", "gone")]


def test_last_rosters_stay_in_force_when_the_batch_breaks_in_the_middle(database: Database) -> None:
    keep(database, make_roster(), make_roster("wr2"))
    broken = make_roster("wr2", members=[make_member("b", name=object())], seen_at=NOW + DAY)
    with pytest.raises(Exception, match="object"):
        keep(database, make_roster(members=["new"], seen_at=NOW + DAY), broken)
    assert members_of(database) == members_of(database, "wr2") == ["zhangsan"]
    assert events_of(database) == []
    with database.read() as connection:
        group = load_group(connection, "wr1")
    assert group is not None
    assert group.members_as_of == NOW


def test_departure_is_told_until_it_was_judged_and_not_after(database: Database) -> None:
    keep(database, make_roster(members=["a", "b"]))
    keep(database, make_roster(members=["a"], seen_at=NOW + DAY))
    assert len(departures(database)) == len(departures(database)) == 1
    with database.begin() as connection:
        mark_judged(connection, [one.event_id for one in departures(database)], now=NOW + DAY)
    assert departures(database) == []


def test_old_departure_is_not_brought_up_any_more(database: Database) -> None:
    keep(database, make_roster(members=["a", "b"]))
    keep(database, make_roster(members=["a"], seen_at=NOW + DAY))
    assert departures(database, since=NOW + 2 * DAY) == []


@pytest.mark.parametrize(
    ("first_on", "last_on", "approved"),
    [
        (date(2026, 11, 19), date(2026, 11, 19), True),  # found gone on the 19th, early in the morning
        (date(2026, 11, 18), date(2026, 11, 18), True),  # left on the evening of the 18th
        (date(2026, 11, 1), date(2026, 11, 30), True),
        (date(2026, 11, 17), date(2026, 11, 17), False),
        (date(2026, 11, 20), date(2026, 11, 25), False),
    ],
)
def test_departure_is_approved_when_the_approval_covers_the_time_of_it(
    database: Database, first_on: date, last_on: date, approved: bool
) -> None:
    keep(database, make_roster(members=["a", "b"], seen_at=datetime(2026, 11, 18, 7, 24, tzinfo=SHANGHAI)))
    keep(database, make_roster(members=["a"], seen_at=datetime(2026, 11, 19, 7, 24, tzinfo=SHANGHAI)))
    with database.begin() as connection:
        for reason in ("调岗", "调到研发部"):
            approve_leave(
                connection,
                chat_id="wr1",
                userid="b",
                approved_by="hr",
                reason=reason,
                from_on=first_on,
                until_on=last_on,
            )
    assert [one.approved for one in departures(database)] == [approved]


def test_old_history_is_forgotten_and_the_roster_is_not(database: Database) -> None:
    keep(database, make_roster(members=["a", "b"]))
    keep(database, make_roster(members=["a"], seen_at=NOW + DAY))
    with database.begin() as connection:
        assert delete_events_before(connection, NOW + 2 * DAY) == 1
    assert members_of(database) == ["a"]


def test_facts_of_every_group_are_given_once_whatever_the_ids_look_like(database: Database) -> None:
    ids = ["wrB", "wra", "wrA", "wr_1", "wr-2", "WRb", "wrb", "群", *(f"wr{n}" for n in range(600))]
    keep(database, *(make_roster(chat_id, members=[chat_id, "zhangsan"]) for chat_id in ids))
    keep(database, make_roster("empty", members=[]))
    assignment = Assignment(policy="work", audience="staff")
    with database.read() as connection:
        assigned = [(group, assignment) for group in load_groups(connection)]
        found = list(stream_group_facts(connection, assigned, since=NOW - DAY, zone=SHANGHAI))
    assert sorted(facts.group.chat_id for facts in found) == sorted([*ids, "empty"])
    wrong = [
        facts.group.chat_id
        for facts in found
        if facts.group.chat_id != "empty"
        and {member.member_id for member in facts.members or ()} != {facts.group.chat_id, "zhangsan"}
    ]
    assert wrong == []
