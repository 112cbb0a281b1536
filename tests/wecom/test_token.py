"""Tokens: fetched once, renewed once, a wrong secret not tried again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest

from steward.wecom.errors import NoAnswer, Refused, TokenExpired
from steward.wecom.token import Token, TokenKeeper
from tests.wecom.making import Clock, make_client
from tests.wecom.replay import Answer, Asked, Raw, Replay, Script

OK = {"errcode": 0, "errmsg": "ok"}


def numbered_tokens() -> Script:
    numbers = count(1)
    return lambda _: {"errcode": 0, "access_token": f"token-{next(numbers):06}", "expires_in": 7200}


def only(good: str) -> Script:
    """Return a script that takes one token and finds every other expired."""

    def answer(asked: Asked) -> Answer:
        return (
            OK
            if asked.query["access_token"] == good
            else {"errcode": 42001, "errmsg": "access_token expired"}
        )

    return answer


def test_token_is_fetched_once_when_called_twice() -> None:
    with Replay({"a": OK}) as server:
        client = make_client(server.base_url)
        client.call("a")
        client.call("a")
    assert len(server.asked_of("gettoken")) == 1


def test_token_is_fetched_again_when_less_than_five_minutes_are_left() -> None:
    clock = Clock()
    with Replay({"a": OK, "gettoken": numbered_tokens()}) as server:
        client = make_client(server.base_url, clock)
        client.call("a")
        clock.at += timedelta(seconds=7200 - 301)
        client.call("a")
        clock.at += timedelta(seconds=2)
        client.call("a")
    assert len(server.asked_of("gettoken")) == 2


def test_short_lived_token_is_kept_when_its_life_is_below_the_margin() -> None:
    with Replay({"a": OK, "gettoken": {"access_token": "token-short", "expires_in": 60}}) as server:
        client = make_client(server.base_url)
        client.call("a")
        client.call("a")
    assert len(server.asked_of("gettoken")) == 1


def test_each_secret_has_its_own_token_when_both_are_used() -> None:
    with Replay({"a": OK, "gettoken": numbered_tokens()}) as server:
        client = make_client(server.base_url)
        client.call("a")
        client.call("a", secret="contacts")
    assert len({one.query["access_token"] for one in server.asked_of("a")}) == 2


@pytest.mark.parametrize("errcode", [40014, 42001, 41001, 40001])
@pytest.mark.parametrize("read", [True, False])
def test_call_succeeds_with_a_fresh_token_when_the_old_one_is_refused_once(errcode: int, read: bool) -> None:
    refused = {"errcode": errcode, "errmsg": "token"}
    with Replay({"a": [refused, OK], "gettoken": numbered_tokens()}) as server:
        make_client(server.base_url).call("a", body={}, read=read)
    assert [one.query["access_token"] for one in server.asked_of("a")] == ["token-000001", "token-000002"]


@pytest.mark.parametrize(
    ("errcode", "error"),
    [(40014, TokenExpired), (42001, TokenExpired), (41001, TokenExpired), (40001, Refused)],
)
def test_token_is_renewed_only_once_when_the_fresh_one_is_refused_too(
    errcode: int, error: type[Exception]
) -> None:
    answer = {"errcode": errcode, "errmsg": "token"}
    with (
        Replay({"a": answer, "gettoken": numbered_tokens()}) as server,
        pytest.raises(error),
    ):
        make_client(server.base_url).call("a")
    assert len(server.asked_of("a")) == 2
    assert len(server.asked_of("gettoken")) == 2


@pytest.mark.parametrize("errcode", [40001, 40013])
def test_wrong_secret_is_not_tried_again_within_the_hour_by_any_client_of_the_process(errcode: int) -> None:
    clock = Clock()
    with Replay({"gettoken": {"errcode": errcode, "errmsg": "invalid credential"}}) as server:
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                make_client(server.base_url, clock).call("a")
            assert refused.value.endpoint == "gettoken"
            assert refused.value.remedy
        assert len(server.asked) == 1
        clock.at += timedelta(minutes=61)
        with pytest.raises(Refused):
            make_client(server.base_url, clock).call("a")
    assert len(server.asked) == 2


def test_corrected_secret_is_tried_at_once_when_the_old_one_was_wrong() -> None:
    def gettoken(asked: Asked) -> Answer:
        right = asked.query["corpsecret"] == "right-secret"
        return {"errcode": 0, "access_token": "token-right"} if right else {"errcode": 40001, "errmsg": "bad"}

    with Replay({"gettoken": gettoken, "a": OK}) as server:
        with pytest.raises(Refused):
            make_client(server.base_url, secrets={"app": "wrong-secret"}).call("a")
        make_client(server.base_url, secrets={"app": "right-secret"}).call("a")


def test_one_token_is_fetched_when_twenty_threads_start_at_once() -> None:
    start = Barrier(20)
    with Replay({"a": OK, "gettoken": numbered_tokens()}) as server:
        client = make_client(server.base_url, parallel_calls=20)

        def ask(_: int) -> None:
            start.wait()
            client.call("a")

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(ask, range(20)))
    assert len(server.asked_of("gettoken")) == 1


def test_one_token_is_renewed_when_twenty_threads_meet_the_expired_one() -> None:
    script: dict[str, Script] = {"a": only("token-000002"), "gettoken": numbered_tokens()}
    with Replay(script) as server:
        client = make_client(server.base_url, parallel_calls=20)
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: client.call("a"), range(20)))
    assert len(server.asked_of("gettoken")) == 2


def test_answer_without_token_is_bad_when_wecom_leaves_it_out() -> None:
    with (
        Replay({"gettoken": {"errcode": 0}}) as server,
        pytest.raises(Exception, match="access_token") as bad,
    ):
        make_client(server.base_url).call("a")
    assert bad.value.field == "access_token"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("read", "tries"), [(True, 4), (False, 1)])
def test_token_is_asked_for_as_often_as_its_call_allows_when_no_answer_comes(read: bool, tries: int) -> None:
    with Replay({"gettoken": Raw(cut="before")}) as server, pytest.raises(NoAnswer):
        make_client(server.base_url).call("a", body={}, read=read)
    assert len(server.asked_of("gettoken")) == tries


def test_minute_limit_of_tokens_is_waited_out_when_a_read_meets_it() -> None:
    clock = Clock()
    token = {"errcode": 0, "access_token": "token-number-two"}
    with Replay({"gettoken": [{"errcode": 45009, "errmsg": "freq"}, token], "a": OK}) as server:
        make_client(server.base_url, clock).call("a")
    assert clock.slept_s == [60.0]


def test_one_token_is_renewed_when_wecom_gives_the_same_value_again() -> None:
    fetched: list[str] = []

    def fetch(name: str) -> Token:
        fetched.append(name)
        return Token("always-the-same", timedelta(hours=2))

    keeper = TokenKeeper(place="x", secrets={"app": "s"}, fetch=fetch, now=Clock().now)
    stale = keeper.get("app")
    with ThreadPoolExecutor(20) as pool:
        renewed = list(pool.map(lambda _: keeper.renew("app", stale), range(20)))
    assert len(fetched) == 2
    assert {id(one) for one in renewed} == {id(keeper.get("app"))}
