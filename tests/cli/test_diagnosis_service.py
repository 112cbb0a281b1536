"""What `doctor` concludes about the service as it runs."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from steward.cli.diagnosis_service import judge_database_clock, judge_port, judge_schedules, judge_service
from steward.cli.probes_service import port, schedules
from steward.cli.watch.readiness import Item
from steward.cli.watch.server import Answer, HealthServer
from steward.model.settings.observability import Address
from steward.store.database import open_database
from steward.store.lanes import pause_lane
from steward.store.outbox import insert_delivery
from steward.store.schema import outbox
from tests.cli.desk import Desk
from tests.factories import NOW, make_delivery, make_settings


def test_schedules_are_ok_when_each_has_a_next_moment() -> None:
    (line,) = schedules(make_settings(), NOW)
    assert (line.key, line.state) == ("schedules", "ok")


def test_schedule_is_refused_when_no_moment_of_it_ever_comes() -> None:
    never = {"daily_digest": {"cron": "0 9 1 10 *", "on_non_working_days": "skip"}}
    found = {line.key: line for line in schedules(make_settings(schedules=never), NOW)}
    line = found["schedule.daily_digest"]
    assert line.state == "refused"
    assert "schedule next daily_digest" in (line.remedy or "")


def test_make_up_days_are_named_when_a_schedule_says_monday_to_friday() -> None:
    weekdays = {"daily_digest": {"cron": "37 8 * * 1-5"}}
    now = datetime(2026, 1, 5, tzinfo=UTC)
    found = [line for line in schedules(make_settings(schedules=weekdays), now) if line.state == "unknown"]
    assert ["补班" in line.detail for line in found] == [True]
    assert found[0].remedy


def test_nothing_is_said_of_a_schedule_that_is_switched_off() -> None:
    off = {"daily_digest": {"cron": "0 9 1 10 *", "on_non_working_days": "skip", "enabled": False}}
    assert [line.state for line in schedules(make_settings(schedules=off), NOW)] == ["ok"]
    (line,) = judge_schedules([], {}, count=5)
    assert "5" in line.detail


def test_port_is_told_as_off_free_taken_or_ours() -> None:
    assert port(None).state == "unknown"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        taken.settimeout(0)
        line = judge_port(f"127.0.0.1:{number}", "taken")
        assert (line.state, bool(line.remedy)) == ("refused", True)
    assert "可用" in port(Address("127.0.0.1", number)).detail
    server = HealthServer(Address("127.0.0.1", 0), {"/healthz": lambda: Answer(status=503, body="")})
    assert "回答" in port(Address("127.0.0.1", server.port or 0)).detail
    server.close()


def test_port_is_refused_when_another_program_answers_there() -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.serve_forever, args=[0.05], daemon=True).start()
        line = port(Address("127.0.0.1", other.server_port))
        other.shutdown()
    assert line.state == "refused"
    assert line.remedy


def test_address_that_is_not_this_machines_is_refused() -> None:
    line = judge_port("10.9.9.9:9464", "taken", why="Cannot assign requested address")
    assert "Cannot assign" in line.detail


@pytest.mark.parametrize(("offset_s", "state"), [(0, "ok"), (-2, "ok"), (2.1, "refused"), (-90, "refused")])
def test_clock_is_refused_when_the_databases_is_another(offset_s: float, state: str) -> None:
    assert judge_database_clock(timedelta(seconds=offset_s)).state == state


def make_item(**over: Any) -> Item:
    return Item(**{"item": "lanes", "state": "fail", "detail": "x", "remedy": "y", **over})


def test_what_waits_for_a_person_is_told_and_the_rest_left_to_its_own_line() -> None:
    items = [
        make_item(),
        make_item(item="outbox", state="warn"),
        make_item(item="queue", state="ok"),
        make_item(item="schema"),
        make_item(item="schedule.deliver", state="warn"),
    ]
    assert {line.key: line.state for line in judge_service(items)} == {
        "now.lanes": "refused",
        "now.outbox": "unknown",
        "now.schedule.deliver": "unknown",
    }
    assert [line.key for line in judge_service([])] == ["now"]


def test_doctor_names_what_waits_in_the_database_when_there_is_one(desk: Desk, tmp_path: Path) -> None:
    assert "now" not in {line["key"] for line in desk.data("doctor", code=1)}
    desk.call("db", "upgrade")
    assert "now" in {line["key"] for line in desk.data("doctor", code=1)}
    database = open_database(f"sqlite:///{tmp_path}/var/steward.db")
    with database.begin() as connection:
        insert_delivery(connection, make_delivery(), now=NOW)
        connection.execute(update(outbox).values(status="unknown"))
        pause_lane(connection, "bot:ops#1", until=datetime.now(UTC) + timedelta(hours=1), why="45009")
    database.close()
    found = {line["key"]: line for line in desk.data("doctor", code=1)}
    assert found["now.outbox"]["state"] == "unknown"
    assert "bot:ops#1" in found["now.lanes"]["detail"]
