"""The admins hear of runs that did not take place, once, and of the recovery."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from steward.cli.notices import LEAST_PATIENCE, is_as_it_comes, tell_missed, tell_overdue
from steward.engine.missed import MissedRow
from steward.engine.runs import start_run
from steward.store.database import Database
from tests.jobs.home import WEDNESDAY, Home, at


def make_row(**over: Any) -> MissedRow:
    values: dict[str, Any] = {"job": "daily_digest", "slot": "2026-11-18T08:37", "at": at(WEDNESDAY, 8, 37)}
    return MissedRow(**{**values, "why": "down", "reason": "服务没有运行", "count": 1, **over})


def alerts(home: Home) -> list[str]:
    return [row.body["markdown"]["content"].splitlines()[0] for row in home.queued("admin_alert")]


def miss(home: Home, **over: Any) -> None:
    with home.house.database.begin() as connection:
        tell_missed(home.house, connection, make_row(**over))


def make_home(database: Database, folder: Path, missed: str = "skip") -> Home:
    return Home(
        database, folder, schedules={"daily_digest": {"missed": missed}, "deliver": {"missed": "skip"}}
    )


def test_missed_run_is_told_once_and_the_next_good_one_as_well(database: Database, tmp_path: Path) -> None:
    home = make_home(database, tmp_path)
    home.clock.set(at(WEDNESDAY, 9))
    miss(home)
    miss(home)
    assert [line for line in alerts(home) if "没有运行" in line] == ["**任务没有运行：日报（今天 08:37）**"]
    home.run("daily_digest", WEDNESDAY, 9, 30)
    home.run("daily_digest", WEDNESDAY, 9, 40)
    assert len([line for line in alerts(home) if "恢复正常" in line]) == 1


def test_nobody_is_told_of_what_somebody_wanted_or_what_is_made_up_for(
    database: Database, tmp_path: Path
) -> None:
    home = make_home(database, tmp_path)
    for why in ("paused", "changed", "off", "older"):
        miss(home, why=why)
    miss(home, job="deliver")
    assert alerts(home) == []
    once = make_home(database, tmp_path, missed="once")
    miss(once)
    assert alerts(once) == []


def test_run_that_takes_much_too_long_is_told_once_with_where_to_look(
    database: Database, tmp_path: Path
) -> None:
    home = make_home(database, tmp_path)
    home.directory()
    home.clock.set(at(WEDNESDAY, 9))
    house = home.house
    run_id = start_run(house.workshop, house.workshop.jobs["daily_digest"], "s", as_of=home.clock.now())
    for minutes in (0, 29, 31, 61):
        home.clock.set(at(WEDNESDAY, 9) + timedelta(minutes=minutes))
        with database.begin() as connection:
            tell_overdue(house, connection)
    [row] = home.queued("admin_alert")
    assert f"--run {run_id}" in row.body["markdown"]["content"]
    assert timedelta(minutes=30) == LEAST_PATIENCE
    house.engine.work_off()
    assert any("恢复正常" in line for line in alerts(home))


def test_failed_run_is_followed_by_word_of_its_recovery(database: Database, tmp_path: Path) -> None:
    home = make_home(database, tmp_path)
    # Nothing was ever read: the check cannot be made.
    first = home.run("check_members", WEDNESDAY, 8, 13)
    home.directory()
    home.group("zhangsan")
    second = home.run("check_members", WEDNESDAY, 8, 30)
    told = [line for line in alerts(home) if "恢复正常" in line]
    assert len(told) == (1 if first.state == "failed" and second.state != "failed" else 0)


def test_delivery_is_as_it_comes_by_the_minute_only(database: Database, tmp_path: Path) -> None:
    home = make_home(database, tmp_path)
    assert is_as_it_comes(home.house, "deliver")
    assert not is_as_it_comes(home.house, "daily_digest")
    hourly = Home(database, tmp_path, schedules={"deliver": {"every_minutes": 60}})
    assert not is_as_it_comes(hourly.house, "deliver")
