from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from steward.clock.cron import CronSchedule, IntervalSchedule, parse_cron
from steward.clock.schedule_words import describe
from steward.clock.wording import Lang


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ("12 7 * * *", "每天 07:12", "Daily at 07:12"),
        ("37 8 * * 1-5", "周一至周五 08:37", "Monday to Friday at 08:37"),
        ("37 8 * * 5-1", "周五至周一 08:37", "Friday to Monday at 08:37"),
        ("0 9 * * 0", "周日 09:00", "Sunday at 09:00"),
        ("0 9 * * 6,7", "周六、周日 09:00", "Saturday, Sunday at 09:00"),
        ("0 9,18 * * mon", "周一 09:00、18:00", "Monday at 09:00, 18:00"),
        ("0 9 1 * *", "每月 1 日 09:00", "On day 1 of every month at 09:00"),
        ("0 9 1-3,15 * *", "每月 1至3、15 日 09:00", "On day 1 to 3, 15 of every month at 09:00"),
        ("0 9 1 1,7 *", "每年 1、7 月 1 日 09:00", "On day 1 of January, July at 09:00"),
        ("0 9 * 1 1", "1 月的周一 09:00", "Monday in January at 09:00"),
        ("5 * * * *", "每小时 05 分", "Every hour at minute 05"),
        ("*/15 * * * *", "每 15 分钟", "Every 15 minutes"),
        ("* * * * *", "每分钟", "Every minute"),
        (
            "10 */2 * * *",
            "每天 每 2 小时 10 分（从 0 点起）",
            "Daily every 2 hours from midnight at minute 10",
        ),
        ("5 9-18 * * 1-5", "周一至周五 9至18 点的 05 分", "Monday to Friday in hours 9 to 18 at minute 05"),
    ],
)
def test_a_schedule_is_said_as_people_say_it(expression: str, zh: str, en: str) -> None:
    schedule = parse_cron(expression)
    assert (describe(schedule, "zh"), describe(schedule, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ("37 8 * * *", "每个工作日 08:37", "Every working day at 08:37"),
        ("37 8 * * 1-5", "周一至周五 08:37（仅工作日）", "Monday to Friday at 08:37 (working days only)"),
        ("0 9 1 * *", "每月 1 日 09:00（仅工作日）", "On day 1 of every month at 09:00 (working days only)"),
    ],
)
def test_the_words_say_so_when_days_off_are_skipped(expression: str, zh: str, en: str) -> None:
    schedule = parse_cron(expression)
    assert (describe(schedule, "zh", "skip"), describe(schedule, "en", "skip")) == (zh, en)


def test_an_interval_is_said_in_minutes() -> None:
    assert describe(IntervalSchedule(every_minutes=1), "zh") == "每 1 分钟"
    assert describe(IntervalSchedule(every_minutes=1), "en") == "Every minute"
    assert (
        describe(IntervalSchedule(every_minutes=30), "en", "skip") == "Every 30 minutes (working days only)"
    )


def values(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    spans = st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}")
    parts = spans | numbers.map(str)
    return (
        st.just("*")
        | st.integers(1, 20).map(lambda n: f"*/{n}")
        | st.lists(parts, min_size=1, max_size=3).map(",".join)
    )


EXPRESSIONS = st.builds(
    lambda minute, hour, month, days: f"{minute} {hour} {days[0]} {month} {days[1]}",
    values(0, 59),
    values(0, 23),
    values(1, 12),
    st.tuples(values(1, 28), st.just("*")) | st.tuples(st.just("*"), values(0, 7)),
)


def meaning(schedule: CronSchedule) -> list[object]:
    return [getattr(schedule, field.name) for field in fields(schedule) if field.name != "expression"]


@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(["zh", "en"]))
def test_two_schedules_have_different_words_when_they_differ(one: str, other: str, lang: Lang) -> None:
    first, second = parse_cron(one), parse_cron(other)
    assume(meaning(first) != meaning(second))
    assert describe(first, lang) != describe(second, lang)


@given(EXPRESSIONS, st.integers(0, 3), st.integers(0, 59))
def test_the_words_change_when_one_value_does(expression: str, place: int, value: int) -> None:
    parts = expression.split()
    low, high = ((0, 59), (0, 23), (1, 28), (1, 12))[place]
    other = [*parts]
    other[place] = str(low + value % (high - low + 1))
    assume(place != 2 or parts[4] == "*")
    first, second = parse_cron(expression), parse_cron(" ".join(other))
    assume(meaning(first) != meaning(second))
    assert describe(first, "zh") != describe(second, "zh")
    assert describe(first, "en") != describe(second, "en")
