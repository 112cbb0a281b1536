"""What people did with the service. Rows are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from steward.store.schema import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing a person did, or was refused. `subject` is what it was done to: "chat id/userid"."""

    at: datetime
    by: str
    action: str
    subject: str
    outcome: Literal["done", "refused"]
    detail: Mapping[str, Any]


def insert_audit(connection: Connection, entry: AuditEntry) -> None:
    """Write down one entry."""
    values = {name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__}
    connection.execute(insert(audit).values({**values, "detail": dict(entry.detail)}))


def load_audit(connection: Connection, *, limit: int = 100) -> list[AuditEntry]:
    """Return the newest entries first."""
    columns = [audit.c[name] for name in AuditEntry.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(audit.c.id.desc()).limit(limit))
    return [AuditEntry(**row._mapping) for row in rows]
