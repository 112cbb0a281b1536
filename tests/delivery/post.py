"""A worker with a sender that answers as told, so that a test sees every message that left the house."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.delivery.enqueue import Gate
from steward.delivery.send import KeepBody
from steward.delivery.worker import Worker
from steward.model.delivery import Accepted, Delivery, Outcome
from steward.model.settings.operation import DeliverySettings
from steward.model.settings.policies import Policy
from steward.store import outbox
from steward.store.database import Database
from steward.store.outbox import OutboxRow
from tests.factories import NOW, make_delivery

SHANGHAI = ZoneInfo("Asia/Shanghai")
GATE = Gate(policy=Policy(), zone=SHANGHAI)
Answer = Outcome | Exception | Callable[[OutboxRow, KeepBody], Outcome]


class Script:
    """A sender that gives the answers one after the other, then takes everything."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def send(self, row: OutboxRow, keep_body: KeepBody) -> Outcome:
        self.sent.append((row.idempotency_key, row.body))
        answer = self.answers.pop(0) if self.answers else Accepted(message_id="m")
        if isinstance(answer, Exception):
            raise answer
        return answer(row, keep_body) if callable(answer) else answer


class Post:
    """The outbox of one database, its worker, a clock that moves only when told, and what the admins heard."""

    def __init__(self, database: Database, answers: Iterable[Answer] = (), **settings: Any) -> None:
        self.database = database
        self.now = NOW
        self.deaf = False
        self.script = Script(answers)
        self.script_accepts = Accepted(message_id="m")
        self.told: list[tuple[str, str, str | None]] = []
        self.worker = self.make_worker("w1", **settings)

    def make_worker(self, name: str, *, over: Mapping[str, Any] | None = None, **settings: Any) -> Worker:
        """Return a worker of this outbox; `over`: fields of the worker itself."""
        defaults: dict[str, Any] = {
            "name": name,
            "database": self.database,
            "sender": self.script,
            "settings": DeliverySettings(**settings),
            "now": lambda: self.now,
            "uniform": lambda: 0.5,
            "channels": GATE.openings,
            "on_trouble": self.hear,
        }
        return Worker(**{**defaults, **(over or {})})

    def hear(self, connection: Connection, row: OutboxRow, why: str, remedy: str | None) -> None:
        """Be the admins; where they are deaf, something breaks in the transaction that tells them."""
        if self.deaf:
            connection.exec_driver_sql("SELECT nothing FROM nowhere")
        self.told.append((row.idempotency_key, why, remedy))

    def queue(self, *deliveries: Delivery | str) -> int:
        made = [make_delivery(one) if isinstance(one, str) else one for one in deliveries]
        with self.database.begin() as connection:
            return GATE.enqueue(connection, made, now=self.now)

    def deliver(self, after: timedelta = timedelta()) -> Mapping[str, int]:
        self.now += after
        return self.worker.deliver_due()

    def deliver_at(self, now: datetime) -> Mapping[str, int]:
        self.now = now
        return self.worker.deliver_due()

    def row(self, key: str = "one") -> OutboxRow:
        with self.database.read() as connection:
            return next(one for one in outbox.load_outbox(connection) if one.idempotency_key == key)
