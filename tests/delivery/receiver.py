"""A system of the company's own on loopback: takes what is posted and answers as told."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.delivery.mail_server import Certificate


@dataclass
class Receiver:
    """What came, and how it is answered.

    Args:
        answer: (status, headers, body) of every answer.
        silent_s: how long it waits before it answers.
        dies: hangs up instead of answering.
    """

    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"ok")
    silent_s: float = 0.0
    dies: bool = False


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.received.append((self.path, dict(self.headers.items()), body))
        if self.receiver.dies:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        time.sleep(self.receiver.silent_s)
        status, headers, text = self.receiver.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: hanging up is what some tests are about."""


@contextmanager
def run_receiver(certificate: Certificate | None = None) -> Iterator[tuple[str, Receiver]]:
    """Run a receiver; yields its address and what it got."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate is not None:
        server.socket = certificate.context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        scheme = "https" if certificate else "http"
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}/steward", receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
