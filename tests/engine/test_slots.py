"""What becomes of planned moments: every slot is settled once, by its policy, and nothing runs twice at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.engine.slots import (
    GRACE,
    MissedSlot,
    PauseSpan,
    Situation,
    Slot,
    group_missed,
    settle,
    span_words,
    why_words,
    without_taken,
)
from tests.engine.keeping import HOUR, MINUTE, SHANGHAI, at

NEVER = at(0, day=1)


def make_slot(moment: datetime, *, jitter: timedelta = timedelta()) -> Slot:
    return Slot(moment.isoformat(timespec="minutes"), moment, moment + jitter)


def make_situation(now: datetime, **over: Any) -> Situation:
    return Situation(**{"now": now, "seen": now - MINUTE, "policy": "once", **over})


def make_pause(since: datetime, until: datetime | None = None) -> PauseSpan:
    return PauseSpan(since=since, until=until, reason="装修", by="hr", until_on=None)


HOURLY = [make_slot(at(hour)) for hour in (1, 2, 3)]


@pytest.mark.parametrize("policy", ["skip", "once", "each"])
def test_slot_on_time_is_run_whatever_the_policy(policy: Any) -> None:
    settled = settle(HOURLY[:1], make_situation(at(1, 1), policy=policy))
    assert (settled.run, list(settled.missed)) == (HOURLY[0], [])


@pytest.mark.parametrize(
    ("policy", "run", "missed"),
    [("skip", None, [1, 2, 3]), ("once", 3, [1, 2]), ("each", 1, [])],
)
def test_late_slots_are_run_by_policy(policy: Any, run: int | None, missed: list[int]) -> None:
    settled = settle(HOURLY, make_situation(at(5), policy=policy, seen=at(0)))
    assert settled.run == (None if run is None else HOURLY[run - 1])
    assert [(one.slot.at.hour, one.why) for one in settled.missed] == [(hour, "down") for hour in missed]


def test_slot_is_late_only_after_the_grace() -> None:
    for late, is_run in ((GRACE, True), (GRACE + timedelta(seconds=1), False)):
        settled = settle(HOURLY[:1], make_situation(at(1) + late, policy="skip"))
        assert (settled.run is not None) == is_run


@pytest.mark.parametrize("policy", ["skip", "once", "each"])
def test_nothing_is_run_while_a_run_is_under_way_and_what_may_still_run_waits(policy: Any) -> None:
    settled = settle(HOURLY[:1], make_situation(at(1, 1), policy=policy, is_busy=True))
    assert (settled.run, list(settled.missed)) == (None, [])
    assert settled.until < HOURLY[0].at


def test_slot_that_waited_too_long_for_a_run_to_end_says_so_when_late_ones_are_skipped() -> None:
    [missed] = settle(HOURLY[:1], make_situation(at(1, 30), policy="skip", seen=at(1, 29))).missed
    assert missed.why == "busy"


def test_slot_waits_for_its_jitter() -> None:
    slot = make_slot(at(1), jitter=10 * MINUTE)
    waiting = settle([slot], make_situation(at(1, 9)))
    assert (waiting.run, waiting.until < slot.at) == (None, True)
    assert settle([slot], make_situation(at(1, 10))).run == slot


def test_slots_in_a_pause_are_missed_and_those_after_it_are_not() -> None:
    settled = settle(HOURLY, make_situation(at(3, 1), pause=make_pause(at(0, 30), at(2, 30))))
    assert settled.run == HOURLY[2]
    assert [one.why for one in settled.missed] == ["paused", "paused"]


def test_nothing_runs_in_a_pause_not_even_what_waited_before_it() -> None:
    settled = settle(HOURLY, make_situation(at(3, 1), policy="each", pause=make_pause(at(2, 30))))
    assert (settled.run, [one.why for one in settled.missed]) == (None, ["paused"] * 3)


def test_work_done_as_it_comes_needs_no_run_and_misses_only_what_nobody_was_there_for() -> None:
    for seen, missed in ((at(0), 3), (at(3, 1), 0)):
        settled = settle(HOURLY, make_situation(at(5), seen=seen, as_it_comes=True))
        assert (settled.run, len(settled.missed), settled.until) == (None, missed, at(5))


Moments = st.lists(st.integers(0, 24 * 60 - 1), max_size=40, unique=True).map(sorted)


@given(
    minutes=Moments,
    now=st.integers(0, 24 * 60),
    seen=st.integers(0, 24 * 60),
    policy=st.sampled_from(["skip", "once", "each"]),
    busy=st.booleans(),
    jitters=st.lists(st.integers(0, 59), min_size=40, max_size=40),
    pause=st.none() | st.tuples(st.integers(0, 1440), st.none() | st.integers(0, 1440)),
)
def test_each_slot_is_run_or_missed_or_waits_and_never_two_of_these(
    minutes: list[int], now: int, seen: int, policy: Any, busy: bool, jitters: list[int], pause: Any
) -> None:
    start = at(0)
    slots = [
        make_slot(start + minute * MINUTE, jitter=jitter * MINUTE)
        for minute, jitter in zip(minutes, jitters, strict=False)
        if minute <= now
    ]
    span = None
    if pause is not None:
        until = None if pause[1] is None else start + (pause[0] + pause[1]) * MINUTE
        span = make_pause(start + pause[0] * MINUTE, until)
    moment = start + now * MINUTE
    of = Situation(now=moment, seen=start + min(seen, now) * MINUTE, policy=policy, is_busy=busy, pause=span)
    settled = settle(slots, of)
    missed = [one.slot for one in settled.missed]
    assert len(set(missed)) == len(missed)
    assert settled.run not in missed
    waits = [slot for slot in slots if slot not in missed and slot != settled.run]
    assert all(slot.at > settled.until for slot in waits)
    assert settled.until <= moment
    # What rings later always waits; what is due waits only for a run to end, or for its turn.
    assert all(slot in waits for slot in slots if slot.rings_at > moment)
    if not busy and policy != "each":
        assert all(slot.rings_at > moment for slot in waits)
    if busy or (span is not None and span.covers(moment)):
        assert settled.run is None


def test_neighbours_of_a_frequent_schedule_missed_for_one_reason_share_a_row() -> None:
    slots = [make_slot(at(1, minute)) for minute in range(0, 50, 10)]
    missed = [
        MissedSlot(slot, why) for slot, why in zip(slots, ["down", "down", "busy", "down"], strict=False)
    ]
    groups = group_missed(missed, slots)
    assert [(group.why, len(group.slots)) for group in groups] == [("down", 2), ("busy", 1), ("down", 1)]
    # A slot between them that was run parts them.
    apart = [MissedSlot(slots[0], "down"), MissedSlot(slots[2], "down")]
    assert [len(group.slots) for group in group_missed(apart, slots)] == [1, 1]


def test_slots_of_an_hourly_schedule_keep_a_row_each() -> None:
    groups = group_missed([MissedSlot(slot, "down") for slot in HOURLY], HOURLY)
    assert [len(group.slots) for group in groups] == [1, 1, 1]


def test_row_that_stands_for_several_slots_covers_them() -> None:
    slots = [make_slot(at(1, minute)) for minute in range(6)]
    taken = {slots[1].key: 3, slots[5].key: 1}
    assert without_taken(slots, taken) == [slots[0], slots[4]]


def test_reason_is_told_in_words_an_admin_can_use() -> None:
    told = {"now": at(8, 50), "seen": at(22, 10, day=17), "zone": SHANGHAI, "pause": make_pause(at(1))}
    assert why_words("down", **told) == "服务没有运行（11-17 22:10 至 11-18 08:50）"
    assert "hr" in why_words("paused", **told)
    assert "装修" in why_words("paused", **told)
    words = {why_words(why, **told) for why in ("down", "paused", "busy", "changed", "off", "older")}
    assert len(words) == 6
    assert span_words("停机", 1, at(1), at(1), SHANGHAI) == "停机"
    assert span_words("停机", 3, at(1), at(3), SHANGHAI) == "11-18 01:00 至 11-18 03:00 共 3 次：停机"
    assert HOUR > GRACE
