"""The dead man's switch, against a real server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from steward.delivery import ping
from steward.delivery.ping import MOST_BYTES, ping_url, send_ping


class Listener:
    """Takes pings and keeps what came: path and body."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.status = 200
        self.lets_go = Event()
        self.lets_go.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.lets_go.wait(20)
                outer.heard.append((self.path, body.decode()))
                self.send_response(outer.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/abc"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.lets_go.set()
    listening.server.shutdown()
    listening.server.server_close()


@pytest.mark.parametrize(
    ("kind", "rid", "url"),
    [
        ("success", None, "https://hc.example/abc"),
        ("start", "7f", "https://hc.example/abc/start?rid=7f"),
        ("fail", "7f", "https://hc.example/abc/fail?rid=7f"),
    ],
)
def test_address_of_a_ping_says_what_happened(kind: Any, rid: str | None, url: str) -> None:
    assert ping_url("https://hc.example/abc/", kind, rid) == url


def test_query_of_the_address_is_kept() -> None:
    assert ping_url("https://hc.example/abc?create=1", "start", "7") == (
        "https://hc.example/abc/start?create=1&rid=7"
    )


def test_ping_brings_the_last_lines(listener: Listener) -> None:
    assert send_ping(listener.url, "fail", rid="7", body="长" * MOST_BYTES + "最后一行") is None
    [(path, body)] = listener.heard
    assert path == "/ping/abc/fail?rid=7"
    assert body.endswith("最后一行")
    assert len(body.encode()) <= MOST_BYTES


@pytest.mark.parametrize("status", [302, 404, 500])
def test_refused_ping_is_said_and_not_followed_elsewhere(listener: Listener, status: int) -> None:
    listener.status = status
    assert send_ping(listener.url, "success") == f"HTTP {status}"
    assert len(listener.heard) == 1


def test_nobody_there_is_said_without_the_address() -> None:
    trouble = send_ping("http://127.0.0.1:9/secret-uuid", "success")
    assert trouble is not None
    assert "secret" not in trouble


def test_silent_address_is_given_up_soon(listener: Listener) -> None:
    assert ping.TIMEOUT_S <= 3
    listener.lets_go.clear()
    assert send_ping(listener.url, "success") == "ReadTimeout"
