"""The port: a few paths, nothing to change, and no way to stop the service by it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from steward.cli.watch.server import Answer, HealthServer, Routes
from steward.model.settings.observability import Address
from tests.cli.watch.asking import ask


def fine() -> Answer:
    return Answer(status=200, body="fine\n")


def broken() -> Answer:
    raise RuntimeError("a fault of ours")


@contextmanager
def serving(routes: Routes, port: int = 0, **over: float) -> Iterator[HealthServer]:
    server = HealthServer(Address("127.0.0.1", port), routes, **over)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def port() -> Iterator[int]:
    with serving({"/healthz": fine, "/broken": broken}) as server:
        assert server.port
        yield server.port


def test_path_is_answered_when_it_is_known_whatever_follows_it(port: int) -> None:
    for path in ("/healthz", "/healthz/", "/healthz?verbose=1"):
        response, body = ask(port, path)
        assert (response.status, body) == (200, "fine\n")
        assert response.headers["Cache-Control"] == "no-store"


def test_head_brings_no_body_when_asked(port: int) -> None:
    response, body = ask(port, "/healthz", "HEAD")
    assert (response.status, body, response.headers["Content-Length"]) == (200, "", "5")


def test_paths_are_listed_when_an_unknown_one_is_asked_for(port: int) -> None:
    for path in ("/", "/metricz", "/../etc/passwd", "/healthz/x"):
        response, body = ask(port, path)
        assert (response.status, body) == (404, "/healthz\n/broken\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_method_is_refused_when_it_could_change_something(port: int, method: str) -> None:
    response, _ = ask(port, "/healthz", method)
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_answer_is_500_without_a_word_of_the_cause_when_we_fail(port: int) -> None:
    response, body = ask(port, "/broken")
    assert response.status == 500
    assert "fault" not in body


def test_others_are_answered_when_one_asks_and_never_ends(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /healthz HT")
        assert ask(port, "/healthz")[0].status == 200


def test_port_is_taken_when_it_becomes_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        server = HealthServer(Address("127.0.0.1", number), {"/healthz": fine}, retry_s=0.02)
        assert server.port is None
    assert server.wait_until_up(10)
    assert ask(number, "/healthz")[0].status == 200
    server.close()


def test_closing_ends_at_once_when_the_port_was_never_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, serving({}, taken.getsockname()[1]) as server:
        assert server.port is None


def test_nobody_answers_any_more_when_it_was_closed() -> None:
    with serving({"/healthz": fine}) as server:
        number = server.port
    assert number is not None
    with pytest.raises(OSError):
        ask(number, "/healthz")


def test_seventeenth_is_hung_up_on_when_sixteen_are_being_answered() -> None:
    go, inside = Event(), Event()

    def wait() -> Answer:
        inside.set()
        go.wait(10)
        return fine()

    with serving({"/wait": wait}) as server:
        assert server.port
        asking = [Thread(target=ask, args=(server.port, "/wait")) for _ in range(16)]
        for one in asking:
            inside.clear()
            one.start()
            assert inside.wait(10)
        with pytest.raises((OSError, ValueError)):
            ask(server.port, "/wait")
        go.set()
        for one in asking:
            one.join()
