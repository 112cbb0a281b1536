"""Pings of runs: start, success and failure, one id for a run, and never a trouble to the service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steward.cli.pings import Pings, run_uuid
from steward.model.run import Run
from steward.store.database import Database
from tests.factories import NOW
from tests.jobs.home import Home


def make_run(state: Any = "ok", **over: Any) -> Run:
    values: dict[str, Any] = {"id": 1, "job": "daily_digest", "slot": "2026-11-18T08:37", "as_of": NOW}
    values |= {"state": state, "started_at": NOW, "finished_at": NOW, "counts": {}, "error": None}
    return Run(**{**values, **over})


class Heard:
    def __init__(self, fails: bool = False) -> None:
        self.pings: list[tuple[str, str, str | None, str]] = []
        self._fails = fails

    def send(self, url: str, kind: str, *, rid: str | None = None, body: str = "") -> str | None:
        self.pings.append((url, kind, rid, body))
        if self._fails:
            raise OSError("no network")
        return None


@pytest.fixture
def home(sqlite_database: Database, tmp_path: Path) -> Home:
    (tmp_path / "ping").write_text("https://hc.example/from-a-file\n")
    return Home(
        sqlite_database,
        tmp_path,
        schedules={
            "daily_digest": {"ping_url": "https://hc.example/abc"},
            "sync_groups": {"ping_url": {"file": "ping"}},
        },
    )


def ping(home: Home, heard: Heard, *runs: Run, lines: list[str] | None = None) -> None:
    pings = Pings(heard.send)
    for run in runs:
        pings.of_run(home.house, run, lines or [])
    pings.finish(10)


def test_start_and_end_of_a_run_share_one_id_in_every_process(home: Home) -> None:
    heard = Heard()
    ping(home, heard, make_run("running"), make_run("partial"), make_run("nothing", slot="later"))
    assert [kind for _url, kind, _rid, _body in heard.pings] == ["start", "success", "success"]
    first, second, third = (rid for _url, _kind, rid, _body in heard.pings)
    assert first == second == run_uuid(make_run())
    assert third != first


def test_failure_brings_the_reason_and_the_last_lines(home: Home) -> None:
    heard = Heard()
    ping(home, heard, make_run("failed", error="60011 无权限"), lines=["a", "b"])
    assert heard.pings == [("https://hc.example/abc", "fail", run_uuid(make_run()), "60011 无权限\na\nb")]


def test_address_may_be_kept_in_a_file_and_a_job_without_one_pings_nobody(home: Home) -> None:
    heard = Heard()
    ping(home, heard, make_run(job="sync_groups"), make_run(job="deliver"), make_run(job="retired"))
    assert [url for url, *_rest in heard.pings] == ["https://hc.example/from-a-file"]


def test_ping_that_fails_hinders_nobody(home: Home) -> None:
    heard = Heard(fails=True)
    ping(home, heard, make_run("running"), make_run("ok"))
    assert len(heard.pings) == 2


def test_whole_service_says_that_it_is_alive_where_an_address_is_named(
    sqlite_database: Database, tmp_path: Path
) -> None:
    heard = Heard()
    pings = Pings(heard.send)
    for serve in ({"ping_url": "https://hc.example/all"}, {}):
        pings.of_service(Home(sqlite_database, tmp_path, serve=serve).house)
    pings.finish(10)
    assert heard.pings == [("https://hc.example/all", "success", None, "")]
