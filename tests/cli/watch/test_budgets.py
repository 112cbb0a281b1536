"""How much of a budget is used up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steward.cli.watch.budgets import used_ratios, windows_at
from steward.delivery.budget import DAY, HOUR, MINUTE, Ways
from steward.model.settings.operation import Budgets

NOW = datetime(2026, 11, 18, 0, 13, tzinfo=UTC)
WAYS = Ways(budgets=Budgets(bot_per_minute=18, member_per_minute=28, member_per_hour=950))


def test_tightest_limit_counts_when_a_budget_has_several() -> None:
    spent = {MINUTE: {"member:a": 14, "bot:hr#1": 9}, HOUR: {"member:a": 14, "member:b": 475}}
    assert used_ratios(spent, WAYS, 0) == {"member:a": 0.5, "bot:hr#1": 0.5, "member:b": 0.5}


def test_apps_day_is_reckoned_by_the_employees_when_nothing_is_written() -> None:
    assert used_ratios({None: {"app": 500}}, WAYS, accounts=10) == {"app": 0.25}
    assert used_ratios({None: {"app": 500}}, WAYS, accounts=0) == {}


def test_chats_have_their_two_budgets_when_something_went_to_them() -> None:
    ratios = used_ratios({MINUTE: {"appchat": 19, "appchat:persons": 1900}}, WAYS, 0)
    assert ratios == {"appchat": 0.1, "appchat:persons": 0.1}


def test_nothing_is_counted_when_there_are_no_budgets_or_the_name_is_not_ours() -> None:
    assert used_ratios({MINUTE: {"bot:hr#1": 9}}, Ways(), 0) == {}
    assert used_ratios({MINUTE: {"pigeon:1": 9}}, WAYS, 0) == {}


def test_windows_reach_back_as_the_limits_do() -> None:
    windows = windows_at(NOW)
    assert windows[MINUTE] == NOW - timedelta(minutes=1)
    assert windows[HOUR] == NOW - timedelta(hours=1)
    assert windows[DAY] == NOW - timedelta(days=1)
    midnight_there = datetime(2026, 11, 17, 16, tzinfo=UTC)
    assert timedelta(0) < midnight_there - windows[None] < timedelta(seconds=1)
