from __future__ import annotations

import pytest

from steward.clock.judging import judge_schedules
from steward.model.settings.errors import SettingsError
from steward.model.settings.load import parse_settings
from steward.model.settings.root import Settings

COMPANY = '[company]\nname = "x"\ncorp_id = "ww01"\nagents.app = { agent_id = 1, secret = { env = "A" } }\n'
DIGEST = COMPANY + "[schedules.daily_digest]\n"


def load(text: str) -> Settings:
    return parse_settings(text, file="settings.toml", judge=judge_schedules)


def refusal(text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(text)
    return caught.value


def test_a_cron_expression_is_refused_at_loading_with_its_line_in_both_languages() -> None:
    error = refusal(DIGEST + 'enabled = true\ncron = "61 8 * * *"\n')
    assert error.text("zh") == (
        'settings.toml:7  schedules.daily_digest.cron：cron 表达式 "61 8 * * *" 第 1 段（分钟）的 "61"：'
        '不在 0–59 之内；可以写 "37"、"0,30" 或 "*/15"'
    )
    assert error.text("en") == (
        'settings.toml:7  schedules.daily_digest.cron: cron expression "61 8 * * *", field 1 (minute), "61": '
        'not within 0 to 59; write "37", "0,30" or "*/15"'
    )


@pytest.mark.parametrize("cron", ["0 9 30 2 *", "0 9 1 10 *", "0 9 1,2 5 *", "0 9 1 1,5,10 *"])
def test_a_schedule_that_never_fires_is_refused(cron: str) -> None:
    error = refusal(DIGEST + f'cron = "{cron}"\n')
    assert "永远不会触发" in error.text("zh")
    assert "never fires" in error.text("en")


@pytest.mark.parametrize(
    "more",
    [
        'cron = "0 9 1 10 *"\non_non_working_days = "postpone"\n',
        'cron = "0 9 1 10 *"\non_non_working_days = "run"\n',
        'cron = "0 9 1,8 10 *"\n',
        # Make-up days are not known for ever: what is good today stays good.
        'cron = "0 9 * * 6"\n',
        'cron = "0 9 1 10 *"\n[calendar]\nworking_days = ["2026-10-01"]\n',
        'cron = "0 9 1 10 *"\n[calendar]\nworking_days = [2026-10-01]\n',
    ],
)
def test_a_schedule_that_fires_some_day_is_taken(more: str) -> None:
    assert load(DIGEST + more).schedules["daily_digest"].cron is not None


@pytest.mark.parametrize(
    ("lines", "key", "zh"),
    [
        ('cron = "0 9 * * *"\ntimezone = "Asia/Shangai"\n', "timezone", "未知的时区"),
        ('on = "first_working_day"\n', "", "on 和 at 要一起写"),
        ('at = "09:00"\ncron = "0 9 * * *"\n', "", "on 和 at 要一起写"),
        ('on = "first_working_day"\nat = "9"\n', "at", "不是时刻"),
        ('on = "first_workday"\nat = "09:00"\n', "on", "是不是"),
        ('on = "last_working_day"\nat = "09:00"\ncron = "0 9 * * *"\n', "", "要写且只写一个"),
        ('every_minutes = 5\non_non_working_days = "postpone"\n', "", "every_minutes 不能顺延"),
        ("every_minutes = 5\njitter_s = 300\n", "", "最短的 300 秒"),
        ('cron = "0,10 9 * * *"\njitter_s = 600\n', "jitter_s", "最短的 600 秒"),
        ('cron = "0 * * * *"\njitter_s = 3600\n', "jitter_s", "最短的 3600 秒"),
        ('cron = "0 9 * * *"\nmissed = "all"\n', "missed", "不在可选的值之内"),
        ('cron = "0 9 * * *"\nping_url = "http://hc.example.com/x"\n', "ping_url", "不是可用的回报网址"),
        ('cron = "0 9 * * *"\nping_url = "https://a:b@example.com/x"\n', "ping_url", "不是可用的回报网址"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused_by_its_key(lines: str, key: str, zh: str) -> None:
    [problem] = refusal(DIGEST + lines).problems
    assert problem.key == ".".join(part for part in ("schedules.daily_digest", key) if part)
    assert zh in problem.text("zh")
    assert problem.line is not None
    assert "b@example" not in problem.text("zh")


def test_a_bad_schedule_is_told_together_with_other_faults() -> None:
    error = refusal(DIGEST + 'cron = "61 8 * * *"\n[wecom]\nparallel_calls = 99\n')
    assert [problem.line for problem in error.problems] == [6, 8]


def test_a_schedule_takes_what_it_does_not_say_from_its_default() -> None:
    digest = load(DIGEST + 'on = "first_working_day"\nat = "09:00"\n').schedules["daily_digest"]
    assert (digest.on, digest.cron, digest.missed, digest.jitter_s) == ("first_working_day", None, "once", 0)
    assert load(DIGEST + "jitter_s = 30\n").schedules["daily_digest"].cron == "37 8 * * *"


@pytest.mark.parametrize(
    "url", ['"https://hc-ping.com/abc"', '"http://127.0.0.1:8000/x"', '{ env = "PING" }', '{ file = "ping" }']
)
def test_a_ping_address_is_https_or_the_place_of_a_secret(url: str) -> None:
    assert load(DIGEST + f"ping_url = {url}\n").schedules["daily_digest"].ping_url is not None
