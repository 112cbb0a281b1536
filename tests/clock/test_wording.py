from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from steward.clock.wording import (
    Lang,
    day_words,
    deadline_words,
    duration_words,
    local,
    moment_words,
    near_day_words,
    time_words,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 0, 37, tzinfo=UTC)


def test_a_day_is_said_with_its_weekday() -> None:
    assert day_words(date(2026, 11, 20), "zh") == "11月20日 周五"
    assert day_words(date(2026, 11, 20), "en") == "Fri 20 Nov"
    assert day_words(date(2026, 1, 4), "zh") == "1月4日 周日"


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2026, 11, 19), "昨天", "yesterday"),
        (date(2026, 11, 20), "今天", "today"),
        (date(2026, 11, 21), "明天", "tomorrow"),
        (date(2026, 11, 24), "11月24日 周二", "Tue 24 Nov"),
        (date(2027, 1, 4), "2027年1月4日 周一", "Mon 4 Jan 2027"),
    ],
)
def test_a_near_day_has_a_name_and_a_far_one_its_year(day: date, zh: str, en: str) -> None:
    today = date(2026, 11, 20)
    assert (near_day_words(day, today, "zh"), near_day_words(day, today, "en")) == (zh, en)


def test_a_deadline_is_said_in_local_time() -> None:
    due_at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert deadline_words(due_at, NOW, SHANGHAI, "zh") == "今天 18:00 前"
    assert deadline_words(due_at, NOW, SHANGHAI, "en") == "by 18:00 today"
    assert moment_words(due_at + timedelta(days=4), NOW, SHANGHAI, "zh") == "11月24日 周二 18:00"


def test_the_day_is_the_local_one_when_utc_is_still_a_day_behind() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert moment_words(late, NOW, SHANGHAI, "zh") == "明天 00:30"


def test_an_hour_that_the_clock_skips_is_shown_as_the_clock_shows_it() -> None:
    new_york = ZoneInfo("America/New_York")
    skipped = datetime(2026, 3, 8, 2, 30, tzinfo=new_york)
    assert local(skipped, new_york).hour == 3
    assert time_words(skipped, new_york) == "03:30"


@pytest.mark.parametrize(
    ("duration", "zh", "en"),
    [
        (timedelta(hours=3, minutes=20), "3小时20分", "3h 20m"),
        (timedelta(minutes=42, seconds=59), "42分钟", "42m"),
        (timedelta(hours=2), "2小时", "2h"),
        (timedelta(days=2, hours=3, minutes=9), "2天3小时", "2d 3h"),
        (timedelta(days=1, minutes=9), "1天", "1d"),
        (timedelta(seconds=59), "不到1分钟", "under 1m"),
        (timedelta(seconds=-5), "不到1分钟", "under 1m"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(duration: timedelta, zh: str, en: str) -> None:
    languages: tuple[Lang, Lang] = ("zh", "en")
    assert tuple(duration_words(duration, lang) for lang in languages) == (zh, en)
