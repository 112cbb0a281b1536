"""HTTP/1.1 on 127.0.0.1: kept-alive connections, one thread each, one write for each answer."""

import socket
import socketserver
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any

from steward.simulator.gateway import Reply, Request

_LONGEST_LINE = 65536
_BIGGEST_BODY = 64 * 1024 * 1024
# How long stopping may take; tests start and stop hundreds of these.
_POLL_S = 0.005

Answerer = Callable[[Request], Reply]


class BadRequest(Exception):
    """What came is no HTTP/1.1 request; the connection ends."""


class Connection(socketserver.StreamRequestHandler):
    """Reads requests off one connection until it closes.

    http.server's own handler parses headers with the mail parser, which costs more than everything else a
    simple call does here; so the few lines that are needed are read directly.
    """

    disable_nagle_algorithm = True
    server: "LoopbackServer"

    def handle(self) -> None:
        """Serve one request after the other."""
        try:
            while self._serve_one():
                pass
        except BadRequest:
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (ConnectionError, TimeoutError):
            return

    def _serve_one(self) -> bool:
        line = self.rfile.readline(_LONGEST_LINE)
        if not line:
            return False
        method, target, version = self._split(line)
        headers = self._headers()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = Request(method, target, headers, self._body(headers), self.client_address[0])
        reply = self.server.answerer(request)
        if reply.is_cut:
            return False
        keeps_open = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        self.wfile.write(_render(reply, keeps_open))
        return keeps_open

    def _split(self, line: bytes) -> tuple[str, str, str]:
        parts = line.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/"):
            raise BadRequest
        return parts[0].upper(), parts[1], parts[2]

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n", b""):
            name, found, value = line.decode("latin-1").partition(":")
            if not found:
                raise BadRequest
            headers[name.strip().lower()] = value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _BIGGEST_BODY:
            raise BadRequest
        body = self.rfile.read(int(length)) if length != "0" else b""
        if len(body) < int(length):
            raise ConnectionResetError("the caller went away in the middle of its request")
        return body

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            body += self.rfile.read(size)
            self.rfile.readline(_LONGEST_LINE)
        self._headers()
        return bytes(body)

    def _chunk_size(self) -> int:
        try:
            return int(self.rfile.readline(_LONGEST_LINE).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest from error


def _render(reply: Reply, keeps_open: bool) -> bytes:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    head = [f"HTTP/1.1 {reply.status} {phrase}"]
    head += [f"{name}: {value}" for name, value in reply.headers.items()]
    head.append(f"Content-Length: {len(reply.body)}")
    head.append(f"Connection: {'keep-alive' if keeps_open else 'close'}")
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1", "replace") + reply.body


class LoopbackServer(ThreadingHTTPServer):
    """Serves 127.0.0.1 from a thread of its own, and ends every open connection when it stops."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, port: int, answerer: Answerer) -> None:
        self.answerer = answerer
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Connection)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_S,), name="simulated-wecom", daemon=True
        )
        self._thread.start()

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and hand it to a thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        """Stop listening and cut what is still open."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it closed by itself meanwhile
