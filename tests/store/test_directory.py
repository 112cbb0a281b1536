"""The directory in force: whole or not at all, and who joined, moved, left or came back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from steward.model.directory import Company, DirectorySnapshot
from steward.store.database import Database
from steward.store.directory import (
    apply_directory,
    delete_changes_before,
    load_active_userids,
    load_company,
    load_departments,
)
from tests.factories import DAY, NOW, make_department, make_directory, make_employee

SHANGHAI = ZoneInfo("Asia/Shanghai")
TRUSTED = {"wecom": timedelta(hours=36), "wecom_ids": timedelta(hours=36), "file": timedelta(days=7)}


def keep(database: Database, snapshot: DirectorySnapshot) -> dict[str, int]:
    with database.begin() as connection:
        return apply_directory(connection, snapshot)


def company_at(database: Database, now: Any = NOW) -> Company:
    with database.read() as connection:
        return load_company(
            connection, now=now, zone=SHANGHAI, trusted_for=TRUSTED, moved_since=timedelta(days=30)
        )


def test_nothing_is_known_when_no_directory_was_ever_read(database: Database) -> None:
    company = company_at(database)
    assert (dict(company.employees), company.complete, company.seen_at) == ({}, False, None)


def test_directory_comes_back_as_it_was_kept(database: Database) -> None:
    people = (
        make_employee("lisi", name="李四🎉", alias="Li", position="会计", direct_leader_userids=("boss",)),
        make_employee("boss", department_ids=(1, 2), main_department_id=1, status="not_activated"),
    )
    keep(database, make_directory(people))
    company = company_at(database)
    assert tuple(company.employees[one.userid] for one in people) == people
    assert company.department_name(2) == "财务部"
    assert (company.complete, company.seen_at) == (True, NOW)


def test_nobody_joined_when_it_is_the_first_directory(database: Database) -> None:
    counts = keep(database, make_directory(["a", "b"]))
    assert (counts["employees"], counts["joined"], counts["left"]) == (2, 0, 0)


def test_joins_leaves_and_moves_are_counted_when_the_next_directory_shows_them(database: Database) -> None:
    keep(database, make_directory(["stays", "leaves", "moves"]))
    moved = make_employee("moves", department_ids=(1,), main_department_id=1)
    counts = keep(database, make_directory(["stays", moved, "new"], seen_at=NOW + DAY))
    assert {kind: counts[kind] for kind in ("joined", "left", "returned", "department_changed")} == {
        "joined": 1,
        "left": 1,
        "returned": 0,
        "department_changed": 1,
    }
    company = company_at(database, NOW + DAY)
    assert company.employees["leaves"].left_at == NOW + DAY
    assert company.employees["leaves"].status == "left"
    assert company.department_changes == {"moves": (NOW + DAY).astimezone(SHANGHAI).date()}


def test_nobody_is_a_leaver_when_the_directory_is_incomplete(database: Database) -> None:
    keep(database, make_directory(["a", "b"]))
    counts = keep(database, make_directory(["a"], complete=False, seen_at=NOW + DAY))
    assert counts["left"] == 0
    assert company_at(database, NOW + DAY).employees["b"].left_at is None


def test_last_complete_directory_is_trusted_for_a_while_when_the_next_is_incomplete(
    database: Database,
) -> None:
    keep(database, make_directory(["a"]))
    keep(database, make_directory(["a"], complete=False, seen_at=NOW + timedelta(hours=1)))
    assert company_at(database, NOW + timedelta(hours=36)).complete
    assert not company_at(database, NOW + timedelta(hours=37)).complete


def test_file_is_trusted_longer_than_an_answer_of_wecom(database: Database) -> None:
    keep(database, make_directory(["a"], source="file"))
    assert company_at(database, NOW + 6 * DAY).complete
    assert not company_at(database, NOW + 8 * DAY).complete


def test_what_ids_alone_do_not_show_is_kept_from_before(database: Database) -> None:
    known = make_employee("a", alias="A", position="会计", direct_leader_userids=("boss",))
    keep(database, make_directory([known]))
    bare = make_employee("a", name=None, main_department_id=None)
    nameless = [make_department(1, None), make_department(2, None)]
    keep(database, make_directory([bare], nameless, source="wecom_ids", seen_at=NOW + DAY))
    company = company_at(database, NOW + DAY)
    assert company.employees["a"] == known
    assert company.department_name(2) == "财务部"


def test_position_is_forgotten_when_a_full_directory_shows_none(database: Database) -> None:
    keep(database, make_directory([make_employee("a", position="会计")]))
    keep(database, make_directory([make_employee("a")], seen_at=NOW + DAY))
    assert company_at(database).employees["a"].position is None


def test_main_department_is_not_that_of_old_when_the_person_moved(database: Database) -> None:
    keep(database, make_directory(["a"]))
    moved = make_employee("a", name=None, department_ids=(1,), main_department_id=None)
    keep(database, make_directory([moved], source="wecom_ids", seen_at=NOW + DAY))
    assert company_at(database, NOW + DAY).employees["a"].main_department_id is None


def test_leaver_keeps_the_day_of_leaving_when_the_next_directories_come(database: Database) -> None:
    keep(database, make_directory(["a", "b"]))
    for days in (1, 2):
        keep(database, make_directory(["a"], seen_at=NOW + days * DAY))
    assert company_at(database).employees["b"].left_at == NOW + DAY


def test_leaver_of_status_5_is_counted_once(database: Database) -> None:
    keep(database, make_directory(["a", "b"]))
    gone = make_employee("b", status="left")
    counts = [
        keep(database, make_directory(["a", gone], seen_at=NOW + days * DAY))["left"] for days in (1, 2)
    ]
    assert counts == [1, 0]
    assert company_at(database).employees["b"].left_at == NOW + DAY


def test_person_who_comes_back_is_no_leaver_any_more(database: Database) -> None:
    for days, people in enumerate((["a", "b"], ["a"], ["a", "b"])):
        counts = keep(database, make_directory(people, seen_at=NOW + days * DAY))
    assert counts["returned"] == 1
    assert company_at(database).employees["b"].left_at is None
    with database.read() as connection:
        assert load_active_userids(connection) == ["a", "b"]


def test_department_is_gone_when_a_complete_directory_no_longer_shows_it(database: Database) -> None:
    keep(database, make_directory(["a"]))
    keep(database, make_directory(["a"], [make_department(1, "云杉科技")], seen_at=NOW + DAY))
    with database.read() as connection:
        assert [one.id for one in load_departments(connection)] == [1]
    keep(database, make_directory(["a"], seen_at=NOW + 2 * DAY))
    with database.read() as connection:
        assert {one.id for one in load_departments(connection)} == {1, 2}


def test_departments_stand_in_the_order_of_the_company(database: Database) -> None:
    found = [
        make_department(number, f"部{number}", order=order) for number, order in ((1, 5), (2, 9), (3, 9))
    ]
    keep(database, make_directory(["a"], found))
    with database.read() as connection:
        assert [one.id for one in load_departments(connection)] == [2, 3, 1]


def test_last_directory_stays_whole_when_the_next_breaks_in_the_middle(database: Database) -> None:
    keep(database, make_directory(["a", "b"]))
    before = company_at(database)
    broken = make_directory(
        [make_employee("a", name="改名"), make_employee("c", alias=object())], seen_at=NOW + DAY
    )
    with pytest.raises(Exception, match="object"):
        keep(database, broken)
    assert company_at(database) == before


def test_large_directory_is_kept_whole(database: Database) -> None:
    keep(database, make_directory([f"u{n}" for n in range(3000)]))
    counts = keep(database, make_directory([f"u{n}" for n in range(1200, 3000)], seen_at=NOW + DAY))
    assert (counts["left"], counts["employees"]) == (1200, 1800)
    with database.read() as connection:
        assert len(load_active_userids(connection)) == 1800


def test_old_changes_are_forgotten(database: Database) -> None:
    keep(database, make_directory(["a"]))
    keep(database, make_directory(["a", "b"], seen_at=NOW + DAY))
    with database.begin() as connection:
        assert delete_changes_before(connection, NOW + DAY) == 0
        assert delete_changes_before(connection, NOW + 2 * DAY) == 1
