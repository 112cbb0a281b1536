"""The small port: GET and HEAD, a few paths, nothing that can be changed by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from socketserver import TCPServer
from threading import BoundedSemaphore, Event, Thread
from typing import Any, Final

import structlog

from steward.model.settings.observability import Address

RETRY_S: Final = 30.0
_MOST_AT_ONCE: Final = 16
_SLOWEST_S: Final = 5.0
TEXT: Final = "text/plain; charset=utf-8"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one path answers."""

    status: int
    body: str
    content_type: str = TEXT


Routes = Mapping[str, Callable[[], Answer]]


class HealthServer:
    """Answers on one address, in threads of its own, until it is closed. Never raises, never holds the process.

    An address that is taken is said once and tried again every 30 seconds: the service does not depend on it.

    Args:
        retry_s: seconds between two tries.
    """

    def __init__(self, address: Address, routes: Routes, *, retry_s: float = RETRY_S) -> None:
        self._address, self._routes, self._retry_s = address, routes, retry_s
        self._closed, self._tried, self._up = Event(), Event(), Event()
        self._server: _Server | None = None
        self._thread = Thread(target=self._live, name="watch-port", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int | None:
        """The port that answers; None while there is none."""
        self._tried.wait(5)
        return self._server.server_port if self._server is not None else None

    def wait_until_up(self, timeout_s: float) -> bool:
        """Wait until it answers; False where it does not by then."""
        return self._up.wait(timeout_s)

    def close(self) -> None:
        """Stop answering."""
        self._closed.set()
        self._thread.join(5)

    def _live(self) -> None:
        server = self._bind()
        if server is None:
            return
        self._server = server
        self._tried.set()
        self._up.set()
        with server:
            # Not serve_forever: whoever shuts it down before it has begun waits for ever.
            while not self._closed.is_set():
                server.handle_request()
        self._server = None

    def _bind(self) -> _Server | None:
        is_told = False
        while not self._closed.is_set():
            try:
                server = _Server(self._address, self._routes)
            except (OSError, ValueError) as error:  # ValueError: a host that cannot even be looked up
                self._tried.set()
                if not is_told:
                    self._complain(error)
                is_told = True
                self._closed.wait(self._retry_s)
                continue
            where = f"http://{Address(self._address.host, server.server_port)}"
            log.info(f"健康检查和指标：{where}/readyz、{where}/metrics", action="watch_listening")
            return server
        return None

    def _complain(self, error: OSError | ValueError) -> None:
        why = getattr(error, "strerror", None) or str(error)
        log.warning(
            f"健康检查端口 {self._address} 用不了（{why}）；服务照常运行，每 {self._retry_s:.0f} 秒再试",
            action="watch_port_taken",
            remedy="在 settings.toml [observability] listen 换一个端口，或结束占用它的程序；同机的进程各用各的端口",
        )


class _Server(ThreadingHTTPServer):
    """At most sixteen conversations at a time; whoever comes then is hung up on."""

    daemon_threads = True
    request_queue_size = 32
    timeout = 0.2

    def __init__(self, address: Address, routes: Routes) -> None:
        self.routes = routes
        self._places = BoundedSemaphore(_MOST_AT_ONCE)
        if ":" in address.host:
            self.address_family = AF_INET6
        super().__init__((address.host, address.port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as the standard library's server does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, if there is a place."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread to be had
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has hung up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _SLOWEST_S
    server_version, sys_version = "steward", ""

    def version_string(self) -> str:
        """Return who we are, without which Python: nobody needs to know."""
        return self.server_version

    def do_GET(self) -> None:
        self._answer(self._asked())

    do_HEAD = do_GET

    def __getattr__(self, name: str) -> Any:
        # Every other method of HTTP, whatever it is called.
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    def _refuse(self) -> None:
        self._answer(Answer(status=405, body="GET, HEAD\n"), Allow="GET, HEAD")

    def _asked(self) -> Answer:
        route = self.server.routes.get(self.path.partition("?")[0].rstrip("/"))
        if route is None:
            return Answer(status=404, body="".join(f"{path}\n" for path in self.server.routes))
        try:
            return route()
        except Exception:
            log.exception(f"{self.path.partition('?')[0]} 答不上来", action="watch_failed")
            return Answer(status=500, body="see the log\n")

    def _answer(self, answer: Answer, **headers: str) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: a scrape every fifteen seconds is no news."""
