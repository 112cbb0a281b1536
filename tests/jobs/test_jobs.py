"""What every job promises: found by its file, run once, rehearsed without a trace, and tidy."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs import all_jobs
from jobs.sync_groups import read_groups
from steward.cli.run import run_job
from steward.model.delivery import Refused
from steward.model.settings.operation import DEFAULT_SCHEDULES
from steward.store.database import Database, Rehearsal
from steward.store.groups import mark_gone
from steward.store.memberships import load_members
from steward.store.reports import load_reports
from steward.store.runs import load_runs
from tests.factories import make_delivery
from tests.jobs.home import FRIDAY, MONDAY, THURSDAY, WEDNESDAY, Home, at, outsider


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    found = Home(database, tmp_path)
    found.directory()
    found.group("owner", "lisi", outsider("wm1"))
    return found


def queue(home: Home, key: str = "one", recipient: str = "zhangsan") -> None:
    with home.house.database.begin() as connection:
        message = make_delivery(key, recipient=recipient, topic="test")
        home.house.gate.enqueue(connection, [message], now=home.clock.now())


def test_every_file_is_a_job_of_that_name_and_has_a_schedule() -> None:
    files = {path.stem for path in Path("jobs").glob("*.py")} - {"__init__"}
    assert set(all_jobs()) == files == set(DEFAULT_SCHEDULES)
    assert all(job.name == name for name, job in all_jobs().items())


def test_slot_that_was_run_is_refused_by_name(home: Home) -> None:
    home.run("check_members", THURSDAY)
    with pytest.raises(LookupError, match="check_members"):
        home.run("check_members", THURSDAY)


def test_nothing_stays_when_a_round_is_rehearsed(home: Home) -> None:
    home.clock.set(at(THURSDAY))
    home.directory(day=THURSDAY)
    before = (home.open, home.queued())
    stage = Rehearsal(home.house.database)
    rehearsing = replace(home.house, database=stage, threads=1)
    for job in ("check_members", "daily_digest", "deliver"):
        assert run_job(rehearsing, job, home.clock.now() + timedelta(hours=1)).state in ("ok", "nothing")
    with stage.read() as connection:
        assert len(load_reports(connection)) == 1
    stage.close()
    assert (home.open, home.queued()) == before
    with home.house.database.read() as connection:
        assert load_runs(connection) == []
        assert load_reports(connection) == []


def test_digest_is_written_once_a_day_whatever_happens_to_its_files(home: Home) -> None:
    for hour in (8, 9):
        home.directory(day=THURSDAY)
        home.run("daily_digest", THURSDAY, hour, 37)
    assert [row.idempotency_key.split(":")[-1] for row in home.queued("daily_digest")] == [
        "message",
        "html",
        "xlsx",
    ]
    home.run("daily_digest", FRIDAY)
    assert len(home.queued("daily_digest")) == 6


def test_delivery_has_nothing_to_do_when_nothing_is_due(home: Home) -> None:
    assert home.run("deliver", THURSDAY).state == "nothing"
    queue(home)
    assert home.run("deliver", THURSDAY, 9).counts == {"sent": 1}


def test_message_of_a_process_that_died_is_taken_up_though_nothing_else_is_due(home: Home) -> None:
    home.clock.set(at(THURSDAY))
    queue(home)

    def die(*_: object) -> Refused:
        raise SystemExit

    home.script.answers = [die]
    with pytest.raises(SystemExit):
        home.house.worker.deliver_one()
    run = home.run("deliver", THURSDAY, 9)
    assert run.counts == {"retried": 1, "sent": 1}


def test_admins_are_told_once_when_a_message_is_refused_for_good(home: Home) -> None:
    home.clock.set(at(THURSDAY))
    queue(home)
    refusal = Refused(errcode=81013, detail="message/send: 81013", retry_class="never", remedy="核对接收人")
    home.script.answers = [refusal] * 2
    run = home.run("deliver", THURSDAY, 9)
    assert run.counts == {"failed_dead": 1}
    assert run.state == "partial"
    # A minute later the alert meets the same refusal: it is dead, and raises no other.
    assert home.run("deliver", THURSDAY, 9, 14).counts == {"failed_dead": 1}
    [alert] = home.queued("admin_alert")
    assert (alert.recipient, alert.status) == ("admin", "dead")
    assert "核对接收人" in alert.body["markdown"]["content"]


def test_step_that_found_a_group_gone_can_be_done_again(home: Home) -> None:
    with home.house.database.begin() as connection:
        mark_gone(connection, ["wr1"], now=home.clock.now())
    context = home.house.context(at(THURSDAY))
    counts = read_groups(context, {"kind": "customer", "chat_ids": ["wr1"]})
    assert counts["failed_groups"] == counts["groups"] == 0


def test_old_rows_and_files_go_and_what_is_in_force_stays(home: Home) -> None:
    home.run("check_members", THURSDAY)
    home.run("daily_digest", THURSDAY, 8, 37)
    home.run("deliver", THURSDAY, 9)
    files = [path for path in home.house.files.rglob("*.*") if path.suffix in (".html", ".xlsx")]
    assert len(files) == 2
    home.clock.set(at(THURSDAY) + timedelta(days=3000))
    later = run_job(home.house, "housekeeping", home.clock.now())
    assert later.state == "ok"
    assert later.counts["reports"] == 1
    assert later.counts["outbox"] == 4
    assert not any(os.path.exists(path) for path in files)  # noqa: PTH110
    with home.house.database.read() as connection:
        assert len(load_members(connection, "wr1")) == 3
    assert len(home.open) == 1


def test_run_that_was_interrupted_is_finished_before_the_next_begins(home: Home) -> None:
    from steward.engine.runs import start_run

    job = home.house.workshop.jobs["check_members"]
    start_run(home.house.workshop, job, "interrupted", as_of=at(WEDNESDAY))
    home.run("check_members", MONDAY)
    with home.house.database.read() as connection:
        assert [(run.slot, run.state) for run in load_runs(connection)][1] == ("interrupted", "ok")
