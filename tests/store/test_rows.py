"""Runs, sources, reports, register, observations: what each row promises."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from steward.model.group import RegistryEntry
from steward.model.source import SourceState
from steward.store.database import Database
from steward.store.groups import mark_gone
from steward.store.memberships import apply_rosters
from steward.store.observations import load_observation_sums, save_observations
from steward.store.registry import load_registry, save_registry
from steward.store.reports import (
    delete_reports_before,
    insert_report,
    load_last_report,
    load_report,
    load_reports,
)
from steward.store.runs import (
    delete_runs_before,
    finish_run,
    insert_run,
    load_failed_since,
    load_run,
    load_running,
    load_runs,
)
from steward.store.sources import load_sources, save_sources
from tests.factories import DAY, NOW, make_roster, make_source

TODAY = date(2026, 11, 18)


def open_run(database: Database, slot: str = "08:13", job: str = "check_members", **over: Any) -> int | None:
    with database.begin() as connection:
        return insert_run(connection, job, slot, **{"as_of": NOW, "now": NOW, **over})


def end_run(database: Database, run_id: int | None, state: Any, now: Any = NOW) -> bool:
    assert run_id is not None
    with database.begin() as connection:
        return finish_run(connection, run_id, state=state, counts={}, error=None, now=now)


def test_run_is_finished_once(database: Database) -> None:
    run_id = open_run(database)
    assert end_run(database, run_id, "ok")
    assert not end_run(database, run_id, "failed")
    with database.read() as connection:
        run = load_run(connection, run_id or 0)
        assert load_running(connection) == []
    assert run is not None
    assert run.state == "ok"


def test_job_counts_as_failed_by_its_newest_run_only(database: Database) -> None:
    for number, (job, state) in enumerate(
        [("sync_groups", "failed"), ("sync_groups", "ok"), ("deliver", "ok"), ("deliver", "partial")]
    ):
        end_run(database, open_run(database, f"s{number}", job), state, NOW + timedelta(minutes=number))
    open_run(database, "still running", "sync_groups")
    with database.read() as connection:
        assert [run.job for run in load_failed_since(connection, NOW - DAY)] == ["deliver"]
        assert load_failed_since(connection, NOW + DAY) == []
        assert [run.slot for run in load_runs(connection, job="deliver")] == ["s3", "s2"]


def test_runs_that_had_nothing_to_do_are_forgotten_sooner(database: Database) -> None:
    end_run(database, open_run(database, "idle"), "nothing")
    end_run(database, open_run(database, "busy"), "ok")
    open_run(database, "running")
    with database.begin() as connection:
        assert delete_runs_before(connection, NOW - DAY, idle_before=NOW + DAY) == 1
        assert delete_runs_before(connection, NOW + DAY, idle_before=NOW + DAY) == 1
        assert [run.slot for run in load_running(connection)] == ["running"]


def source_after(database: Database, *states: SourceState) -> SourceState:
    with database.begin() as connection:
        for state in states:
            save_sources(connection, [state])
        [found] = load_sources(connection)
    return found


def refused(**over: Any) -> SourceState:
    return make_source(
        **{"good_at": None, "errcode": 60011, "detail": "no privilege", "remedy": "可见范围", **over}
    )


def test_refusal_does_not_wipe_out_when_the_source_was_last_good(database: Database) -> None:
    found = source_after(database, make_source(), refused(tried_at=NOW + DAY))
    assert (found.good_at, found.tried_at, found.errcode) == (NOW, NOW + DAY, 60011)


def test_refusal_is_forgotten_when_the_source_is_good_again(database: Database) -> None:
    found = source_after(database, refused(), make_source(good_at=NOW + DAY, tried_at=NOW + DAY))
    assert found == make_source(good_at=NOW + DAY, tried_at=NOW + DAY)


def test_refusal_of_one_step_stays_when_another_step_was_good(database: Database) -> None:
    for states in ((make_source(), refused()), (refused(), make_source())):
        assert source_after(database, *states).errcode == 60011


def test_older_word_about_a_source_is_not_taken_for_the_newest(database: Database) -> None:
    found = source_after(database, make_source(), refused(tried_at=NOW - DAY))
    assert found == make_source()


def put_report(database: Database, day: str, **over: Any) -> int | None:
    row = {
        "name": "daily_digest",
        "period_key": day,
        "as_of": NOW,
        "built_at": NOW,
        "figures": {"open": 1},
        "message": "日报",
        "html_path": None,
        "xlsx_path": None,
    }
    with database.begin() as connection:
        return insert_report(connection, **{**row, **over})


def test_report_of_a_day_is_archived_once(database: Database) -> None:
    assert put_report(database, "2026-11-18") is not None
    assert put_report(database, "2026-11-18", message="second") is None
    assert put_report(database, "2026-11-18", name="another") is not None
    with database.read() as connection:
        report = load_report(connection, "daily_digest", "2026-11-18")
    assert report is not None
    assert (report.message, report.figures) == ("日报", {"open": 1})


def test_last_report_is_the_one_before_today(database: Database) -> None:
    for day in ("2026-11-16", "2026-11-18", "2026-11-17"):
        put_report(database, day)
    with database.read() as connection:
        last = load_last_report(connection, "daily_digest", before="2026-11-18")
        newest = load_last_report(connection, "daily_digest")
        assert load_last_report(connection, "daily_digest", before="2026-11-16") is None
        assert len(load_reports(connection)) == 3
    assert (last and last.period_key, newest and newest.period_key) == ("2026-11-17", "2026-11-18")


def test_old_reports_are_forgotten_and_named(database: Database) -> None:
    put_report(database, "2026-11-17", built_at=NOW - DAY, html_path="a.html")
    put_report(database, "2026-11-18")
    with database.begin() as connection:
        assert [one.html_path for one in delete_reports_before(connection, NOW)] == ["a.html"]
        assert len(load_reports(connection)) == 1


def save_register(database: Database, *entries: RegistryEntry, replace_all: bool = True) -> dict[str, int]:
    with database.begin() as connection:
        return save_registry(connection, entries, now=NOW, filed_on=TODAY, replace_all=replace_all)


def register(database: Database) -> list[RegistryEntry]:
    with database.read() as connection:
        return load_registry(connection)


def test_group_is_filed_on_the_day_it_was_first_handed_in(database: Database) -> None:
    save_register(
        database, RegistryEntry(chat_id="wr1"), RegistryEntry(name="财务群", filed_on=date(2026, 1, 5))
    )
    with database.begin() as connection:
        again = [RegistryEntry(chat_id="wr1"), RegistryEntry(name="财务群")]
        save_registry(connection, again, now=NOW, filed_on=TODAY + DAY, replace_all=True)
    assert [entry.filed_on for entry in register(database)] == [TODAY, date(2026, 1, 5)]


def test_register_counts_what_changed(database: Database) -> None:
    first = [RegistryEntry(chat_id=f"wr{number}", department="财务部") for number in (1, 2, 3)]
    assert save_register(database, *first)["new"] == 3
    counts = save_register(database, first[0], RegistryEntry(chat_id="wr2", department="研发部"))
    assert counts == {"new": 0, "changed": 1, "unchanged": 1, "removed": 1}
    assert [entry.chat_id for entry in register(database)] == ["wr1", "wr2"]


def test_rows_not_named_stay_when_the_register_is_added_to(database: Database) -> None:
    save_register(database, RegistryEntry(chat_id="wr1", kind="app", liaison_userid="lisi"))
    counts = save_register(database, RegistryEntry(chat_id="wr2"), replace_all=False)
    assert counts == {"new": 1, "changed": 0, "unchanged": 0, "removed": 0}
    kept = register(database)[0]
    assert (kept.chat_id, kept.kind, kept.liaison_userid) == ("wr1", "app", "lisi")


def test_observations_are_summed_over_todays_groups_that_exist(database: Database) -> None:
    with database.begin() as connection:
        apply_rosters(connection, [make_roster(f"wr{number}") for number in (1, 2, 3, 4)])
        for chat_id, now in (("wr1", NOW), ("wr2", NOW), ("wr3", NOW), ("wr4", NOW - DAY)):
            row = {"chat_id": chat_id, "checks": ["nickname"], "not_observable": {"unknown_staff": 2}}
            save_observations(connection, [row], now=now)
        save_observations(connection, [{"chat_id": "wr2", "checks": [], "not_observable": {}}], now=NOW)
        mark_gone(connection, ["wr3"], now=NOW)
        sums = load_observation_sums(connection, since=NOW)
    assert (dict(sums.checks_run), dict(sums.not_observable), dict(sums.groups_blind)) == (
        {"nickname": 1},
        {"unknown_staff": 2},
        {"unknown_staff": 1},
    )
