"""Pings of runs, sent one after the other by a thread of their own: a slow address holds up nobody."""

from __future__ import annotations

from collections.abc import Callable
from queue import Full, Queue
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

import structlog

from steward.delivery.ping import Kind, send_ping
from steward.model.settings.base import SecretSource
from steward.model.settings.secrets import resolve_secret

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.run import Run

_MOST_WAITING: Final = 200
log = structlog.get_logger()


class _Ping(NamedTuple):
    job: str
    url: str
    kind: Kind
    rid: str | None
    body: str


class Pings:
    """Sends pings in their order. Never raises and never waits: what does not fit is left out, and said.

    Args:
        send: in place of the real one.
    """

    def __init__(self, send: Callable[..., str | None] = send_ping) -> None:
        self._send = send
        self._waiting: Queue[_Ping] = Queue(_MOST_WAITING)
        Thread(target=self._live, name="pings", daemon=True).start()

    def of_run(self, house: House, run: Run, log_lines: list[str]) -> None:
        """Ping that a run began, or how it ended; nothing where its schedule names no address."""
        setting = house.settings.schedules.get(run.job)
        url = _address(house, setting.ping_url) if setting else None
        if url is None:
            return
        kind: Kind = {"running": "start", "failed": "fail"}.get(run.state, "success")  # type: ignore[assignment]
        body = "\n".join([*([run.error] if run.error else []), *log_lines]) if kind == "fail" else ""
        self._add(_Ping(run.job, url, kind, run_uuid(run), body))

    def of_service(self, house: House) -> None:
        """Ping that the service came round; nothing where [serve] names no address."""
        if (url := _address(house, house.settings.serve.ping_url)) is not None:
            self._add(_Ping("serve", url, "success", None, ""))

    def _add(self, ping: _Ping) -> None:
        try:
            self._waiting.put_nowait(ping)
        except Full:
            log.warning(f"ping 太多，略过一次：{ping.job}", action="ping_left_out", job=ping.job)

    def finish(self, at_most_s: float) -> None:
        """Give those that wait a moment to go out."""
        until = monotonic() + at_most_s
        while self._waiting.unfinished_tasks and monotonic() < until:
            sleep(0.02)

    def _live(self) -> None:
        while True:
            self._send_one(self._waiting.get())

    def _send_one(self, ping: _Ping) -> None:
        try:
            if trouble := self._send(ping.url, ping.kind, rid=ping.rid, body=ping.body):
                log.warning(f"ping 没有送达：{ping.job}：{trouble}", action="ping_failed", job=ping.job)
        except Exception as error:
            log.warning(f"ping 出错：{ping.job}：{type(error).__name__}", action="ping_failed", job=ping.job)
        finally:
            self._waiting.task_done()


def run_uuid(run: Run) -> str:
    """Return the same id in every process, so that the end of a run is known to belong to its start."""
    return str(uuid5(NAMESPACE_URL, f"steward:{run.job}:{run.slot}"))


def _address(house: House, where: str | SecretSource | None) -> str | None:
    if not isinstance(where, SecretSource):
        return where
    return resolve_secret(
        where,
        env=house.environment,
        read_file=lambda path: (house.root / path).read_text(encoding="utf8"),
    )
