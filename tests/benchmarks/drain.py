"""Draining 10,000 messages out of the outbox into the simulator against a bare `requests` loop posting the same bodies.

The simulator is a process of its own, on loopback and without any latency: what is measured is what the outbox costs.
No budgets, as WeCom's would allow neither side more than a few hundred a minute. The bare loop remembers nothing:
killed at any moment it has lost count; the outbox commits each claim before and each outcome after the message.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import structlog
from sqlalchemy import create_engine, text

from steward.delivery.send import WeComSender
from steward.delivery.worker import Worker
from steward.model.delivery import Delivery, Openings
from steward.model.settings.operation import DeliverySettings
from steward.simulator import Simulator
from steward.store.database import Database, open_database
from steward.store.migrate import upgrade
from steward.store.outbox import count_by_status, insert_delivery
from steward.wecom.client import WeComClient
from tests.benchmarks.measure import seconds, verdict
from tests.postgresql import run_server

ROOT = Path(__file__).parents[2]
MESSAGES = 10_000
PEOPLE = 2_000
PARALLEL = 16
"""`wecom.parallel_calls` may be 20. The more come back together, the more share one transaction."""


def run(scale: float) -> bool:
    """Drain the same messages on both databases, in turns with the bare loop; the best of three rounds counts."""
    count = round(MESSAGES * scale)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    gc.freeze()
    met = True
    with _post_office() as credentials, run_server() as server:
        kinds: dict[str, Callable[[], Any]] = {"SQLite": _sqlite}
        if server is not None:
            kinds["PostgreSQL"] = lambda: _postgresql(server)
        for kind, open_new in kinds.items():
            met = _compare(kind, open_new, credentials, count) and met
    return met


def _compare(kind: str, open_new: Callable[[], Any], credentials: dict[str, Any], count: int) -> bool:
    rounds = [_round(f"{kind} {number}", open_new, credentials, count) for number in range(3)]
    bare_s, one_s, several_s = (min(times) for times in zip(*rounds, strict=True))
    print(
        f"drain: {count:,} messages, {kind}; bare requests {bare_s:.2f} s, one after the other {one_s:.2f} s "
        f"({one_s / bare_s:.2f}×), {PARALLEL} at once {several_s:.2f} s ({count / several_s:,.0f} a second)"
    )
    return verdict(f"outbox on {kind} / bare requests", several_s / bare_s, 1.5)


def _round(
    name: str, open_new: Callable[[], Any], credentials: dict[str, Any], count: int
) -> tuple[float, float, float]:
    bare_s = seconds(lambda: _bare(credentials, f"{name} bare", count))
    return (
        bare_s,
        _ours(open_new, credentials, f"{name} one", count, 1),
        _ours(open_new, credentials, f"{name} several", count, PARALLEL),
    )


def _message(credentials: dict[str, Any], name: str, number: int) -> tuple[str, dict[str, Any]]:
    """Return (recipient, body) of the n-th message: a reminder of usual length, the same text for no two."""
    text_of_it = f"**请处理 {name} {number}**\n" + "> 群昵称应为“部门+姓名”，请提醒成员修改。\n" * 6
    recipient = credentials["people"][number % len(credentials["people"])]
    return recipient, {"msgtype": "markdown", "markdown": {"content": text_of_it}}


def _bare(credentials: dict[str, Any], name: str, count: int) -> None:
    session = requests.Session()
    session.trust_env = False
    base = credentials["base_url"]
    login = {"corpid": credentials["corp_id"], "corpsecret": credentials["secrets"]["app"]}
    token = session.get(base + "gettoken", params=login, timeout=10).json()["access_token"]
    for number in range(count):
        recipient, body = _message(credentials, name, number)
        message = {
            **body,
            "touser": recipient,
            "agentid": credentials["agent_id"],
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 14_400,
        }
        answer = session.post(
            base + "message/send", params={"access_token": token}, json=message, timeout=10
        ).json()
        if answer["errcode"] != 0:
            raise RuntimeError(answer)


def _ours(
    open_new: Callable[[], Any], credentials: dict[str, Any], name: str, count: int, parallel: int
) -> float:
    with open_new() as database:
        _fill(database, credentials, name, count)
        client = WeComClient(
            base_url=credentials["base_url"],
            corp_id=credentials["corp_id"],
            secrets={"app": credentials["secrets"]["app"]},
            agent_id=credentials["agent_id"],
            now=lambda: datetime.now(UTC),
            sleep=time.sleep,
            random=random.Random(1),
            parallel_calls=PARALLEL,
        )
        worker = Worker(
            name="bench",
            database=database,
            sender=WeComSender(client=client, files=ROOT),
            settings=DeliverySettings(),
            now=lambda: datetime.now(UTC),
            uniform=random.Random(1).random,
            channels=lambda _: Openings(channels=frozenset({"app"})),
            on_trouble=_trouble,
            parallel=parallel,
        )
        taken_s = seconds(worker.deliver_due)
        with database.read() as connection:
            if count_by_status(connection) != {"sent": count}:
                raise RuntimeError(count_by_status(connection))
        client.close()
    return taken_s


def _trouble(*_: object) -> None:
    raise RuntimeError("a message was given up")


def _fill(database: Database, credentials: dict[str, Any], name: str, count: int) -> None:
    now = datetime.now(UTC)
    with database.begin() as connection:
        for number in range(count):
            recipient, body = _message(credentials, name, number)
            delivery = Delivery(
                idempotency_key=f"{name} {number}",
                channel="app",
                recipient=recipient,
                body=body,
                topic="owner_tasks",
            )
            insert_delivery(connection, delivery, now=now)


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'steward.db'}")
        upgrade(database, now=datetime.now(UTC))
        yield database
        database.close()


@contextmanager
def _postgresql(server: Any) -> Iterator[Database]:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE drain"))
    database = open_database(server.set(database="drain").render_as_string(hide_password=False))
    upgrade(database, now=datetime.now(UTC))
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE drain WITH (FORCE)"))
    admin.dispose()


@contextmanager
def _post_office() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.benchmarks.drain"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as office:
        assert office.stdout is not None
        yield json.loads(office.stdout.readline())
        office.communicate()


def main() -> None:
    """Be the simulated WeCom, without limits: print the credentials, then serve until standard input ends."""
    simulator = Simulator(seed=1, people=PEOPLE, groups=20, now=datetime.now(UTC))
    simulator.set_limits(
        calls_per_minute=None,
        person_times_per_account=None,
        member_messages_per_minute=10**9,
        member_messages_per_hour=10**9,
    )
    with simulator:
        people = sorted(simulator._site.visible_people())
        print(json.dumps({**simulator.credentials(), "people": people}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
