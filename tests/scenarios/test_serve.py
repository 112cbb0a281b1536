"""`serve` as people run it: stopped in the middle of things, asked for runs, given new settings, served by two."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.store.outbox import insert_delivery, load_outbox
from steward.store.runs import load_log, load_runs
from steward.store.schedule_state import load_pauses, load_processes
from tests.factories import make_delivery
from tests.scenarios.serving import Serving, open_serving, wait_until

HANGS_S = 60.0
STOPS_WITHIN_S = 25


def queue(serving: Serving, key: str) -> None:
    delivery = make_delivery(key, channel="bot", recipient="ops", topic="test")
    with serving.database.begin() as connection:
        insert_delivery(connection, delivery, now=datetime.now(UTC))


def outbox(serving: Serving) -> list[Any]:
    with serving.database.read() as connection:
        return load_outbox(connection)


def status(serving: Serving, topic: str = "test") -> list[str]:
    return [row.status for row in outbox(serving) if row.topic == topic]


def runs(serving: Serving) -> list[Any]:
    with serving.database.read() as connection:
        return load_runs(connection)


def test_message_queued_by_anybody_goes_out_without_waiting_for_the_minute(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        serving.serve()
        queue(serving, "one")
        wait_until(lambda: status(serving) == ["sent"], at_most_s=20)
        # The round is written down when it is over, a moment after its message left.
        wait_until(lambda: [run for run in runs(serving) if run.job == "deliver"])
        [run] = [run for run in runs(serving) if run.job == "deliver"]
        assert run.counts["sent"] == 1


def test_message_in_flight_is_finished_and_the_next_is_left_when_it_is_told_to_stop(tmp_path: Path) -> None:
    with open_serving(tmp_path, more="[wecom]\nparallel_calls = 1\n") as serving:
        process = serving.serve()
        serving.simulator.fail_next("webhook/send", delay_s=4.0)
        queue(serving, "in flight")
        wait_until(lambda: status(serving) == ["sending"])
        queue(serving, "waits")
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPS_WITHIN_S) == 0
        assert sorted(status(serving)) == ["pending", "sent"]
        with serving.database.read() as connection:
            assert load_processes(connection) == []


def test_it_ends_in_time_while_wecom_hangs_and_what_was_in_hand_is_done_at_the_next_start(
    tmp_path: Path,
) -> None:
    with open_serving(tmp_path, more="[wecom]\nread_timeout_s = 100.0\n") as serving:
        process = serving.serve()
        serving.simulator.fail_next("department/list", delay_s=HANGS_S)
        asked = serving.start("run", "sync_directory", "--no-wait")
        assert asked.wait(60) == 0
        wait_until(lambda: serving.simulator.calls["gettoken", 0] > 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPS_WITHIN_S) == 0
        [left] = runs(serving)
        assert left.state == "running"
        serving.simulator.clear_faults()
        serving.serve()
        wait_until(lambda: runs(serving)[0].state == "ok")


def test_second_service_on_sqlite_is_refused_with_whom_to_wait_for(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        first = serving.serve()
        second = serving.call("serve")
        assert second.returncode == 1
        assert str(first.pid) in second.stderr
        assert "PostgreSQL" in second.stderr


def test_run_asked_for_while_it_serves_is_done_by_it_and_followed_to_its_end(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        serving.serve()
        done = serving.call("run", "sync_directory", "--by", "hr.wang", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["counts"]["employees"] == 40
        [run] = runs(serving)
        assert run.by == "hr.wang"
        with serving.database.read() as connection:
            assert any("任务结束" in line for line in load_log(connection, run.id))


def test_second_run_of_a_job_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        serving.serve()
        serving.simulator.fail_next("department/list", delay_s=8.0)
        assert serving.call("run", "sync_directory", "--no-wait").returncode == 0
        refused = serving.call("run", "sync_directory", "--no-wait")
        assert refused.returncode == 1
        assert "正在运行" in refused.stderr


def test_run_is_finished_by_whoever_asked_when_the_service_dies_under_it(tmp_path: Path) -> None:
    with open_serving(tmp_path, more="[wecom]\nread_timeout_s = 100.0\n") as serving:
        process = serving.serve()
        serving.simulator.fail_next("department/list", delay_s=HANGS_S)
        asked = serving.start("run", "sync_directory")
        wait_until(lambda: [run.state for run in runs(serving)] == ["running"])
        wait_until(lambda: serving.simulator.calls["gettoken", 0] > 0)
        process.kill()
        # The call that hangs may not have left yet; whoever takes over must not meet it.
        serving.simulator.clear_faults()
        assert asked.wait(60) == 0
        assert [run.state for run in runs(serving)] == ["ok"]


def test_changed_settings_are_taken_up_and_broken_ones_are_told_and_left(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        serving.serve()
        good = serving.settings.read_text(encoding="utf8")
        serving.write(good + "\n[nonsense]\nx = 1\n")
        wait_until(lambda: status(serving, "admin_alert") == ["sent"])
        [told] = [row for row in outbox(serving) if row.topic == "admin_alert"]
        assert "nonsense" in str(told.body)
        serving.write(good + "\n[nonsense]\nx = 2\n")
        wait_until(lambda: serving.said().count("没有采用") >= 2)
        assert len(status(serving, "admin_alert")) == 1
        serving.write(good + '\n[schedules.daily_digest]\ncron = "1 1 * * *"\n')
        wait_until(lambda: "已重新读入并采用" in serving.said())
        wait_until(lambda: len(status(serving, "admin_alert")) == 2)


def test_settings_that_need_a_restart_say_so_and_the_old_ones_hold(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        process = serving.serve()
        good = serving.settings.read_text(encoding="utf8")
        serving.write(good.replace("steward.db", "other.db"))
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "database.url" in serving.said())
        assert not (tmp_path / "other.db").exists()


def test_pause_holds_back_what_is_brought_as_it_comes_until_it_is_resumed(tmp_path: Path) -> None:
    with open_serving(tmp_path) as serving:
        serving.serve()
        assert serving.call("schedule", "pause", "deliver", "--reason", "核对名单").returncode == 0
        with serving.database.read() as connection:
            assert load_pauses(connection)["deliver"].reason == "核对名单"
        queue(serving, "held back")
        assert serving.call("schedule", "list").returncode == 0  # a few seconds pass
        assert status(serving) == ["pending"]
        assert serving.call("schedule", "resume", "deliver").returncode == 0
        wait_until(lambda: status(serving) == ["sent"])


@pytest.mark.parametrize("victim", [0, 1])
def test_two_services_share_one_postgresql_and_one_goes_on_when_the_other_is_killed(
    tmp_path: Path, postgresql: Any, victim: int
) -> None:
    url = postgresql.migrated()
    try:
        with open_serving(tmp_path, database=url) as serving:
            both = [serving.serve(), serving.serve()]
            with serving.database.read() as connection:
                names = {process.name for process in load_processes(connection)}
            assert {name.rsplit(":", 1)[1] for name in names} == {str(process.pid) for process in both}
            both[victim].kill()
            both[victim].wait(20)
            queue(serving, "one")
            wait_until(lambda: status(serving) == ["sent"])
            assert datetime.now(UTC) - outbox(serving)[0].created_at < timedelta(minutes=1)
    finally:
        postgresql.drop(url)
