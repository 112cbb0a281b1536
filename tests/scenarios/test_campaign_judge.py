"""The judge of the fault campaign sees every kind of failure: one planted at a time, against a day that held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.factories import make_delivery
from tests.scenarios.campaign.budget import share_used
from tests.scenarios.campaign.judge import Arrival, Disturbance, Evidence, Fate, Try, Verdict, judge
from tests.scenarios.campaign.plan import Addresses, Planned, long_text, mark, write_day
from tests.scenarios.town import SHANGHAI, THURSDAY, at

NOON = at(THURSDAY, time(12, 0))
MIDNIGHT = at(THURSDAY, time(0, 0))


def planned(number: int = 0, channel: str = "bot", **over: Any) -> Planned:
    delivery = make_delivery(f"campaign:{number}", channel=channel, recipient="r")
    defaults: dict[str, Any] = {"kind": channel, "at": NOON, "marks": (mark(number),), "reaches": ("r",)}
    return Planned(number=number, **{**defaults, "delivery": delivery, **over})


def tried(outcome: str | None = "accepted", **over: Any) -> Try:
    finished_at = None if outcome is None else NOON + timedelta(seconds=1)
    defaults = {"started_at": NOON, "finished_at": finished_at, "errcode": None, "by": "here:1"}
    return Try(outcome=outcome, **{**defaults, **over})


def fate(number: int = 0, status: str = "sent", **over: Any) -> Fate:
    defaults: dict[str, Any] = {"id": number + 1, "key": f"campaign:{number}", "channel": "bot"}
    defaults |= {"detail": None, "remedy": None, "merged_into": None, "tries": (tried(),)}
    return Fate(status=status, **{**defaults, **over})


def arrival(number: int = 0, to: tuple[str, ...] = ("r",), **over: Any) -> Arrival:
    defaults: dict[str, Any] = {"at": NOON, "channel": "bot", "marks": frozenset({mark(number)})}
    return Arrival(to=to, **{**defaults, **over})


def evidence(**over: Any) -> Evidence:
    defaults: dict[str, Any] = {
        "day": (planned(),),
        "fates": (fate(),),
        "arrivals": (arrival(),),
        "unanswered": frozenset(),
        "disturbances": (),
        "drops": 0,
        "most_by_bot": {"bot:1": 20},
        "zone": SHANGHAI,
        "quiet": (time(22, 0), time(7, 30)),
        "edge": timedelta(minutes=1),
    }
    return Evidence(**{**defaults, **over})


def words(verdict: Verdict) -> list[str]:
    return [wrong.partition(":")[0] for wrong in verdict.wrongs]


def killed(pid: int, moment: datetime = NOON) -> Disturbance:
    return Disturbance(kind="killed", from_at=moment, until_at=moment, pid=pid)


def test_day_holds_when_everything_arrived_once() -> None:
    verdict = judge(evidence())
    assert verdict.wrongs == []
    assert verdict.counts["bot"]["arrived"] == 1


APP = {"day": (planned(channel="app"),), "fates": (fate(channel="app"),)}
UNKNOWN = fate(status="unknown", detail="?", tries=(tried("unknown"),))
NEVER_BACK = fate(status="unknown", detail="?", tries=(tried(None),))
TO_TWO = planned(channel="app", reaches=("r", "s"))
LONG = planned(channel="app", marks=(mark(0, 0), mark(0, 1)))


@pytest.mark.parametrize(
    ("over", "word"),
    [
        ({"fates": ()}, "lost"),
        ({"arrivals": ()}, "lost"),
        ({"fates": (fate(status="pending"),)}, "lost"),
        ({"fates": (fate(status="sending"),)}, "lost"),
        ({**APP, "arrivals": (arrival(), arrival())}, "doubled"),
        ({"arrivals": (arrival(), arrival())}, "doubled"),
        ({"day": (TO_TWO,), "arrivals": (arrival(),)}, "lost"),
        ({"day": (TO_TWO,), "arrivals": (arrival(to=("r", "s")), arrival(to=("s",)))}, "doubled"),
        ({"day": (LONG,), "arrivals": (arrival(marks=frozenset({mark(0, 0)})),)}, "lost"),
        ({"arrivals": (arrival(to=("somebody else",)),)}, "misled"),
        ({"fates": (fate(status="dead"),), "arrivals": ()}, "without a reason"),
        ({"fates": (fate(status="dead", detail="refused"),)}, "misjudged"),
        ({"unanswered": {mark(0)}}, "not listed"),
        ({"fates": (UNKNOWN,)}, "needlessly unknown"),
        ({"fates": (NEVER_BACK,), "disturbances": (killed(2),)}, "needlessly unknown"),
        ({"fates": (NEVER_BACK,), "disturbances": (killed(1, NOON - timedelta(1)),)}, "needlessly unknown"),
        ({"arrivals": (arrival(at=MIDNIGHT),)}, "in quiet hours"),
        ({**APP, "arrivals": (arrival(at=MIDNIGHT, channel="app"),)}, "in quiet hours"),
        ({"arrivals": (arrival(at=MIDNIGHT, marks=frozenset()), arrival())}, "in quiet hours"),
        ({"most_by_bot": {"bot:1": 21}}, "over 20 in 60 s"),
        ({"drops": 1}, "dropped"),
    ],
)
def test_failure_is_seen_when_one_is_planted(over: dict[str, Any], word: str) -> None:
    assert word in words(judge(evidence(**over)))


@pytest.mark.parametrize(
    "over",
    [
        {"fates": (fate(status="dead", detail="refused"),), "arrivals": ()},
        {"fates": (UNKNOWN,), "unanswered": {mark(0)}},
        {"fates": (UNKNOWN,), "unanswered": {mark(0)}, "arrivals": ()},
        {"fates": (NEVER_BACK,), "disturbances": (killed(1),)},
        {"fates": (UNKNOWN,), "disturbances": (Disturbance(kind="x", from_at=NOON, until_at=NOON),)},
        {"arrivals": (arrival(at=at(THURSDAY, time(22, 0, 30))),)},
        {
            "fates": (fate(status="merged", merged_into=9), fate(8, key="bundle:1")),
            "arrivals": (arrival(marks=frozenset({mark(0), mark(5)})),),
        },
        {
            "fates": (
                fate(status="merged", merged_into=9, detail="expired meanwhile"),
                fate(8, key="bundle:1"),
            ),
            "arrivals": (),
        },
        {
            "day": (LONG,),
            "fates": (fate(), fate(1, key="campaign:0:2/2")),
            "arrivals": (arrival(marks=frozenset({mark(0, 0)})), arrival(marks=frozenset({mark(0, 1)}))),
        },
    ],
)
def test_day_holds_when_what_did_not_arrive_is_accounted_for(over: dict[str, Any]) -> None:
    assert judge(evidence(**over)).wrongs == []


def test_bundle_that_never_arrived_takes_its_messages_with_it() -> None:
    merged = fate(status="merged", merged_into=9)
    verdict = judge(evidence(fates=(merged, fate(8, key="bundle:1")), arrivals=()))
    assert words(verdict) == ["lost"]


def test_marks_are_in_the_text_and_none_is_part_of_another() -> None:
    text, marks = long_text(7, 3000)
    assert all(text.count(one) == 1 for one in marks)
    assert not any(a in b for a in (mark(1), mark(11)) for b in (mark(1, 1), mark(11, 1), mark(111)))


def test_day_is_the_same_for_the_same_seed_and_of_every_kind() -> None:
    addresses = Addresses(
        people=[f"p{n}" for n in range(9)],
        bots={"one": "bot:1"},
        chats=["c"],
        mails=["a@example.com", "b@example.com", "c@example.com"],
        revoked_bot="revoked",
    )
    first, files = write_day(3, addresses, NOON, messages=2000, hours=24, batches=150)
    assert write_day(3, addresses, NOON, messages=2000, hours=24, batches=150) == (first, files)
    messages = [one for batch in first for one in batch]
    assert [one.number for one in messages] == list(range(2000))
    assert {one.channel for one in messages} == {"app", "bot", "appchat", "email"}
    assert len({one.kind for one in messages}) == 16
    assert any(one.delivery.urgent for one in messages)


def test_use_of_a_budget_is_reckoned_over_all_windows_the_messages_filled() -> None:
    burst = [NOON + timedelta(minutes=n) for n in range(3) for _ in range(18)]
    assert share_used(burst, 18) == 1.0
    assert share_used([*burst, NOON + timedelta(minutes=5)], 18) == pytest.approx(55 / (18 * 6))
    assert share_used([], 18) == 0.0


def test_edge_of_quiet_hours_is_no_wider_than_told() -> None:
    late = arrival(at=at(THURSDAY, time(22, 0, 30)))
    narrow = replace(evidence(arrivals=(late,)), edge=timedelta(seconds=10))
    assert words(judge(narrow)) == ["in quiet hours"]
