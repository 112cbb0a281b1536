"""Faults on order, and the same over HTTP."""

import base64
import time
from datetime import timedelta
from http.client import BadStatusLine, HTTPException

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import FRIDAY, Caller, rooms_of


def test_next_calls_are_refused_as_often_as_ordered(sim: Simulator, app: Caller) -> None:
    sim.fail_next("webhook/send", errcode=45009, times=2)
    assert [app.send_by_bot()["errcode"] for _ in range(3)] == [45009, 45009, 0]
    assert sim.calls["webhook/send", 45009] == 2
    assert len(sim.received) == 1


def test_refusal_keeps_empty_collections_and_text_when_ordered(sim: Simulator, app: Caller) -> None:
    sim.fail_next("user/list", errcode=-1)
    refused = app.get("user/list", department_id=2)
    assert (refused["errcode"], refused["userlist"]) == (-1, [])
    assert refused["errmsg"].startswith("system busy, hint: [")


def test_other_endpoints_are_not_touched_by_a_fault(sim: Simulator, app: Caller) -> None:
    sim.fail_next("user/list", errcode=-1)
    assert app.get("getcallbackip")["errcode"] == 0


def test_any_endpoint_meets_the_fault_when_ordered_for_all(sim: Simulator, app: Caller) -> None:
    sim.fail_next("*", errcode=-1)
    assert app.get("getcallbackip")["errcode"] == -1


def test_answer_is_late_when_a_delay_is_ordered(sim: Simulator, app: Caller) -> None:
    sim.fail_next("getcallbackip", delay_s=0.1)
    started = time.monotonic()
    assert app.get("getcallbackip")["errcode"] == 0
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize(("cut", "delivered"), [("before", 0), ("after", 1)])
def test_message_is_delivered_or_not_by_the_moment_the_connection_is_cut(
    sim: Simulator, app: Caller, cut: str, delivered: int
) -> None:
    userid = rooms_of(sim, "app")[0]["owner"]
    sim.fail_next("message/send", cut=cut)
    with pytest.raises((ConnectionError, BadStatusLine, HTTPException)):
        app.send_text(userid)
    assert len(sim.received) == delivered


def test_retry_is_not_delivered_twice_when_answer_was_cut_and_duplicates_are_checked(
    sim: Simulator, app: Caller
) -> None:
    userid = rooms_of(sim, "app")[0]["owner"]
    sim.fail_next("message/send", cut="after")
    with pytest.raises((ConnectionError, HTTPException)):
        app.send_text(userid, enable_duplicate_check=1)
    assert app.send_text(userid, enable_duplicate_check=1)["errcode"] == 0
    assert len(sim.received) == 1


def test_garbage_comes_with_its_status_when_ordered(sim: Simulator, app: Caller) -> None:
    sim.fail_next("department/list", body=b"<html>\xff..", status=502)
    status, _, content = app.raw("GET", f"/cgi-bin/department/list?access_token={app.token}")
    assert (status, content) == (502, b"<html>\xff..")


def test_faults_are_forgotten_when_cleared(sim: Simulator, app: Caller) -> None:
    sim.fail_next("*", errcode=-1, times=100)
    sim.clear_faults()
    assert app.get("getcallbackip")["errcode"] == 0


def test_order_is_refused_when_endpoint_or_cut_is_unknown(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="not simulated"):
        sim.fail_next("user/lst", errcode=-1)
    with pytest.raises(ValueError, match="before"):
        sim.fail_next("user/list", cut="middle")  # type: ignore[arg-type]


def test_control_calls_do_over_http_what_the_methods_do(sim: Simulator, app: Caller) -> None:
    app.control("fail_next", {"endpoint": "getcallbackip", "errcode": -1, "times": 9})
    assert app.get("getcallbackip")["errcode"] == -1
    app.control("clear_faults", {})
    assert app.get("getcallbackip")["errcode"] == 0
    garbage = base64.b64encode(b"\x00\xff").decode()
    app.control("fail_next", {"endpoint": "getcallbackip", "body_base64": garbage, "status": 503})
    assert app.raw("GET", "/cgi-bin/getcallbackip")[0::2] == (503, b"\x00\xff")
    app.control("revoke_tokens", {})
    assert app.get("getcallbackip")["errcode"] == 40014


def test_limits_and_time_are_set_over_http(sim: Simulator, app: Caller) -> None:
    app.control("limits", {"bot_messages_per_minute": 1})
    assert [app.send_by_bot()["errcode"] for _ in range(2)] == [0, 45009]
    app.control("set_now", {"now": "2026-11-23T01:00:00+00:00"})
    assert abs(sim.now() - sim.now().replace(day=23, hour=1, minute=0)) < timedelta(minutes=1)


def test_what_happened_is_read_over_http(sim: Simulator, app: Caller) -> None:
    app.send_by_bot()
    media_id = app.upload("media/upload", b"0123456789", "日报.txt")["media_id"]
    assert app.control("received") == sim.received
    assert {"endpoint": "webhook/send", "errcode": 0, "count": 1} in app.control("calls")
    assert app.control("rooms") == sim.rooms()
    assert app.control("planted")["outsiders"] == [list(pair) for pair in sim.planted["outsiders"]]
    assert app.raw("GET", f"/_sim/media/{media_id}")[2] == b"0123456789"


def test_control_call_says_what_is_wrong_when_it_is(app: Caller) -> None:
    assert "unknown limits: speed" in app.control("limits", {"speed": 1})["error"]
    assert "time zone" in app.control("set_now", {"now": "2026-11-23T01:00:00"})["error"]
    assert app.raw("GET", "/_sim/nothing")[0] == 404


def test_secrets_are_not_readable_over_http(app: Caller) -> None:
    secret = app.credentials["secrets"]["app"]
    for verb in ("received", "calls", "planted", "rooms", "limits"):
        assert secret.encode() not in app.raw("GET", f"/_sim/{verb}")[2]


def test_every_answer_is_late_when_a_latency_is_set() -> None:
    with Simulator(seed=1, people=20, groups=1, now=FRIDAY, latency_s=0.05) as slow:
        app = Caller(slow)
        started = time.monotonic()
        app.get("getcallbackip")
        assert time.monotonic() - started >= 0.05
        app.close()


def test_group_is_emptied_or_dismissed_over_http(sim: Simulator, app: Caller, archive: Caller) -> None:
    emptied, dismissed = (room["chat_id"] for room in rooms_of(sim, "archived")[:2])
    app.control("empty_group", {"chat_id": emptied})
    app.control("dismiss_group", {"chat_id": dismissed})
    assert archive.post("msgaudit/groupchat/get", {"roomid": emptied})["members"] == []
    assert dismissed not in {room["chat_id"] for room in sim.rooms()}
    assert "missing or unknown" in app.control("empty_group", {"chat_id": "nothing"})["error"]
