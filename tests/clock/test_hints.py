from __future__ import annotations

import pytest

from steward.clock.hints import hints, to_every_working_day
from steward.clock.ordinals import OrdinalSchedule
from steward.clock.plan import describe
from tests.clock.make import DAYS, at, make_plan


def said(cron: str, after: str = "2026-09-01 00:00", count: int = 1, **over: object) -> list[tuple[str, str]]:
    return [(words.zh, words.en) for words in hints(make_plan(cron, **over), at(after), count)]


def test_monday_to_friday_is_told_which_make_up_days_it_misses_and_what_to_write() -> None:
    assert said("37 8 * * 1-5") == [
        (
            "只写了周一至周五，调休补班的 9月20日 周日、10月10日 周六 不会运行；要每个工作日都运行，写 "
            'cron = "37 8 * * *"，on_non_working_days = "skip"（每个工作日 08:37）',
            "Monday to Friday only: it does not run on the make-up days Sun 20 Sep, Sat 10 Oct; for every working "
            'day write cron = "37 8 * * *", on_non_working_days = "skip" (Every working day at 08:37)',
        )
    ]


def test_many_make_up_days_are_told_by_the_first_three() -> None:
    [(zh, en)] = said("37 8 * * mon-fri", "2026-01-01 00:00")
    assert "1月4日 周日、2月14日 周六、2月28日 周六 等 不会运行" in zh
    assert "Sun 4 Jan, Sat 14 Feb, Sat 28 Feb and others;" in en


@pytest.mark.parametrize("policy", ["skip", "postpone", "run"])
def test_monday_to_friday_misses_them_under_every_policy(policy: str) -> None:
    assert len(said("0 9 * * 1-5", on_non_working_days=policy)) == 1


@pytest.mark.parametrize("cron", ["37 8 * * *", "37 8 * * 1", "37 8 * * 1-6", "37 8 1 * *"])
def test_other_schedules_are_told_nothing(cron: str) -> None:
    assert said(cron) == []


def test_monday_to_friday_is_told_nothing_where_no_make_up_day_is_known() -> None:
    assert said("37 8 * * 1-5", "2098-10-11 00:00") == []


def test_what_is_proposed_runs_on_every_working_day() -> None:
    plan = make_plan("0,30 9 * * 1-5")
    proposed = to_every_working_day(plan.schedule)  # type: ignore[arg-type]
    assert proposed == "0,30 9 * * *"
    assert describe(make_plan(proposed, on_non_working_days="skip"), "zh") == "每个工作日 09:00、09:30"


def test_weekends_that_skip_days_off_run_on_make_up_days_alone() -> None:
    assert said("0 9 * * 6,0", on_non_working_days="skip")[0][0] == (
        "只在周末而又跳过非工作日：只有调休补班的周末才会运行"
    )
    assert said("0 9 * * 6,0", on_non_working_days="run") == []


def test_slots_of_a_year_not_published_are_told_to_be_guesses() -> None:
    if not DAYS.is_provisional(2027):
        pytest.skip("2027 is published by now")
    plan = make_plan(schedule=OrdinalSchedule(on="first_working_day", hour=9, minute=0))
    [guess] = hints(plan, at("2026-11-20 00:00"), 3)
    assert guess.en.startswith("2027's holidays are not published yet")
    assert hints(plan, at("2026-11-20 00:00"), 1) == []
    assert hints(make_plan(), at("2026-12-31 00:00"), 5) == []
