"""How many calls run at once, and how much of the work is held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import Event, Lock

import pytest

from steward.wecom.errors import Busy, Refused
from steward.wecom.pace import Gate, map_parallel
from tests.wecom.making import Clock, make_client
from tests.wecom.replay import Answer, Asked, Replay

OK = {"errcode": 0, "errmsg": "ok"}
CROWDED = {"errcode": 45033, "errmsg": "api concurrent out of limit"}


def test_limit_is_halved_and_comes_back_slowly_when_wecom_complains_of_concurrency() -> None:
    with Replay({"a": [CROWDED, CROWDED, OK]}) as server:
        client = make_client(server.base_url, parallel_calls=8)
        client.call("a")
        assert client.parallel_limit("a") == 2
        for _ in range(49):
            client.call("a")
        assert client.parallel_limit("a") == 3
    assert client.parallel_limit("b") == 8


def test_never_more_calls_at_once_than_the_limit_when_many_threads_ask() -> None:
    running, most, lock = 0, 0, Lock()

    def answer(_: Asked) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        Event().wait(0.005)
        with lock:
            running -= 1
        return OK

    with Replay({"a": answer}) as server:
        client = make_client(server.base_url, parallel_calls=3)
        done = list(map_parallel(lambda _: client.call("a"), range(30), workers=12))
    assert len(done) == 30
    assert 1 < most <= 3


def test_limit_is_halved_once_when_a_whole_crowd_hears_the_complaint() -> None:
    gate = Gate(8)
    for _ in range(8):
        gate.slow_down(8)
    assert gate.limit == 4


def test_limit_never_falls_below_one_when_complaints_go_on() -> None:
    gate = Gate(2)
    for _ in range(5):
        gate.slow_down(gate.limit)
    assert gate.limit == 1


def test_all_callers_wait_for_the_window_when_one_of_them_met_the_limit() -> None:
    clock = Clock()
    with Replay({"a": [{"errcode": 45009, "errmsg": "freq"}, OK]}) as server:
        client = make_client(server.base_url, clock)
        client.call("a")
        client.call("a")
    assert clock.slept_s == [60.0]


def test_result_or_error_comes_in_order_when_some_items_fail() -> None:
    def halve(number: int) -> int:
        if number % 2:
            raise Refused(60011, "no", "a")
        return number // 2

    results = [
        result if isinstance(result, int) else result.errcode
        for _, result in map_parallel(halve, range(6), workers=3)
    ]
    assert results == [0, 60011, 1, 60011, 2, 60011]


def test_items_are_taken_only_a_little_ahead_when_there_are_many() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield number

    with closing(map_parallel(lambda number: number, items(), workers=4)) as results:
        next(results)
        assert taken <= 12


def test_other_errors_end_it_when_they_are_not_wecoms() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_parallel(lambda number: 1 // number, [1, 0], workers=2))


def test_read_fails_as_busy_when_concurrency_stays_refused() -> None:
    with Replay({"a": CROWDED}) as server, pytest.raises(Busy):
        make_client(server.base_url).call("a")
