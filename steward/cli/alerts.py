"""What the admins are told by themselves: a run that failed, a message that could not be brought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from reports.admin_alert import AlertFacts, to_message, to_notice_lines
from reports.group_notice import Where, to_group_notice
from reports.mail_note import to_mail
from steward.clock.plan import next_slots, to_plan
from steward.clock.working_days import WorkingDays
from steward.model.delivery import Channel, Delivery
from steward.model.run import Run
from steward.model.settings import Settings
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
    lines = to_notice_lines(facts)
    return to_admins(to_message(facts), f"run:{run.id}", settings, now, lines=lines)


def _next_at(job: str, settings: Settings, zone: ZoneInfo, now: datetime) -> datetime | None:
    setting = settings.schedules.get(job)
    if setting is None or not setting.enabled:
        return None
    plan = to_plan(setting, zone, WorkingDays(settings.calendar), job)
    slots = next_slots(plan, now, 1)
    return slots[0] if slots else None


def to_admins(
    text: str,
    key: str,
    settings: Settings,
    now: datetime,
    *,
    lines: Sequence[str] = (),
    command: str = "main.py runs",
    not_before_at: datetime | None = None,
) -> list[Delivery]:
    """Return a text as one message for each channel of the admins; `key` makes it unique for ever.

    Args:
        lines: what matters most of it, for a group; empty: its first line.
        command: shows the whole to who reads only its first line, in a group that long texts are not posted to.
    """
    return [
        Delivery(
            idempotency_key=f"{TOPIC}:{key}:{way}",
            channel=channel,
            recipient=recipient,
            body=body,
            topic=TOPIC,
            priority=10,
            not_before_at=not_before_at,
            expires_at=(not_before_at or now) + USEFUL_FOR,
            short=_short(lines or text.splitlines()[:1], settings, command),
        )
        for way, channel, recipient, body in _ways(text, settings)
    ]


def _ways(text: str, settings: Settings) -> Iterator[tuple[str, Channel, str, dict[str, Any]]]:
    """Yield each way to the admins: its part of the key, the channel, to whom, and the body."""
    admins, company = settings.people.admins, settings.company
    markdown = {"msgtype": "markdown", "markdown": {"content": text}}
    if admins.users:
        yield "app", "app", "|".join(admins.users), markdown
    if admins.bot:
        yield "bot", "bot", admins.bot, markdown
    if admins.emails:
        mail = to_mail(text, company_name=company.name, lang=company.language)
        body = {"subject": mail.subject, "text": mail.text, "html": mail.html}
        for address in admins.emails:
            yield f"email:{address}", "email", address, body
    for name in admins.webhooks:
        yield f"webhook:{name}", "webhook", name, {"text": text, "data": {}}


def _short(lines: Sequence[str], settings: Settings, command: str) -> str:
    admins = settings.people.admins
    where: Where = "app" if admins.users else "mail" if admins.emails else "server"
    return to_group_notice(
        lines,
        where,
        settings.company.language,
        at_most_characters=settings.policies.work.own_post_max_characters,
        command=command,
    )
