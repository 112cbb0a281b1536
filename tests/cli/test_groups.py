"""`groups`: lists, the register there and back, approvals."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from steward.cli.groups_export import to_csv
from steward.store.database import open_database
from steward.store.memberships import load_departures
from tests.cli.desk import Desk

ZONE = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
REGISTER = "群ID,群名称,制度,部门,备案日期\n"


def first_group(desk: Desk) -> dict[str, Any]:
    group: dict[str, Any] = desk.data("groups", "list", "--kind", "customer")[0]
    return group


def somebody_in(desk: Desk, chat_id: str) -> str:
    members = desk.data("groups", "show", chat_id)["members"]
    return str(next(m["member_id"] for m in members if m["kind"] == "staff"))


def test_groups_are_listed_with_what_governs_them_when_they_were_synced(synced: Desk) -> None:
    group = first_group(synced)
    assert group["policy"] == "work"
    assert not group["stale"]
    assert group["chat_id"] in synced.call("groups", "list").stdout


def test_list_is_shorter_when_only_unfiled_or_stale_groups_are_asked_for(synced: Desk) -> None:
    group = first_group(synced)
    path = synced.write("register.csv", REGISTER + f"{group['chat_id']},,工作群,,2026-09-01\n")
    every = len(synced.data("groups", "list"))
    assert synced.call("groups", "import", path).exit_code == 0
    assert len(synced.data("groups", "list", "--unfiled")) == every - 1
    assert synced.data("groups", "list", "--stale") == []


def test_place_of_each_value_is_named_when_a_group_is_shown(synced: Desk) -> None:
    chat_id = first_group(synced)["chat_id"]
    path = synced.write("register.csv", REGISTER + f"{chat_id},,交流群,,2026-09-01\n")
    synced.call("groups", "import", path)
    result = synced.call("groups", "show", chat_id)
    assert "交流群 ← 台账（按群ID）" in result.stdout
    assert "员工 ← settings.toml 的默认值" in result.stdout
    governed = synced.data("groups", "show", chat_id)["governed"]
    assert governed["filed_on"] == {"value": "2026-09-01", "from": "台账（按群ID）"}


def test_nearest_id_is_offered_when_a_group_is_unknown(synced: Desk) -> None:
    chat_id = first_group(synced)["chat_id"]
    result = synced.call("groups", "show", chat_id[:-2])
    assert result.exit_code == 1
    assert f"是不是 {chat_id}" in result.stderr


def test_register_comes_back_without_a_problem_when_it_was_exported(synced: Desk) -> None:
    path = synced.folder / "out.csv"
    assert synced.call("groups", "export", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    before = synced.data("groups", "list")
    told = synced.data("groups", "import", str(path))
    assert told["new"] == len(before)
    assert told["problems"] == []
    after = synced.data("groups", "list")
    # The day of filing and, where it was only guessed, whom a group is for are what the register adds.
    added = ("filed_on", "audience")
    assert all(row["filed_on"] is not None for row in after)
    assert [{k: v for k, v in row.items() if k not in added} for row in after] == [
        {k: v for k, v in row.items() if k not in added} for row in before
    ]


def test_name_is_no_formula_when_it_is_exported() -> None:
    row = {
        "chat_id": "c",
        "name": "=HYPERLINK(1)",
        "kind": "customer",
        "policy": "work",
        "audience": "staff",
        "department": None,
        "department_id": 7,
        "liaison_userid": None,
        "owner_userid": "a",
        "filed_on": None,
    }
    row |= {"member_count": 3, "external_count": 0}
    (cells,) = csv.DictReader(io.StringIO(to_csv([row])))
    assert cells["群名称"] == "'=HYPERLINK(1)"
    assert cells["部门"] == "7"


def test_import_counts_and_exits_4_when_some_rows_cannot_be_read(desk: Desk) -> None:
    path = desk.write("r.csv", REGISTER + "a,甲群,工作群,,2026-01-02\n,,工作群,,\nb,乙群,瞎写,,\n")
    result = desk.call("groups", "import", path)
    assert result.exit_code == 4
    assert "新增 2" in result.stdout
    assert "第 3 行" in result.stderr
    assert "第 4 行「制度」" in result.stderr
    assert "宣传群、交流群、工作群" in result.stderr


def test_import_exits_1_when_nothing_can_be_read(desk: Desk) -> None:
    for text in ("列甲,列乙\n1,2\n", "", REGISTER + ",,工作群,,\n"):
        assert desk.call("groups", "import", desk.write("r.csv", text)).exit_code == 1
    assert desk.call("groups", "import", "nowhere.xlsx").exit_code == 1


def test_nothing_is_kept_when_an_import_is_rehearsed(desk: Desk) -> None:
    path = desk.write("r.csv", REGISTER + "a,甲群,工作群,,2026-01-02\n")
    assert desk.data("groups", "import", path, "--dry-run")["new"] == 1
    assert desk.data("groups", "import", path)["new"] == 1
    assert desk.data("groups", "import", path)["unchanged"] == 1


def test_unnamed_groups_are_removed_only_when_every_row_of_the_new_register_was_read(desk: Desk) -> None:
    desk.call("groups", "import", desk.write("r.csv", REGISTER + "a,甲群,,,\nb,乙群,,,\n"))
    broken = desk.write("broken.csv", REGISTER + "a,甲群,,,\n,,工作群,,\n")
    assert desk.data("groups", "import", broken, "--replace", code=4)["removed"] == 0
    whole = desk.write("whole.csv", REGISTER + "a,甲群,,,\n")
    assert desk.data("groups", "import", whole, "--replace")["removed"] == 1


def test_approval_counts_when_the_person_is_gone_from_the_next_roster(synced: Desk) -> None:
    chat_id = "room-1"
    names = [person["userid"] for person in synced.data("people", "list")[:3]]
    roster = "账号\n" + "\n".join(names) + "\n"
    synced.call("groups", "roster", chat_id, synced.write("one.csv", roster), "--name", "研发群")
    approved = synced.call(
        "groups", "approve-leave", chat_id, names[0].upper(), "--by", names[1], "--reason", "转岗"
    )
    assert approved.exit_code == 0
    assert names[0] in approved.stdout
    left = "账号\n" + "\n".join(names[1:]) + "\n"
    synced.call("groups", "roster", chat_id, synced.write("two.csv", left))
    assert departures(synced.folder, chat_id) == [(names[0], True)]


def departures(folder: Path, chat_id: str) -> list[tuple[str, bool]]:
    database = open_database(f"sqlite:///{folder / 'var' / 'steward.db'}")
    with database.read() as connection:
        found = load_departures(connection, [chat_id], since=LONG_AGO, zone=ZONE)
    database.close()
    return [(departure.member.member_id, departure.approved) for departure in found[chat_id]]


@pytest.mark.parametrize("slip", ["chat", "person", "dates"])
def test_approval_is_refused_when_it_names_nobody_or_no_time(synced: Desk, slip: str) -> None:
    chat_id = first_group(synced)["chat_id"]
    userid = somebody_in(synced, chat_id)
    arguments = {
        "chat": (chat_id + "x", userid),
        "person": (chat_id, "nobody-of-that-name"),
        "dates": (chat_id, userid, "--from", "2026-11-20", "--until", "2026-11-01"),
    }[slip]
    result = synced.call("groups", "approve-leave", *arguments, "--by", userid)
    assert result.exit_code == (2 if slip == "dates" else 1)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("filed_on", "externals", "said"),
    [(None, 1, "员工"), (None, 4, "客户"), (date(2026, 9, 1), 4, "员工")],
)
def test_export_suggests_whom_a_group_is_for_by_its_members_until_it_is_filed(
    filed_on: date | None, externals: int, said: str
) -> None:
    row = {
        "chat_id": "wr1",
        "name": "群",
        "kind": "customer",
        "policy": "work",
        "department": None,
        "department_id": None,
        "liaison_userid": None,
        "owner_userid": None,
        "audience": "staff",
        "filed_on": filed_on,
        "member_count": 12,
        "external_count": externals,
    }
    assert said in to_csv([row]).splitlines()[1].split(",")
