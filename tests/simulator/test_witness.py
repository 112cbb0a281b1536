"""What the witness says afterwards: how much within a minute, and whose sender never learned what became of it."""

import socket
import time
from datetime import timedelta
from http.client import HTTPException

import pytest

from steward.simulator import Simulator
from steward.simulator.witness import most_within
from tests.simulator.calling import FRIDAY, Caller, rooms_of

LOST = (ConnectionError, HTTPException)


@pytest.mark.parametrize(
    ("moments", "most"),
    [
        ([], 0),
        ([5.0], 1),
        ([0.0, 59.9], 2),
        ([0.0, 60.0], 1),
        ([0.0, 30.0, 60.0, 60.0, 89.9], 4),
        ([100.0, 0.0, 40.0], 2),
    ],
)
def test_most_within_a_minute_are_counted_over_any_minute(moments: list[float], most: int) -> None:
    assert most_within(moments, 60.0) == most


def test_busiest_minute_is_told_for_each_bot_and_each_member(sim: Simulator, app: Caller) -> None:
    one, other = (room["owner"] for room in rooms_of(sim, "app")[:2])
    app.send_text(f"{one}|{other}")
    app.send_text(one)
    sim.set_now(sim.now() + timedelta(seconds=61))
    app.send_text(one)
    app.send_by_bot()
    key = app.credentials["bot_keys"][0]
    assert sim.busiest() == {one: 2, other: 1, f"bot:{key[-8:]}": 1}
    assert app.control("busiest") == sim.busiest()


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ({"cut": "before"}, False),
        ({"cut": "after"}, True),
        ({"body": b"<html>", "status": 502}, False),
        ({"body": b'{"errcode":0,', "takes_effect": True}, True),
    ],
)
def test_message_is_noted_as_unanswered_when_its_sender_cannot_know(
    sim: Simulator, app: Caller, fault: dict, accepted: bool
) -> None:
    sim.fail_next("webhook/send", **fault)
    try:
        app.send_by_bot()
    except LOST:
        app.connection.close()
    except ValueError:
        pass  # an answer that is no JSON
    app.send_by_bot()
    [lost] = sim.unanswered
    assert (lost["to"][:4], lost["is_accepted"]) == ("bot:", accepted)
    assert [one["is_answered"] for one in sim.received] == ([False, True] if accepted else [True])
    assert app.control("unanswered") == sim.unanswered


def test_refused_message_is_not_accepted_when_the_refusal_itself_is_cut(sim: Simulator, app: Caller) -> None:
    sim.fail_next("webhook/send", errcode=93000, cut="after")
    with pytest.raises(LOST):
        app.send_by_bot()
    assert [one["is_accepted"] for one in sim.unanswered] == [False]


def test_share_of_the_calls_meets_a_fault_until_cleared_and_the_same_with_the_same_seed() -> None:
    def meet() -> list[int]:
        with Simulator(seed=3, people=20, groups=1, now=FRIDAY) as sim:
            app = Caller(sim)
            sim.fail_next("getcallbackip", errcode=-1, share=0.3, times=None)
            found = [app.get("getcallbackip")["errcode"] for _ in range(200)]
            sim.clear_faults()
            assert app.get("getcallbackip")["errcode"] == 0
            app.close()
            return found

    first, second = meet(), meet()
    assert first == second
    assert 30 < first.count(-1) < 90


def test_only_calls_that_hold_the_text_meet_a_fault(sim: Simulator, app: Caller) -> None:
    keys = app.credentials["bot_keys"]
    sim.fail_next("webhook/send", errcode=93000, times=None, only=keys[1])
    assert [app.send_by_bot(bot=number)["errcode"] for number in (0, 1, 1)] == [0, 93000, 93000]


def test_refusal_names_the_window_when_told_to(sim: Simulator, app: Caller) -> None:
    sim.fail_next("webhook/send", errcode=45009, errmsg="api freq out of limit of one day")
    assert app.send_by_bot()["errmsg"].startswith("api freq out of limit of one day, hint")


def test_clock_runs_as_fast_as_told_and_is_the_same_for_all_who_know_its_course(sim: Simulator) -> None:
    since_s = time.monotonic() - 2
    sim.set_now(FRIDAY, speed=3600.0, since_s=since_s)
    first = sim.now()
    sim.set_now(FRIDAY, speed=3600.0, since_s=since_s)
    assert timedelta(hours=2) <= first - FRIDAY <= sim.now() - FRIDAY < timedelta(hours=4)


def test_fault_or_clock_is_refused_when_it_makes_no_sense(sim: Simulator) -> None:
    for nonsense in ({"share": 0.0}, {"share": 1.5}, {"times": 0}):
        with pytest.raises(ValueError, match=r"share|times"):
            sim.fail_next("webhook/send", errcode=-1, **nonsense)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="speed"):
        sim.set_now(FRIDAY, speed=0.0)


def test_request_is_not_handled_when_its_sender_dies_in_the_middle_of_it(sim: Simulator, app: Caller) -> None:
    host, port = app.credentials["base_url"].split("/")[2].split(":")
    key = app.credentials["bot_keys"][0]
    body = b'{"msgtype":"text","text":{"content":"x"}}'
    head = f"POST /cgi-bin/webhook/send?key={key} HTTP/1.1\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert (sim.received, sim.calls["webhook/send", 0]) == ([], 0)
