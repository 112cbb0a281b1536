"""`groups roster`: what owners hand in for groups that no API shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from steward.cli.groups_roster import refusal_of
from steward.model.group import Group
from steward.model.settings.groups import Groups
from steward.store.database import open_database
from steward.store.sources import load_sources
from tests.cli.desk import Desk

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def make_group(**over: Any) -> Group:
    values: dict[str, Any] = {
        "chat_id": "room-1",
        "kind": "handed_in",
        "name": "研发群",
        "owner_userid": None,
        "owner_left": False,
        "status": "active",
        "unreadable_reason": None,
        "created_at": None,
        "first_seen_at": NOW,
        "members_as_of": None,
        "member_count": None,
    }
    return Group(**{**values, **over})


def people(desk: Desk) -> list[dict[str, Any]]:
    """Return employees whose name nobody else has."""
    everybody = desk.data("people", "list")
    names = [person["name"] for person in everybody]
    return [person for person in everybody if names.count(person["name"]) == 1]


def test_pasted_names_become_employees_when_each_fits_one(synced: Desk) -> None:
    first, second = people(synced)[:2]
    typed = f"群成员（3）\n{first['name']} 群主\n{second['name']}、查无此人\n"
    result = synced.call("groups", "roster", "room-1", "-", "--name", "研发群", typed=typed)
    assert result.exit_code == 0
    assert "研发群：收下 3 人" in result.stdout
    assert "查无此人：通讯录里没有这个名字" in result.stderr
    shown = synced.data("groups", "show", "room-1")
    assert (shown["kind"], shown["name"], shown["owner_userid"]) == ("handed_in", "研发群", first["userid"])
    assert {first["userid"], second["userid"]} < {member["member_id"] for member in shown["members"]}
    assert shown["seen"]["unresolved_names"] == 1


def test_name_and_owner_stay_when_a_later_roster_does_not_tell_them(synced: Desk) -> None:
    first, second = people(synced)[:2]
    path = synced.write("roster.csv", f"账号\n{first['userid']}\n{second['userid']}\n")
    synced.call("groups", "roster", "room-1", path, "--name", "研发群", "--owner", first["userid"].upper())
    synced.call("groups", "roster", "room-1", path)
    shown = synced.data("groups", "show", "room-1")
    assert (shown["name"], shown["owner_userid"]) == ("研发群", first["userid"])


def test_roster_is_a_source_with_its_age_when_it_was_taken(synced: Desk) -> None:
    path = synced.write("roster.csv", f"账号\n{people(synced)[0]['userid']}\n")
    synced.call("groups", "roster", "room-1", path)
    database = open_database(f"sqlite:///{synced.folder / 'var' / 'steward.db'}")
    with database.read() as connection:
        sources = {source.name: source for source in load_sources(connection)}
    database.close()
    assert sources["roster:room-1"].good_at is not None


def test_rows_are_told_and_exit_is_4_when_some_cannot_be_read(synced: Desk) -> None:
    userid = people(synced)[0]["userid"]
    path = synced.write("roster.csv", f"账号,姓名,类型\n{userid},,\n{userid},,\n")
    told = synced.data("groups", "roster", "room-1", path, code=4)
    assert told["members"] == 1
    assert [problem["line"] for problem in told["problems"]] == [3]


def test_group_that_wecom_reads_is_not_overwritten_when_a_roster_is_handed_in(synced: Desk) -> None:
    group = synced.data("groups", "list", "--kind", "customer")[0]
    result = synced.call("groups", "roster", group["chat_id"], synced.write("r.txt", "张三\n李四\n"))
    assert result.exit_code == 1
    assert "企业微信接口读取" in result.stderr
    shown = synced.data("groups", "show", group["chat_id"])
    assert (shown["kind"], shown["member_count"]) == ("customer", group["member_count"])


def test_empty_input_is_refused_when_nothing_was_pasted(desk: Desk) -> None:
    result = desk.call("groups", "roster", "room-1", "-", typed="")
    assert result.exit_code == 1
    assert "粘贴的内容" in result.stderr


@pytest.mark.parametrize(
    ("group", "settings", "registered"),
    [
        (make_group(kind="customer"), Groups(), None),
        (make_group(kind="archived", members_as_of=NOW), Groups(), None),
        (None, Groups(app_chats=("room-1",)), None),
        (None, Groups(archived_rooms=("room-1",)), None),
        (None, Groups(exclude=("room-1",)), None),
        (make_group(), Groups(), "app"),
    ],
)
def test_roster_is_refused_when_wecom_shows_the_group_or_it_is_excluded(
    group: Group | None, settings: Groups, registered: Any
) -> None:
    assert refusal_of("room-1", group, settings, registered)


@pytest.mark.parametrize(
    "group",
    [
        None,
        make_group(),
        make_group(kind="customer", status="gone"),
        make_group(kind="archived", status="unreadable"),
    ],
)
def test_roster_is_taken_when_no_api_shows_the_group(group: Group | None) -> None:
    assert refusal_of("room-1", group, Groups(), "handed_in") is None
