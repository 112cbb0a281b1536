"""What /readyz says is wrong, and what to do about it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from steward.cli.watch.look import Seen
from steward.cli.watch.readiness import Item, judge
from steward.cli.watch.state import State, public_lane
from steward.model.source import SourceState
from steward.store.figures import Figures, LastRun
from steward.store.lanes import LaneState
from steward.store.migrate import head_revision
from steward.store.schedule_state import Pause, Process
from steward.wecom.errors import Refused
from tests.factories import NOW


def make_figures(**over: Any) -> Figures:
    defaults: dict[str, Any] = {
        "at": NOW,
        "messages": {},
        "due_since": None,
        "runs": (),
        "sources": (),
        "lanes": (),
        "pauses": (),
        "spent": {},
        "accounts": 0,
        "processes": (),
        "revision": head_revision(),
        "clock_offset": None,
    }
    return Figures(**{**defaults, **over})


def make_state(figures: Figures | None = None, **over: Any) -> State:
    defaults: dict[str, Any] = {
        "now": NOW,
        "process": "vm:1",
        "seen": Seen(figures=figures or make_figures()),
        "tick_age_s": 1.0,
        "verdict": "ok",
        "refused_secrets": {},
        "settings_trouble": None,
        "next_at": {},
        "budgets": {},
        "zone": ZoneInfo("Asia/Shanghai"),
    }
    return State(**{**defaults, **over})


def wrong(state: State) -> dict[str, Item]:
    return {item.item: item for item in judge(state) if item.state != "ok"}


def make_run(state: str = "ok", **over: Any) -> LastRun:
    defaults: dict[str, Any] = {
        "job": "deliver",
        "slot": "2026-11-18T08:00",
        "finished_at": NOW,
        "good_at": NOW,
    }
    return LastRun(state=state, **{**defaults, **over})  # type: ignore[arg-type]


def make_process(age: timedelta, name: str = "other:7") -> Process:
    return Process(name=name, started_at=NOW, beat_at=NOW - age, version="0.1.0")


def make_lane(paused_until: datetime | None) -> LaneState:
    return LaneState(name="bot:hr#1", held_by=None, held_until=None, paused_until=paused_until, why="45009")


def make_pause(**over: Any) -> Pause:
    defaults: dict[str, Any] = {
        "job": "daily_digest",
        "reason": "放假",
        "until_on": None,
        "by": "x",
        "at": NOW,
    }
    return Pause(**{**defaults, **over})


def test_nothing_is_wrong_when_all_is_as_it_should_be() -> None:
    assert wrong(make_state(make_figures(messages={"sent": 9, "dead": 2}, runs=(make_run(),)))) == {}


@pytest.mark.parametrize(
    ("item", "state", "level"),
    [
        ("scheduler", make_state(tick_age_s=60.0), "fail"),
        ("database", make_state(seen=Seen(figures=None, trouble="数据库 2 秒内没有回答")), "fail"),
        ("schema", make_state(make_figures(revision="0001")), "fail"),
        ("schema", make_state(make_figures(revision=None)), "fail"),
        ("clock", make_state(make_figures(clock_offset=timedelta(seconds=-3))), "warn"),
        ("clock", make_state(make_figures(clock_offset=timedelta(seconds=61))), "fail"),
        ("settings", make_state(settings_trouble="settings.toml:41"), "warn"),
        ("wecom", make_state(verdict="not_trusted"), "fail"),
        ("wecom", make_state(verdict="unreachable"), "fail"),
        (
            "lanes",
            make_state(make_figures(lanes=(make_lane(NOW + timedelta(1)),))),
            "fail",
        ),
        ("queue", make_state(make_figures(due_since=NOW - timedelta(minutes=16))), "fail"),
        ("outbox", make_state(make_figures(messages={"unknown": 1})), "warn"),
        ("job.deliver", make_state(make_figures(runs=(make_run("failed"),))), "warn"),
        ("job.deliver", make_state(make_figures(runs=(make_run("missed"),))), "warn"),
        (
            "source.users",
            make_state(
                make_figures(
                    sources=(
                        SourceState(name="users", good_at=None, tried_at=NOW, errcode=60011, detail="no"),
                    )
                )
            ),
            "warn",
        ),
        (
            "schedule.daily_digest",
            make_state(make_figures(pauses=(make_pause(),))),
            "warn",
        ),
        ("processes", make_state(make_figures(processes=(make_process(timedelta(minutes=5)),))), "warn"),
    ],
)
def test_item_names_what_is_wrong_and_the_remedy_when_it_is(item: str, state: State, level: str) -> None:
    found = wrong(state)
    assert list(found) == [item]
    assert found[item].state == level
    assert found[item].remedy


def test_refused_secret_is_named_with_wecoms_own_remedy_when_a_token_was_refused() -> None:
    refusal = Refused(40001, "invalid credential", "gettoken", "重新复制 Secret")
    (item,) = wrong(make_state(refused_secrets={"contacts": refusal})).values()
    assert item.state == "fail"
    assert "contacts" in item.detail
    assert "40001" in item.detail
    assert item.remedy == "重新复制 Secret"


def test_nothing_is_said_when_what_was_wrong_is_over() -> None:
    figures = make_figures(
        lanes=(
            make_lane(NOW),
            make_lane(None),
        ),
        due_since=NOW - timedelta(minutes=15),
        pauses=(make_pause(until_on=date(2026, 11, 18)),),
        processes=(make_process(timedelta(seconds=90)), make_process(timedelta(hours=2), "old:1")),
        clock_offset=timedelta(seconds=2),
    )
    assert wrong(make_state(figures)) == {}


def test_reason_of_a_pause_stays_inside_when_it_is_told() -> None:
    state = make_state(make_figures(pauses=(make_pause(reason="王五说的"),)))
    assert "王五" not in str(judge(state))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bot:hr#1", "bot:hr#1"),
        ("webhook:oa", "webhook:oa"),
        ("app", "app"),
        ("member:zhangsan", "member"),
        ("member:persons", "member"),
        ("appchat:persons", "appchat:persons"),
        ("appchat:wrOgQhDgAA", "appchat"),
        ("something:new", "something"),
    ],
)
def test_lane_hides_persons_and_groups_when_it_is_shown(name: str, shown: str) -> None:
    assert public_lane(name) == shown


def test_highest_of_all_members_is_shown_when_budgets_are() -> None:
    state = make_state(budgets={"member:a": 0.2, "member:b": 0.9, "bot:hr#1": 0.5})
    assert state.public_budgets == {"bot:hr#1": 0.5, "member": 0.9}
