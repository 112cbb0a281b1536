from __future__ import annotations

import pytest

from steward.model.settings.errors import SettingsError
from steward.model.settings.hours import BusinessHoursSettings, Window
from steward.model.settings.load import parse_settings
from steward.model.settings.secrets import masked

COMPANY = '[company]\nname = "x"\ncorp_id = "ww01"\nagents.app = { agent_id = 1, secret = { env = "A" } }\n'


def refusal(lines: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_settings(f"{COMPANY}[business_hours]\n{lines}\n", file="settings.toml")
    [problem] = caught.value.problems
    assert problem.line is not None
    assert problem.key.startswith("business_hours")
    return problem.text("zh")


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("08:30-12:00", Window(510, 720)),
        ("8:30 - 12:00", Window(510, 720)),
        ("13:30–17:30", Window(810, 1050)),
        ("00:00-24:00", Window(0, 1440)),
        ("22:00-06:00", Window(1320, 1800)),
        ("18:00-00:00", Window(1080, 1440)),
    ],
)
def test_a_window_is_read_as_people_write_it(text: str, window: Window) -> None:
    assert BusinessHoursSettings(windows=[text]).windows == (window,)


def test_a_window_is_written_as_it_is_read() -> None:
    for text in ("08:30-12:00", "22:00-06:00", "00:00-24:00"):
        [window] = BusinessHoursSettings(windows=[text]).windows
        assert str(window) == text


@pytest.mark.parametrize(
    "text", ["8-12", "08:30", "08:61-12:00", "24:00-25:00", "09:00-24:01", "08：30-12：00", ""]
)
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    assert "不是时段" in refusal(f'windows = ["{text}"]')
    assert '"22:00-06:00"' in refusal(f'windows = ["{text}"]')


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('windows = ["08:00-12:00", "11:30-13:00"]', "时段 08:00-12:00 和 11:30-13:00 重叠"),
        ('windows = ["08:00-12:00", "08:00-12:00"]', "时段 08:00-12:00 和 08:00-12:00 重叠"),
        ('windows = ["22:00-06:00", "05:00-09:00"]', "时段 22:00-06:00 和 05:00-09:00 重叠"),
        (
            'windows = ["22:00-06:00"]\non_days_off = ["05:59-09:00"]',
            "时段 22:00-06:00 和 05:59-09:00 重叠",
        ),
        (
            'departments."客服部" = { windows = ["08:00-12:00", "10:00-11:00"] }',
            "时段 08:00-12:00 和 10:00-11:00 重叠",
        ),
        (
            'on_days_off = ["05:00-09:00"]\ndepartments."客服部" = { windows = ["22:00-06:00"] }',
            'departments."客服部" 时段 22:00-06:00 和 05:00-09:00 重叠',
        ),
        ("windows = []", "没有一个时段"),
        ('departments."客服部" = { windows = [] }', "没有一个时段"),
        ('windows = ["09:00-09:00"]', "时段 09:00-09:00 起止相同"),
        ('windows = ["17:30-13:30"]', "时段 17:30-13:30 起止像是写反了"),
        ('windows = ["08:00-12:00"]\nwindow = 1', "未知的键"),
        ('windows = "08:00-12:00"', "类型不对"),
    ],
)
def test_windows_that_cannot_be_kept_are_refused_by_name(lines: str, said: str) -> None:
    assert said in refusal(lines)


def test_windows_may_touch() -> None:
    setting = BusinessHoursSettings(windows=["08:00-12:00", "12:00-13:00", "22:00-06:00", "06:00-07:00"])
    assert len(setting.windows) == 4


def test_settings_are_shown_with_windows_as_text() -> None:
    settings = parse_settings(COMPANY, file="settings.toml")
    shown = masked(settings, {})["business_hours"]
    assert shown == {"windows": ["08:30-12:00", "13:30-17:30"], "on_days_off": [], "departments": {}}
