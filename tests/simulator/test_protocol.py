"""How answers look on the wire, whatever the endpoint."""

import json
import re
import socket

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller


@pytest.mark.parametrize(
    "path",
    [
        "/cgi-bin/getcallbackip",
        "/getcallbackip",
        "/cgi-bin//getcallbackip",
        "//cgi-bin/cgi-bin/getcallbackip",
    ],
)
def test_answers_when_client_builds_address_its_own_way(app: Caller, path: str) -> None:
    assert app.raw("GET", f"{path}?access_token={app.token}")[0] == 200


def test_not_found_is_http_404_when_path_is_unknown(app: Caller) -> None:
    assert app.raw("GET", f"/cgi-bin/user/nothing?access_token={app.token}")[0] == 404


def test_error_is_http_200_with_its_code_in_body_and_header_when_refused(app: Caller) -> None:
    status, headers, content = app.raw("GET", "/cgi-bin/user/get?userid=x&access_token=wrong")
    assert status == 200
    assert json.loads(content)["errcode"] == 40014
    assert headers["error-code"] == "40014"
    assert headers["error-msg"] == "invalid access_token"
    assert headers["content-type"] == "application/json; charset=UTF-8"


def test_errmsg_has_hint_and_address_and_link_when_refused(app: Caller) -> None:
    errmsg = app.get("getcallbackip", token="wrong")["errmsg"]
    assert re.fullmatch(
        r"invalid access_token, hint: \[\d{10}_\d+_[0-9a-f]{32}\], from ip: 127\.0\.0\.1, "
        r"more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=40014",
        errmsg,
    )


def test_collections_are_there_but_empty_when_refused(app: Caller) -> None:
    assert app.get("getcallbackip", token="wrong")["ip_list"] == []


def test_body_is_read_as_json_when_content_type_says_otherwise(app: Caller) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    target = f"/cgi-bin/externalcontact/groupchat/list?access_token={app.token}"
    assert json.loads(app.raw("POST", target, b'{"limit": 10}', headers)[2])["errcode"] == 0


def test_errmsg_warns_of_json_when_body_is_none(app: Caller) -> None:
    refused = app.post("message/send", b"{touser")
    assert refused["errcode"] == 40056
    assert "Warning: wrong json format." in refused["errmsg"]


def test_chinese_is_not_escaped_when_answered(app: Caller) -> None:
    content = app.raw("GET", f"/cgi-bin/department/list?access_token={app.token}")[2]
    assert "财务部".encode() in content


def test_escapes_are_refused_when_switched_on(sim: Simulator, app: Caller) -> None:
    sim.set_limits(refuses_unicode_escapes=True)
    body = json.dumps({"limit": 10, "cursor": "好"}).encode()
    assert app.post("externalcontact/groupchat/list", body)["errcode"] == 40033


def test_get_is_refused_when_endpoint_wants_post(app: Caller) -> None:
    assert app.get("message/send")["errcode"] == 40058


def test_connection_is_kept_when_client_speaks_http_1_1(app: Caller) -> None:
    app.get("getcallbackip")
    first = app.connection.sock
    app.get("getcallbackip")
    assert app.connection.sock is first


def test_body_in_chunks_is_read_when_client_sends_no_length(app: Caller) -> None:
    target = f"/cgi-bin/externalcontact/groupchat/list?access_token={app.token}"
    app.connection.request("POST", target, iter([b'{"limit"', b": 10}"]), encode_chunked=True)
    assert json.loads(app.connection.getresponse().read())["errcode"] == 0


def test_connection_ends_when_request_is_no_http(sim: Simulator) -> None:
    port = int(sim.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(b"hello\r\n\r\n")
        assert plain.recv(1000).startswith(b"HTTP/1.1 400")


def test_second_of_two_parallel_calls_is_refused_when_limit_is_one(sim: Simulator, app: Caller) -> None:
    sim.set_limits(parallel_calls=1)
    sim.fail_next("getcallbackip", delay_s=0.2, times=2)
    callers = [app, Caller(sim)]
    for caller in callers:
        caller.connection.request("GET", f"/cgi-bin/getcallbackip?access_token={app.token}")
    answers = [json.loads(caller.connection.getresponse().read())["errcode"] for caller in callers]
    assert sorted(answers) == [0, 45033]
    callers[1].close()


def test_calls_are_refused_for_a_minute_when_endpoint_is_called_too_often(
    sim: Simulator, app: Caller
) -> None:
    sim.set_limits(calls_per_minute_by_endpoint={"getcallbackip": 3})
    assert [app.get("getcallbackip")["errcode"] for _ in range(5)] == [0, 0, 0, 45009, 45009]
    assert app.get("get_api_domain_ip")["errcode"] == 0
    sim.set_now(sim.now().replace(hour=9))
    assert app.get("getcallbackip")["errcode"] == 0


def test_address_in_errmsg_is_the_one_told_when_limits_set_it(sim: Simulator, app: Caller) -> None:
    sim.set_limits(caller_ip="203.0.113.7")
    assert "from ip: 203.0.113.7" in app.get("getcallbackip", token="wrong")["errmsg"]


def test_open_connection_ends_when_simulator_stops(sim: Simulator, app: Caller) -> None:
    app.get("getcallbackip")
    sim.stop()
    assert app.connection.sock.recv(10) == b""
