"""By which lanes, and how much: pure, so every rule is a table or holds for any numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.delivery.budget import DAY, HOUR, MINUTE, Limit, Log, Reach, Ways, members_of, room_at
from steward.model.delivery import Channel
from steward.model.settings.operation import Budgets
from tests.factories import NOW

WAYS = Ways(budgets=Budgets(), bots={"pool": 3})


def of(
    channel: Channel, recipient: str, *, lane: str = "", ways: Ways = WAYS, **reach: Any
) -> dict[str, Any]:
    logs = ways.logs(lane or ways.lanes(channel, recipient)[0], channel, recipient, Reach(**reach))
    return {log.name: (log.units, [(limit.most, limit.window) for limit in log.limits]) for log in logs}


def test_bot_is_one_lane_for_each_key_and_so_is_its_budget() -> None:
    assert WAYS.lanes("bot", "ops") == ("bot:ops#1",)
    assert WAYS.lanes("bot", "pool") == ("bot:pool#1", "bot:pool#2", "bot:pool#3")
    assert of("bot", "pool", lane="bot:pool#2") == {"bot:pool#2": (1, [(18, MINUTE)])}


def test_every_member_of_a_send_is_counted_and_so_is_the_apps_day() -> None:
    member = [(28, MINUTE), (950, HOUR)]
    assert of("app", "a|b|a", accounts=7) == {
        "member:a": (1, member),
        "member:b": (1, member),
        "app": (2, [(1400, None)]),
    }
    assert of("app", "@all", accounts=7) == {"app": (7, [(1400, None)])}


def test_apps_day_is_counted_only_where_its_cap_is_known() -> None:
    assert list(of("app", "a")) == ["member:a"]
    ways = Ways(budgets=Budgets(app_person_times_per_day=500))
    assert of("app", "a", ways=ways)["app"] == (1, [(500, None)])


def test_chat_counts_as_the_biggest_there_is_until_its_members_are_known() -> None:
    known, unknown = of("appchat", "c1", chat_size=40), of("appchat", "c1")
    assert known["appchat"] == (1, [(190, MINUTE), (9500, DAY)])
    assert (known["appchat:persons"][0], unknown["appchat:persons"][0]) == (40, 2000)


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_nothing_is_counted_where_wecom_does_not(channel: Channel) -> None:
    assert of(channel, "x") == {}
    assert Ways().logs("app", "app", "a", Reach(accounts=5)) == ()


def test_setting_of_the_recipient_comes_before_that_of_its_channel_and_the_general_one() -> None:
    ways = Ways(
        on_unknown={("bot", "ops"): "resend", ("email", None): "resend"},
        default_unknown="ask",
    )
    assert ways.when_unknown("bot", "ops") == "resend"
    assert ways.when_unknown("bot", "hr") == "ask"
    assert ways.when_unknown("email", "a@b.cn") == "resend"


def test_persons_are_written_to_one_by_one_and_a_group_as_one() -> None:
    assert members_of("app", "a|b") == ("app:a", "app:b")
    assert members_of("bot", "a|b") == ("bot:a|b",)


def test_natural_day_ends_at_midnight_in_china() -> None:
    limit = Limit(most=5, window=None)
    before, after = (datetime(2026, 11, 20, hour, 59, 59, tzinfo=UTC) for hour in (15, 16))
    assert limit.since(before) < datetime(2026, 11, 19, 16, tzinfo=UTC) <= before
    assert limit.frees_at(before) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert limit.since(after) >= datetime(2026, 11, 20, 16, tzinfo=UTC) - timedelta(microseconds=1)


def log_of(most: int, units: int = 1) -> Log:
    return Log(name="x", units=units, limits=(Limit(most=most, window=MINUTE),))


def ago(*seconds: float) -> list[tuple[datetime, int]]:
    return [(NOW - timedelta(seconds=s), 1) for s in seconds]


def test_room_comes_when_the_oldest_leaves_the_window() -> None:
    log = log_of(3)
    assert room_at(ago(50, 40), log, log.limits[0], NOW) == NOW
    assert room_at(ago(50, 40, 10), log, log.limits[0], NOW) == NOW + timedelta(seconds=10)
    assert room_at(ago(50, 40, 30, 10), log, log.limits[0], NOW) == NOW + timedelta(seconds=20)


def test_what_is_still_on_the_way_may_arrive_now() -> None:
    log = log_of(1)
    assert room_at(ago(-120), log, log.limits[0], NOW) == NOW + MINUTE


def test_message_larger_than_the_whole_budget_goes_when_nothing_else_does() -> None:
    log = log_of(3, units=10)
    assert log.limits[0].has_room(0, 10)
    assert not log.limits[0].has_room(1, 10)
    assert room_at(ago(50, 10), log, log.limits[0], NOW) == NOW + timedelta(seconds=50)


@given(
    delays=st.lists(st.tuples(st.floats(0, 30), st.floats(0, 1)), min_size=1, max_size=120),
    most=st.integers(1, 20),
)
def test_no_window_at_the_receiver_holds_more_than_the_budget_however_long_the_way_took(
    delays: list[tuple[float, float]], most: int
) -> None:
    """One lane, one message after the other; each takes its time, and arrives at some point of that time."""
    log = log_of(most)
    limit = log.limits[0]
    now, sent, arrived = NOW, [], []
    for took_s, share in delays:
        counted = [(at, 1) for at in sent]
        used = sum(at > limit.since(now) for at in sent)
        if not limit.has_room(used, 1):
            now = room_at(counted, log, limit, now)
            assert sum(at > limit.since(now) for at in sent) < most
        arrived.append(now + timedelta(seconds=took_s * share))
        now += timedelta(seconds=took_s)
        sent.append(now)  # noted when the answer is there, the latest it can have arrived
    for begins in arrived:
        assert sum(begins <= at < begins + MINUTE for at in arrived) <= most
