from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from steward.actions.remove_member import Refusal, remove_member
from steward.simulator import Simulator
from steward.store.audit import load_audit
from steward.store.database import Database, open_database
from steward.store.memberships import apply_rosters, load_departures, load_members
from steward.store.migrate import upgrade
from steward.wecom.app_chats import get_app_chat
from steward.wecom.archived_rooms import get_archived_room
from steward.wecom.client import WeComClient

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=3, people=60, groups=12, now=NOW) as simulator:
        yield simulator


@pytest.fixture
def client(simulator: Simulator) -> WeComClient:
    given = simulator.credentials()
    return WeComClient(
        base_url=given["base_url"],
        corp_id=given["corp_id"],
        secrets=given["secrets"],
        agent_id=given["agent_id"],
        now=lambda: NOW,
        sleep=lambda _: None,
        random=random.Random(1),
    )


@pytest.fixture
def rows(tmp_path: Path, simulator: Simulator, client: WeComClient) -> Database:
    database = open_database(f"sqlite:///{tmp_path / 'steward.db'}")
    upgrade(database, now=NOW)
    rosters = [
        (get_app_chat if room["kind"] == "app" else get_archived_room)(client, room["chat_id"], NOW)
        for room in simulator.rooms()
        if room["kind"] in ("app", "archived")
    ]
    with database.begin() as connection:
        apply_rosters(connection, rosters)
    return database


def members_of(rows: Database, chat_id: str) -> list[str]:
    with rows.read() as connection:
        return [member.member_id for member in load_members(connection, chat_id)]


def room_of(simulator: Simulator, kind: str) -> dict[str, str]:
    return next(room for room in simulator.rooms() if room["kind"] == kind)


def test_member_is_gone_from_wecom_and_rows_when_a_person_removes_him(
    simulator: Simulator, client: WeComClient, rows: Database
) -> None:
    room = room_of(simulator, "app")
    userid = next(m for m in members_of(rows, room["chat_id"]) if m != room["owner"])
    remove_member(rows, client, chat_id=room["chat_id"], userid=userid, by="hr1", now=NOW, zone=ZONE)
    there = [member.member_id for member in get_app_chat(client, room["chat_id"], NOW).members]
    assert userid not in there
    assert members_of(rows, room["chat_id"]) == sorted(there)


def test_removal_is_written_down_and_is_no_leave_without_approval(
    simulator: Simulator, client: WeComClient, rows: Database
) -> None:
    room = room_of(simulator, "app")
    userid = next(m for m in members_of(rows, room["chat_id"]) if m != room["owner"])
    remove_member(rows, client, chat_id=room["chat_id"], userid=userid, by="hr1", now=NOW, zone=ZONE)
    with rows.read() as connection:
        (entry,) = load_audit(connection)
        (departure,) = load_departures(connection, [room["chat_id"]], since=NOW, zone=ZONE)[room["chat_id"]]
    assert (entry.by, entry.subject, entry.outcome) == ("hr1", f"{room['chat_id']}/{userid}", "done")
    assert departure.approved


@pytest.mark.parametrize(
    ("kind", "who", "word"),
    [("app", "nobody", "不在"), ("app", "owner", "是「"), ("archived", "owner", "没有移出成员的接口")],
)
def test_nothing_is_removed_when_it_may_not_be(
    simulator: Simulator, client: WeComClient, rows: Database, kind: str, who: str, word: str
) -> None:
    room = room_of(simulator, kind)
    before = members_of(rows, room["chat_id"])
    userid = room["owner"] if who == "owner" else who
    with pytest.raises(Refusal, match=word):
        remove_member(rows, client, chat_id=room["chat_id"], userid=userid, by="hr1", now=NOW, zone=ZONE)
    assert members_of(rows, room["chat_id"]) == before


def test_refusal_of_wecom_is_told_and_written_down(
    simulator: Simulator, client: WeComClient, rows: Database
) -> None:
    room = room_of(simulator, "app")
    userid = next(m for m in members_of(rows, room["chat_id"]) if m != room["owner"])
    simulator.fail_next("appchat/update", errcode=86008, times=5)
    with pytest.raises(Refusal, match="86008"):
        remove_member(rows, client, chat_id=room["chat_id"], userid=userid, by="hr1", now=NOW, zone=ZONE)
    with rows.read() as connection:
        assert [entry.outcome for entry in load_audit(connection)] == ["refused"]
    assert userid in members_of(rows, room["chat_id"])
