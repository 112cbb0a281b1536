"""Rows of the outbox as a worker hands them to a sender."""

from __future__ import annotations

from typing import Any

from steward.delivery.send import Claim
from steward.store.outbox import OutboxRow
from tests.factories import NOW


def make_claim(*, is_ours: bool = True) -> Claim:
    """Return what a worker holds while it sends."""
    return Claim(lane="email", is_ours=lambda: is_ours, keep=lambda _: None)


def make_row(key: str = "daily_digest:2026-11-18:email:hr@example.com", **over: Any) -> OutboxRow:
    """Return a row that was claimed for the first time."""
    defaults: dict[str, Any] = dict.fromkeys(OutboxRow.__dataclass_fields__)
    defaults |= {
        "id": 7,
        "idempotency_key": key,
        "channel": "email",
        "recipient": "hr@example.com",
        "topic": "daily_digest",
        "body": {"subject": "日报", "text": "正文"},
        "priority": 50,
        "status": "sending",
        "attempts": 1,
        "created_at": NOW,
        "next_attempt_at": NOW,
        "urgent": False,
    }
    return OutboxRow(**{**defaults, **over})
