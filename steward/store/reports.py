"""The report archive: what was said for which period, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from steward.store.schema import reports
from steward.store.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedReport:
    """A report as it was sent. `figures` are what the next one compares itself with."""

    id: int
    name: str
    period_key: str
    as_of: datetime
    built_at: datetime
    figures: dict[str, Any]
    message: str
    html_path: str | None
    xlsx_path: str | None


def insert_report(connection: Connection, **row: Any) -> int | None:
    """Archive a report; None when that report exists for that period."""
    return insert_new(connection, reports, row, key=("name", "period_key"))


def load_report(connection: Connection, name: str, period_key: str) -> ArchivedReport | None:
    """Return the report of that name and period."""
    query = select(reports).where(reports.c.name == name, reports.c.period_key == period_key)
    row = connection.execute(query).one_or_none()
    return ArchivedReport(**row._mapping) if row else None


def load_last_report(
    connection: Connection, name: str, *, before: str | None = None
) -> ArchivedReport | None:
    """Return the newest report of that name, of a period before `before` if that is given."""
    query = select(reports).where(reports.c.name == name).order_by(reports.c.period_key.desc()).limit(1)
    if before is not None:
        query = query.where(reports.c.period_key < before)
    row = connection.execute(query).one_or_none()
    return ArchivedReport(**row._mapping) if row else None


def load_reports_before(
    connection: Connection, name: str, before: str, *, limit: int
) -> list[ArchivedReport]:
    """Return the last reports of that name and of periods before `before`, oldest first."""
    query = (
        select(reports)
        .where(reports.c.name == name, reports.c.period_key < before)
        .order_by(reports.c.period_key.desc())
        .limit(limit)
    )
    return [ArchivedReport(**row._mapping) for row in connection.execute(query)][::-1]


def load_reports(connection: Connection, *, limit: int = 50) -> list[ArchivedReport]:
    """Return the newest reports first."""
    rows = connection.execute(select(reports).order_by(reports.c.id.desc()).limit(limit))
    return [ArchivedReport(**row._mapping) for row in rows]


def delete_reports_before(connection: Connection, at: datetime) -> list[ArchivedReport]:
    """Forget reports built before that; returns them, so that their files can go too."""
    rows = connection.execute(select(reports).where(reports.c.built_at < at)).all()
    connection.execute(delete(reports).where(reports.c.built_at < at))
    return [ArchivedReport(**row._mapping) for row in rows]
