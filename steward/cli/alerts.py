"""What the admins are told by themselves: a run that failed, a message that could not be brought."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from reports.admin_alert import AlertFacts, to_message
from steward.clock.schedule import next_slots, to_schedule
from steward.clock.working_days import WorkingDays
from steward.model.delivery import Channel, Delivery
from steward.model.run import Run
from steward.model.settings import Settings
from steward.store.outbox import OutboxRow
from steward.store.sources import load_sources

TOPIC: Final = "admin_alert"
USEFUL_FOR: Final = timedelta(hours=24)
_SOURCE_OF_JOB: Final = {"sync_directory": "users", "sync_groups": "customer_groups"}
_ERRCODE: Final = re.compile(r": (-?\d{1,6}) ")


def alert_of_run(
    run: Run, connection: Connection, settings: Settings, zone: ZoneInfo, now: datetime
) -> list[Delivery]:
    """Return the alert of a failed run, one for each admin channel; nothing for a run that went well."""
    if run.state != "failed":
        return []
    detail, _, remedy = (run.error or "").partition("。处理：")
    good_at = {source.name: source.good_at for source in load_sources(connection)}
    errcode = _ERRCODE.search(detail)
    facts = AlertFacts(
        job=run.job,
        at=now,
        errcode=int(errcode[1]) if errcode else None,
        detail=detail,
        good_at=good_at.get(_SOURCE_OF_JOB.get(run.job, "")),
        remedy=remedy or None,
        next_at=_next_at(run.job, settings, zone, now),
        zone=zone,
        lang=settings.company.language,
    )
    return _to_admins(to_message(facts), f"run:{run.id}", settings, now)


def _next_at(job: str, settings: Settings, zone: ZoneInfo, now: datetime) -> datetime | None:
    setting = settings.schedules.get(job)
    if setting is None or not setting.enabled:
        return None
    slots = next_slots(
        to_schedule(setting), now, 1, zone, WorkingDays(settings.calendar), setting.on_non_working_days
    )
    return slots[0] if slots else None


def alert_of_delivery(
    row: OutboxRow, why: str, remedy: str | None, settings: Settings, zone: ZoneInfo, now: datetime
) -> list[Delivery]:
    """Return the alert of a message that was given up. An alert that cannot be brought raises no alert."""
    if row.topic == TOPIC:
        return []
    facts = AlertFacts(
        job="deliver",
        at=now,
        errcode=row.errcode,
        detail=f"{row.topic} → {row.recipient}：{why}",
        good_at=None,
        remedy=remedy,
        next_at=None,
        zone=zone,
        lang=settings.company.language,
    )
    return _to_admins(to_message(facts), f"outbox:{row.id}", settings, now)


def _to_admins(text: str, key: str, settings: Settings, now: datetime) -> list[Delivery]:
    admins = settings.people.admins
    channels: list[tuple[Channel, str]] = []
    if admins.users:
        channels.append(("app", "|".join(admins.users)))
    if admins.bot:
        channels.append(("bot", admins.bot))
    return [
        Delivery(
            idempotency_key=f"{TOPIC}:{key}:{channel}",
            channel=channel,
            recipient=recipient,
            body={"msgtype": "markdown", "markdown": {"content": text}},
            topic=TOPIC,
            priority=10,
            expires_at=now + USEFUL_FOR,
        )
        for channel, recipient in channels
    ]
