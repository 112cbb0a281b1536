"""`config`, `schedule`: settings as an admin sees them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from steward.cli.agenda import day_mark
from steward.clock.working_days import WorkingDays
from steward.model.settings.root import Calendar
from tests.cli.desk import SETTINGS, Desk, make_desk

VALID = SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr='"zhangsan"')


def test_check_names_schedule_and_next_times_when_settings_are_valid(desk: Desk) -> None:
    result = desk.call("config", "check")
    assert result.exit_code == 0
    assert "没有错误" in result.stdout
    assert "每个工作日 08:37" in result.stdout


def test_check_tells_every_error_at_once_when_several_are_wrong(tmp_path: Path) -> None:
    text = VALID + '\n[wecom]\nparallel_cals = 3\n\n[schedules.daily_digest]\ncron = "99 8 * * 1-5"\n'
    result = make_desk(tmp_path, settings=text).call("config", "check")
    assert result.exit_code == 2
    assert "parallel_cals" in result.stderr
    line = text.splitlines().index('cron = "99 8 * * 1-5"') + 1
    assert f"settings.toml:{line}  schedules.daily_digest.cron" in result.stderr
    assert "2 处错误" in result.stderr
    assert result.stdout == ""


def test_check_prints_errors_as_data_when_json_is_asked_for(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, settings=VALID.replace("agent_id = 1000002", "agent_id = 0"))
    told = desk.data("config", "check", code=2)
    assert not told["ok"]
    assert told["errors"][0]["key"] == "company.agents.app.agent_id"


def test_check_blames_the_variable_when_the_environment_gave_the_cron(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, STEWARD__SCHEDULES__DELIVER__CRON="61 * * * *")
    result = desk.call("config", "check")
    assert result.exit_code == 2
    assert "$STEWARD__SCHEDULES__DELIVER__CRON" in result.stderr


def test_missing_file_is_one_sentence_when_there_are_no_settings(tmp_path: Path) -> None:
    result = Desk(folder=tmp_path).call("config", "check")
    assert result.exit_code == 2
    assert "找不到设置文件" in result.stderr


def test_show_tells_only_where_a_secret_is_when_it_is_set(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, T_APP_SECRET="S3cretS3cretS3cret")
    for arguments in (("config", "show"), ("config", "show", "--json")):
        result = desk.call(*arguments)
        assert "env:T_APP_SECRET (已设置)" in result.stdout
        assert "env:T_ARCHIVE_SECRET (未设置)" in result.stdout
        assert "S3cret" not in result.output


def test_show_is_toml_with_defaults_when_printed(desk: Desk) -> None:
    import tomllib

    shown = tomllib.loads(desk.call("config", "show").stdout)
    assert shown["policies"]["work"]["quiet_from"] == "22:00"


def test_next_times_come_with_their_kind_of_day_when_asked_for(desk: Desk) -> None:
    told = desk.data("schedule", "next", "daily_digest", "-n", "7")
    assert len(told["next"]) == 7
    assert all(one["working"] for one in told["next"])
    assert told["wording"] == "每个工作日 08:37"


def test_job_is_refused_with_the_known_ones_when_it_is_unknown(desk: Desk) -> None:
    result = desk.call("schedule", "next", "dayly_digest")
    assert result.exit_code == 2
    assert "daily_digest" in result.stderr


def test_list_says_off_when_a_schedule_is_disabled(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, settings=VALID + "\n[schedules.deliver]\nenabled = false\n")
    line = next(
        line for line in desk.call("schedule", "list").stdout.splitlines() if line.startswith("deliver")
    )
    assert "已停用" in line


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        (date(2026, 11, 20), "工作日"),
        (date(2026, 11, 22), "休息日"),
        (date(2026, 10, 1), "节假日 国庆节"),
        (date(2026, 10, 10), "工作日（调休补班）"),
        (date(2026, 12, 31), "休息日（公司自定）"),
        (date(2040, 3, 1), "工作日（放假安排未公布，按推算）"),
        (date(2040, 10, 1), "节假日 国庆节（放假安排未公布，按推算）"),
    ],
)
def test_kind_of_day_is_said_in_words_when_shown(day: date, mark: str) -> None:
    calendar = WorkingDays(Calendar(days_off=(date(2026, 12, 31),)))
    assert day_mark(calendar.kind_of(day)) == mark
