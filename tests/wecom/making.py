"""Clients and clocks for the tests of this room."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from steward.wecom import WeComClient

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
SECRETS = {
    "app": "app-secret-0123456789",
    "contacts": "contacts-secret-0123456789",
    "archive": "archive-secret-0123456789",
}
BOT_KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    at: datetime = NOW
    slept_s: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.at += timedelta(seconds=seconds)


def make_client(base_url: str, clock: Clock | None = None, **over: Any) -> WeComClient:
    clock = clock or Clock()
    settings: Mapping[str, Any] = {
        "corp_id": "ww1234567890abcdef",
        "secrets": SECRETS,
        "agent_id": 1000002,
        "bot_keys": {"hr": BOT_KEY},
        "now": clock.now,
        "sleep": clock.sleep,
        "random": random.Random(1),
        **over,
    }
    return WeComClient(base_url=base_url, **settings)


def closed_port_url() -> str:
    """Return the URL of a loopback port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@contextmanager
def full_port_url() -> Iterator[str]:
    """Yield the URL of a loopback port whose queue is full: connecting to it takes for ever."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
