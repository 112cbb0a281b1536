"""What `serve` answers about itself, over a real port and both databases."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from steward.cli.watch.readiness import OLDEST_TICK_S
from steward.cli.watch.ticks import Ticks
from steward.cli.watch.watch import Watch
from steward.model.run import Run
from steward.store.database import Database
from steward.store.outbox import insert_delivery
from steward.store.schema import outbox
from tests.cli.watch.asking import Seconds, ask
from tests.cli.watch.town import BOT_KEY, CHAT_ID, USERID, items, make_house, save_run, save_trouble, watching
from tests.factories import NOW, make_delivery


def scraped(watch: Watch) -> dict[str, dict[tuple[str, ...], float]]:
    """Return every sample: name -> label values -> value."""
    return parsed(watch.scrape().body)


def parsed(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def make_run(**over: Any) -> Run:
    defaults: dict[str, Any] = {
        "id": 1,
        "job": "deliver",
        "slot": "2026-11-18T00:13Z",
        "as_of": NOW,
        "state": "ok",
        "started_at": NOW - timedelta(seconds=3),
        "finished_at": NOW,
        "counts": {},
        "error": None,
    }
    return Run(**{**defaults, **over})


def test_everything_wrong_is_named_with_its_remedy_when_asked(database: Database, tmp_path: Path) -> None:
    with database.begin() as connection:
        save_trouble(connection)
    with watching(make_house(database, tmp_path)) as watch:
        answer = watch.readyz()
        found = items(watch)
    assert answer.status == 503
    wrong = {name: item["state"] for name, item in found.items() if item["state"] != "ok"}
    assert wrong == {
        "lanes": "fail",
        "queue": "fail",
        "outbox": "warn",
        "job.daily_digest": "warn",
        "source.archived_rooms": "warn",
        "schedule.housekeeping": "warn",
        "processes": "warn",
    }
    assert all(found[name]["remedy"] for name in wrong)


def test_metrics_tell_what_the_rows_tell_when_scraped(database: Database, tmp_path: Path) -> None:
    with database.begin() as connection:
        save_trouble(connection)
    with watching(make_house(database, tmp_path)) as watch:
        found = scraped(watch)
    assert found["steward_database_up"][()] == 1
    assert found["steward_outbox_messages"]["pending",] == 1
    assert found["steward_outbox_messages"]["unknown",] == 1
    assert found["steward_outbox_messages"]["held",] == 0
    assert found["steward_outbox_oldest_pending_age_seconds"][()] == 3600
    assert found["steward_lane_paused"] == {("bot:hr#1",): 1, ("member",): 0}
    assert found["steward_budget_used_ratio"] == {("bot:hr#1",): 0.5, ("member",): 0.5}
    day_ago = (NOW - timedelta(days=1)).timestamp()
    assert found["steward_job_last_success_timestamp_seconds"] == {("daily_digest",): day_ago}
    assert found["steward_schedule_paused"]["housekeeping",] == 1
    assert found["steward_schedule_paused"]["deliver",] == 0
    slots = found["steward_job_next_slot_timestamp_seconds"]
    assert slots["deliver",] == (NOW + timedelta(minutes=1)).timestamp()
    assert ("housekeeping",) not in slots
    assert found["steward_data_age_seconds"] == {
        ("users",): 7200,
        ("roster",): 3 * 86400,
        ("archived_rooms",): float("inf"),
    }
    assert found["steward_processes_alive"][()] == 1
    assert ("steward_clock_offset_seconds" in found) is not database.is_sqlite


def test_neither_persons_nor_groups_nor_secrets_are_told_when_anything_is(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.begin() as connection:
        save_trouble(connection)
    with watching(make_house(sqlite_database, tmp_path)) as watch:
        told = watch.readyz().body + watch.scrape().body + watch.healthz().body
    assert not [one for one in (USERID, CHAT_ID, BOT_KEY, "app-secret") if one in told]


def test_all_is_well_when_nothing_happened_yet(database: Database, tmp_path: Path) -> None:
    with watching(make_house(database, tmp_path)) as watch:
        answer = watch.readyz()
    assert answer.status == 200, answer.body
    assert json.loads(answer.body)["status"] == "ready"


def test_last_success_is_older_than_the_last_run_when_that_one_failed(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.begin() as connection:
        save_run(connection, "deliver", "manual 1", "partial", NOW - timedelta(minutes=2))
        save_run(connection, "deliver", "manual 2", "failed", NOW)
    with watching(make_house(sqlite_database, tmp_path)) as watch:
        found = scraped(watch)
    good = (NOW - timedelta(minutes=2)).timestamp()
    assert found["steward_job_last_success_timestamp_seconds"]["deliver",] == good


def test_what_waits_for_the_morning_is_not_late_in_quiet_hours(
    sqlite_database: Database, tmp_path: Path
) -> None:
    midnight = NOW + timedelta(hours=16)
    with sqlite_database.begin() as connection:
        for key, channel, urgent in (("a", "bot", False), ("b", "app", False), ("c", "email", True)):
            row = make_delivery(key, channel=channel, recipient="hr", urgent=urgent)
            insert_delivery(connection, row, now=midnight - timedelta(minutes=10))
    with watching(make_house(sqlite_database, tmp_path, now=midnight)) as watch:
        assert scraped(watch)["steward_outbox_oldest_pending_age_seconds"][()] == 600
    with sqlite_database.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.urgent).values(status="sent"))
    with watching(make_house(sqlite_database, tmp_path, now=midnight)) as watch:
        assert scraped(watch)["steward_outbox_oldest_pending_age_seconds"][()] == 0


def test_process_is_stuck_when_the_scheduler_does_not_come_round(
    sqlite_database: Database, tmp_path: Path
) -> None:
    clock = Seconds()
    ticks = Ticks(monotonic=clock)
    with watching(make_house(sqlite_database, tmp_path), ticks) as watch:
        clock.at += OLDEST_TICK_S - 0.1
        assert watch.healthz().status == 200
        clock.at += 0.1
        assert watch.healthz().status == 503
        assert items(watch)["scheduler"]["state"] == "fail"
        ticks.tick()
        assert watch.healthz().status == 200


def test_what_happened_is_counted_when_the_house_tells(sqlite_database: Database, tmp_path: Path) -> None:
    house = make_house(sqlite_database, tmp_path)
    with watching(house) as watch:
        house.observers.on_call("message/send", "45009", 0.2)
        house.observers.on_call("message/send", "timeout", 10)
        house.observers.on_attempt(make_delivery(channel="bot"), "accepted", 2.0)
        house.observers.on_attempt(make_delivery(channel="bot"), "refused", 2.0)
        house.observers.on_run(make_run())
        house.observers.on_missed("deliver", 3)
        found = scraped(watch)
    assert found["steward_wecom_api_requests_total"] == {
        ("message/send", "45009"): 1,
        ("message/send", "timeout"): 1,
    }
    assert found["steward_wecom_api_seconds_count"]["message/send",] == 2
    assert found["steward_delivery_attempts_total"]["bot", "accepted"] == 1
    assert found["steward_delivery_attempts_total"]["bot", "refused"] == 1
    assert found["steward_delivery_attempts_total"]["app", "unknown"] == 0
    assert found["steward_delivery_latency_seconds_count"]["bot",] == 1
    assert found["steward_job_runs_total"]["deliver", "ok"] == 1
    assert found["steward_job_runs_total"]["deliver", "missed"] == 3
    assert found["steward_job_duration_seconds_count"]["deliver",] == 1
    assert found["steward_job_duration_seconds_sum"]["deliver",] == 3


def test_series_stay_few_when_whatever_answers_invents_errcodes(
    sqlite_database: Database, tmp_path: Path
) -> None:
    house = make_house(sqlite_database, tmp_path)
    with watching(house) as watch:
        for number in range(1000, 3000):
            house.observers.on_call("a", str(number), 0.1)
        house.observers.on_call("a", "60020", 0.1)
        found = scraped(watch)["steward_wecom_api_requests_total"]
    assert len(found) == 52
    assert found["a", "other"] == 1950
    assert found["a", "60020"] == 1


class Hanging(Database):
    """A database that answers nobody until it is let go."""

    def __init__(self, database: Database, go: Event) -> None:
        super().__init__(database.engine)
        self.go = go

    def read(self) -> Any:
        self.go.wait(20)
        return super().read()


def test_answer_comes_and_names_the_database_when_that_hangs(
    sqlite_database: Database, tmp_path: Path
) -> None:
    go = Event()
    house = make_house(Hanging(sqlite_database, go), tmp_path)

    def ask_the_database() -> datetime:
        go.wait(20)
        return NOW

    house.now = ask_the_database
    assert house.client.has("app")
    with watching(house) as watch:
        assert watch.healthz().status == 200
        answer = watch.readyz()
        assert answer.status == 503
        database = {item["item"]: item for item in json.loads(answer.body)["items"]}["database"]
        assert database["state"] == "fail"
        assert database["remedy"]
        found = scraped(watch)
        go.set()
    assert found["steward_database_up"][()] == 0
    assert "steward_outbox_messages" not in found


def test_settings_that_were_refused_are_told_while_the_old_ones_are_in_force(
    sqlite_database: Database, tmp_path: Path
) -> None:
    house = make_house(sqlite_database, tmp_path)
    trouble = f'settings.toml:41  people.hrr：未知的键（现在是 "{USERID}"）；是不是 hr？\n第二处'
    with watching(house, settings_trouble=lambda: trouble) as watch:
        assert watch.readyz().status == 200
        assert items(watch)["settings"]["detail"].endswith("settings.toml:41  people.hrr")
        assert scraped(watch)["steward_settings_valid"][()] == 0


def test_next_slots_follow_the_settings_when_others_come_into_force(
    sqlite_database: Database, tmp_path: Path
) -> None:
    house = make_house(sqlite_database, tmp_path)
    on_holiday = {"cron": "0 9 1 10 *", "on_non_working_days": "skip"}
    never = {"daily_digest": on_holiday, "deliver": {"every_minutes": 1, "enabled": False}}
    with watching(house) as watch:
        assert ("daily_digest",) in scraped(watch)["steward_job_next_slot_timestamp_seconds"]
        house.settings = make_house(sqlite_database, tmp_path, schedules=never).settings
        found = scraped(watch)["steward_job_next_slot_timestamp_seconds"]
    assert {"daily_digest", "deliver"} & {name for (name,) in found} == set()


def test_everything_is_answered_over_the_port_when_the_settings_open_it(
    sqlite_database: Database, tmp_path: Path, free_port: int
) -> None:
    house = make_house(
        sqlite_database, tmp_path, observability={"listen": f"127.0.0.1:{free_port}", "enabled": True}
    )
    with watching(house) as watch:
        assert watch.server is not None
        assert watch.server.port == free_port
        health, _ = ask(free_port, "/healthz")
        ready, body = ask(free_port, "/readyz")
        metrics, text = ask(free_port, "/metrics")
    assert (health.status, ready.status, metrics.status) == (200, 200, 200)
    assert json.loads(body)["status"] == "ready"
    assert str(metrics.headers["Content-Type"]).startswith("text/plain; version=0.0.4")
    assert parsed(text)["steward_build_info"]


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.mark.parametrize("off", [{"enabled": False}, {"listen": "127.0.0.1:0", "enabled": True}])
def test_nothing_listens_when_the_settings_say_so(
    sqlite_database: Database, tmp_path: Path, off: dict[str, Any]
) -> None:
    with watching(make_house(sqlite_database, tmp_path, observability=off)) as watch:
        assert watch.server is None
        assert watch.healthz().status == 200


def test_house_is_told_what_wecom_refused_when_a_secret_is_wrong(
    sqlite_database: Database, tmp_path: Path
) -> None:
    house = make_house(sqlite_database, tmp_path)
    with watching(house) as watch:
        house.observers.on_call("department/list", "60020", 0.1)
        assert "可信" in items(watch)["wecom"]["remedy"]
        assert watch.readyz().status == 503
