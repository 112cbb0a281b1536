"""`schedule`: see, change, pause and look back, as an admin types it."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.clock.wording import duration_words
from steward.store.audit import load_audit
from steward.store.database import Database, open_database
from steward.store.runs import add_log, finish_run, insert_missed, insert_run
from tests.cli.desk import Desk, make_desk
from tests.factories import NOW


def database_of(desk: Desk) -> Database:
    desk.call("runs")  # makes it
    return open_database(f"sqlite:///{desk.folder}/var/steward.db")


def append(desk: Desk, text: str) -> None:
    desk.settings.write_text(desk.settings.read_text(encoding="utf8") + text, encoding="utf8")


def row_of(desk: Desk, job: str) -> Any:
    return next(row for row in desk.data("schedule", "list") if row["job"] == job)


def test_list_says_when_each_job_runs_and_makes_no_database(desk: Desk) -> None:
    rows = desk.data("schedule", "list")
    assert [row["job"] for row in rows][:2] == ["sync_directory", "sync_groups"]
    assert (rows[0]["wording"], rows[0]["missed"], rows[0]["paused"]) == ("每天 07:12", "once", None)
    assert "每个工作日 08:37" in desk.call("schedule", "list").stdout
    assert not (desk.folder / "var").exists()


def test_next_times_are_those_of_the_schedules_own_zone(desk: Desk) -> None:
    append(desk, '[schedules.daily_digest]\ncron = "0 9 * * *"\ntimezone = "America/New_York"\n')
    found = desk.data("schedule", "next", "daily_digest", "-n", "10")
    assert len(found["next"]) == 10
    assert found["next"][0]["at"].endswith(("-05:00", "-04:00"))
    assert "America/New_York" in found["wording"]


def test_misspelt_job_is_told_with_the_one_that_was_meant(desk: Desk) -> None:
    for words in (
        ["next"],
        ["pause", "--reason", "x"],
        ["resume"],
        ["set", "--every", "5"],
        ["history"],
        ["run"],
    ):
        result = desk.call("schedule", words[0], "daily_digst", *words[1:])
        assert result.exit_code == 2, result.output
        assert "是不是 daily_digest" in result.output


def test_new_time_is_written_where_the_old_one_stood_and_remarks_stay(desk: Desk) -> None:
    append(desk, '\n# 日报\n[schedules.daily_digest]\n# 何时\ncron = "37 8 * * *"\nenabled = true # 开\n')
    before = desk.settings.read_text(encoding="utf8")
    desk.settings.chmod(0o640)
    shown = desk.data("schedule", "set", "daily_digest", "37 9 * * 1-5", "--missed", "each")
    text = desk.settings.read_text(encoding="utf8")
    assert text == before.replace('"37 8 * * *"', '"37 9 * * 1-5"').replace(
        "enabled = true # 开\n", 'enabled = true # 开\nmissed = "each"\n'
    )
    assert (shown["before"], len(shown["next"])) == ("每个工作日 08:37", 3)
    assert "09:37" in shown["after"]
    assert stat.S_IMODE(desk.settings.stat().st_mode) == 0o640


def test_section_that_is_missing_is_added(desk: Desk) -> None:
    desk.data("schedule", "set", "check_members", "--first-working-day", "09:30")
    row = row_of(desk, "check_members")
    assert row["wording"] == "每月第一个工作日 09:30"
    desk.data("schedule", "set", "check_members", "--every", "30")
    assert row_of(desk, "check_members")["every_minutes"] == 30
    desk.data("schedule", "set", "check_members", "--disable")
    assert not row_of(desk, "check_members")["enabled"]
    assert row_of(desk, "check_members")["every_minutes"] == 30


def test_own_zone_is_set_and_given_up_again(desk: Desk) -> None:
    desk.data("schedule", "set", "housekeeping", "--timezone", "Asia/Tokyo")
    assert row_of(desk, "housekeeping")["timezone"] == "Asia/Tokyo"
    desk.data("schedule", "set", "housekeeping", "--timezone", "company")
    assert row_of(desk, "housekeeping")["timezone"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["61 * * * *"], "0–59"),
        (["* * * *"], "五段"),
        (["0 9 31 2 *"], "不会触发"),
        (["0 9 1 10 *", "--on-non-working-days", "skip"], "schedules.daily_digest"),
        (["--every", "0"], "every_minutes"),
        (["--every", "5", "--on-non-working-days", "postpone"], "schedules.daily_digest"),
        (["--timezone", "Mars/Olympus"], "时区"),
        (["--first-working-day", "25:00"], "schedules.daily_digest.at"),
        (["--jitter", "99999"], "jitter_s"),
        (["0 9 * * *", "--every", "5"], "只能写一个"),
        ([], "schedule set daily_digest"),
    ],
)
def test_impossible_schedule_is_refused_by_name_and_nothing_is_written(
    desk: Desk, arguments: list[str], words: str
) -> None:
    before = desk.settings.read_bytes()
    result = desk.call("schedule", "set", "daily_digest", *arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert desk.settings.read_bytes() == before


def test_rehearsal_shows_and_writes_nothing(desk: Desk) -> None:
    before = desk.settings.read_bytes()
    shown = desk.data("schedule", "set", "daily_digest", "0 10 * * *", "--dry-run")
    assert (shown["written"], shown["after"]) == (False, "每个工作日 10:00")
    assert desk.settings.read_bytes() == before


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    # No draft can stand beside a file whose name is as long as names may be, not even root's.
    real = desk.settings.rename(tmp_path / ("s" * 250))
    desk.settings.symlink_to(real)
    before = real.read_bytes()
    result = desk.call("schedule", "set", "daily_digest", "0 10 * * *")
    assert result.exit_code == 1
    assert str(desk.settings) in result.output
    assert real.read_bytes() == before


def test_change_is_written_down_with_who(desk: Desk) -> None:
    desk.data("schedule", "set", "daily_digest", "0 10 * * *", "--by", "hr.wang")
    database = database_of(desk)
    with database.read() as connection:
        [entry] = load_audit(connection)
    database.close()
    assert (entry.by, entry.action, entry.subject) == ("hr.wang", "set_schedule", "daily_digest")
    assert (entry.detail["before"]["cron"], entry.detail["after"]["cron"]) == ("37 8 * * *", "0 10 * * *")


def test_pause_is_shown_until_it_is_resumed(desk: Desk) -> None:
    words = ["pause", "daily_digest", "--reason", "年会", "--until", "2099-12-01", "--by", "hr.wang"]
    assert desk.call("schedule", *words).exit_code == 0
    assert row_of(desk, "daily_digest")["paused"]["until_on"] == "2099-12-01"
    shown = desk.call("schedule", "list").stdout
    assert "暂停，2099-12-01 恢复：年会（hr.wang）" in shown
    assert "年会" in desk.call("schedule", "next", "daily_digest").stdout
    resumed = desk.call("schedule", "resume", "daily_digest")
    assert "下一次" in resumed.stdout
    assert row_of(desk, "daily_digest")["paused"] is None


@pytest.mark.parametrize(("until", "words"), [("2020-01-01", "2020-01-01"), ("明天", "--until")])
def test_pause_until_a_day_that_is_past_or_none_is_refused(desk: Desk, until: str, words: str) -> None:
    result = desk.call("schedule", "pause", "daily_digest", "--reason", "x", "--until", until)
    assert result.exit_code == 2
    assert words in result.output


def test_history_tells_of_runs_and_of_missed_moments(desk: Desk) -> None:
    database = database_of(desk)
    with database.begin() as connection:
        run_id = insert_run(connection, "sync_groups", "2026-11-18T07:24", as_of=NOW, now=NOW, by="host:1")
        assert run_id is not None
        add_log(connection, run_id, ["08:13:00 error 步骤失败"], at_most=50)
        end = NOW + timedelta(seconds=90)
        finish_run(connection, run_id, state="partial", counts={"groups": 5}, error="60011 无权限", now=end)
        why = "11-18 01:00 至 11-18 05:00 共 240 次：服务没有运行"
        values = {"as_of": NOW, "now": NOW, "why": why, "by": None, "count": 240}
        insert_missed(connection, "deliver", "2026-11-18T01:00Z", **values)
    database.close()
    shown = desk.call("schedule", "history").stdout
    assert "部分完成" in shown
    assert duration_words(timedelta(seconds=90), "zh") in shown
    assert "错过" in shown
    assert "共 240 次" in shown
    [row] = desk.data("schedule", "history", "sync_groups")
    assert (row["state"], row["by"]) == ("partial", "host:1")
    one = desk.data("schedule", "history", "--run", str(run_id))
    assert one["log"] == ["08:13:00 error 步骤失败"]
    assert "步骤失败" in desk.call("schedule", "history", "--run", str(run_id)).stdout
    assert desk.call("schedule", "history", "--run", "99").exit_code == 3


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        ("skip", ["09-30", "10-08", "10-09", "10-12"]),
        # What is put off from the holidays falls on the day that has the slot itself.
        ("postpone", ["09-30", "10-08", "10-09", "10-12"]),
        ("run", ["09-30", "10-01", "10-02", "10-05"]),
    ],
)
def test_next_says_what_national_day_week_means_for_each_policy(
    desk: Desk, policy: str, days: list[str]
) -> None:
    desk.call("schedule", "set", "daily_digest", "37 8 * * 1-5", "--on-non-working-days", policy)
    shown = desk.data("schedule", "next", "daily_digest", "-n", "4", "--from", "2026-09-30")
    assert [one["at"][5:16] for one in shown["next"]] == [f"{day}T08:37" for day in days]
    [hint] = [text for text in shown["hints"] if "10月10日" in text]
    assert 'cron = "37 8 * * *"' in hint


def test_next_begins_with_midnight_of_the_day_that_is_asked_for(desk: Desk) -> None:
    desk.call("schedule", "set", "daily_digest", "0 0 * * *", "--on-non-working-days", "run")
    shown = desk.data("schedule", "next", "daily_digest", "-n", "1", "--from", "2026-10-01")
    assert [one["at"][:16] for one in shown["next"]] == ["2026-10-01T00:00"]
