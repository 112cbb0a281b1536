"""What the admins are told of messages that could not be brought: one alert for one cause, however many messages.

Of the same cause (end, channel, recipient, errcode) there are at most two alerts in an hour: one a minute after the
first message, with what came together until it left, and one at the end of the hour with the whole number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from reports.admin_alert import AlertFacts, to_message, to_notice_lines
from reports.words import N_, translations
from steward.cli.alerts import TOPIC, to_admins
from steward.delivery.enqueue import Gate
from steward.model.delivery import Channel, Delivery, DeliveryStatus
from steward.model.settings import Settings
from steward.store.outbox import OutboxRow, count_troubles, load_delivery, replace_waiting_body

COLLECT_FOR: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_ONE_RECIPIENT: Final[frozenset[Channel]] = frozenset({"bot", "appchat", "webhook"})
"""Channels where a trouble is the recipient's own: a key that was revoked, a system that is away."""
_TOGETHER: Final = N_("（同一原因，一小时内共 %(count)s 条）")
_COMMANDS: Final[Mapping[DeliveryStatus, str]] = {
    "dead": "main.py outbox retry --all --status dead",
    "unknown": "main.py outbox list --status unknown",
    "expired": "main.py outbox list --status expired",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """One cause in one hour, and the message that met it last."""

    row: OutboxRow
    why: str
    remedy: str | None
    count: int
    hour_at: datetime

    @property
    def key(self) -> str:
        row = self.row
        if row.status not in _COMMANDS:  # sent, but not to everybody: that is a matter of this message alone
            return f"outbox:{row.id}"
        return f"outbox:{row.status}:{row.channel}:{_recipient(row) or ''}:{row.errcode}:{self.hour_at:%Y-%m-%dT%H}"


def tell_of_delivery(
    connection: Connection,
    gate: Gate,
    row: OutboxRow,
    why: str,
    remedy: str | None,
    settings: Settings,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Queue the alert of a message that was given up, or add it to one that waits.

    An alert that cannot be brought raises no alert.
    """
    if row.topic == TOPIC:
        return
    trouble = _trouble(connection, load_delivery(connection, row.id) or row, why, remedy, now)
    alerts = _alerts(trouble, trouble.key, now + COLLECT_FOR, settings, zone, now)
    later = _alerts(trouble, f"{trouble.key}:rest", trouble.hour_at + _HOUR, settings, zone, now)
    for alert, rest in zip(alerts, later, strict=True):
        if not _queue_or_replace(connection, gate, alert, settings, now):
            _queue_or_replace(connection, gate, rest, settings, now)


def _trouble(connection: Connection, row: OutboxRow, why: str, remedy: str | None, now: datetime) -> _Trouble:
    hour_at = now.replace(minute=0, second=0, microsecond=0)
    count = 1
    if row.status in _COMMANDS:
        count = count_troubles(
            connection,
            status=row.status,
            channel=row.channel,
            recipient=_recipient(row),
            errcode=row.errcode,
            since=hour_at,
        )
    return _Trouble(row=row, why=why, remedy=remedy, count=count, hour_at=hour_at)


def _recipient(row: OutboxRow) -> str | None:
    return row.recipient if row.channel in _ONE_RECIPIENT else None


def _alerts(
    trouble: _Trouble, key: str, at: datetime, settings: Settings, zone: ZoneInfo, now: datetime
) -> list[Delivery]:
    row, lang = trouble.row, settings.company.language
    together = translations(lang).gettext(_TOGETHER) % {"count": trouble.count} if trouble.count > 1 else ""
    show = f"main.py outbox show {row.id}"
    facts = AlertFacts(
        job="deliver",
        at=now,
        # The alert calls it WeCom's; a code of SMTP or HTTP stands in the detail.
        errcode=(row.errcode or None) if row.channel not in ("email", "webhook") else None,
        detail=f"{row.topic} → {row.recipient}：{trouble.why}{together}",
        good_at=None,
        remedy=trouble.remedy,
        next_at=None,
        zone=zone,
        lang=lang,
        command=_COMMANDS.get(row.status, show) if trouble.count > 1 else _command(row, show),
    )
    lines = to_notice_lines(facts)
    return to_admins(to_message(facts), key, settings, now, lines=lines, command=show, not_before_at=at)


def _command(row: OutboxRow, show: str) -> str:
    return f"main.py outbox retry {row.id}" if row.status == "dead" else show


def _queue_or_replace(
    connection: Connection, gate: Gate, alert: Delivery, settings: Settings, now: datetime
) -> bool:
    """Queue an alert, or say the newer number in the one that waits; False where that one has left already."""
    if gate.enqueue(connection, [alert], now=now):
        return True
    body = _shown(alert, settings)
    return replace_waiting_body(connection, alert.idempotency_key, body, expires_at=alert.expires_at)


def _shown(alert: Delivery, settings: Settings) -> Mapping[str, Any]:
    text = alert.body.get("markdown", {}).get("content", "")
    is_long = len(text) > settings.policies.work.own_post_max_characters
    if alert.channel == "bot" and alert.short is not None and is_long:
        return {**alert.body, "markdown": {"content": alert.short}}
    return alert.body
