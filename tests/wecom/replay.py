"""A plain replay server: an endpoint's path -> the bytes it answers. Knows nothing of WeCom's rules."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """One request as it came in."""

    method: str
    endpoint: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Raw(NamedTuple):
    """An answer told byte by byte. `cut` closes the connection: "before" any answer, or "inside" the body."""

    body: bytes = b""
    status: int = 200
    location: str | None = None
    cut: str | None = None


Answer = Mapping[str, Any] | Raw
Script = Answer | list[Answer] | Callable[[Asked], Answer]
"""A list is answered in turn, its last one for ever."""


class Replay:
    """Serves `script` on loopback until the `with` block ends. `asked` is what came in, in order."""

    def __init__(self, script: Mapping[str, Script] | None = None) -> None:
        token = {"errcode": 0, "errmsg": "ok", "access_token": "token-number-one", "expires_in": 7200}
        self.script: dict[str, Script] = {"gettoken": token, **(script or {})}
        self.asked: list[Asked] = []
        self._turns: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Replay:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked_of(self, endpoint: str) -> list[Asked]:
        return [one for one in self.asked if one.endpoint == endpoint]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            turn = self._turns[asked.endpoint]
            self._turns[asked.endpoint] += 1
        script = self.script.get(asked.endpoint, Raw(b"<html>404</html>", 404))
        if isinstance(script, list):
            return script[min(turn, len(script) - 1)]
        return script(asked) if callable(script) else script


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # 5 makes the sixth of many threads wait a second for its connection

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that did not wait for the answer: that is what some tests are about."""


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            endpoint = url.path.removeprefix("/cgi-bin/")
            answer = replay.answer(
                Asked(self.command, endpoint, dict(parse_qsl(url.query)), body, dict(self.headers))
            )
            self._say(answer if isinstance(answer, Raw) else Raw(json.dumps(answer).encode()))

        do_POST = do_GET

        def _say(self, raw: Raw) -> None:
            if raw.cut == "before":
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(raw.status)
            self.send_header("Content-Length", str(len(raw.body) + (100 if raw.cut else 0)))
            if raw.location:
                self.send_header("Location", raw.location)
            self.end_headers()
            self.wfile.write(raw.body)
            self.close_connection = bool(raw.cut)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
