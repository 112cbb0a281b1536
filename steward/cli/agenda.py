"""What is planned: each schedule in words, with the moments it means and what kind of days those are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from steward.cli.words import LANGUAGE, _
from steward.clock.schedule import next_slots, to_schedule
from steward.clock.schedule_words import describe
from steward.clock.wording import WEEKDAYS_EN, WEEKDAYS_ZH
from steward.clock.working_days import DayKind, WorkingDays
from steward.model.settings import Settings


def real_now() -> datetime:
    """Return the time, aware, in UTC; for commands that need no house."""
    return datetime.now(UTC)


def agenda(settings: Settings, now: datetime, *, count: int) -> list[dict[str, Any]]:
    """Return every schedule: job, enabled, the words of it, and its next moments (none while it is off)."""
    return [
        {
            "job": job,
            "enabled": setting.enabled,
            "cron": setting.cron,
            "every_minutes": setting.every_minutes,
            "wording": describe(to_schedule(setting), LANGUAGE, setting.on_non_working_days),
            "next": moments(settings, job, now, count) if setting.enabled else [],
        }
        for job, setting in settings.schedules.items()
    ]


def moments(settings: Settings, job: str, now: datetime, count: int) -> list[dict[str, Any]]:
    """Return the job's next moments: at (local), weekday and kind of day."""
    setting, zone = settings.schedules[job], ZoneInfo(settings.company.timezone)
    calendar = WorkingDays(settings.calendar)
    slots = next_slots(to_schedule(setting), now, count, zone, calendar, setting.on_non_working_days)
    weekdays = WEEKDAYS_EN if LANGUAGE == "en" else WEEKDAYS_ZH
    found = []
    for slot in slots:
        local = slot.astimezone(zone)
        kind = calendar.kind_of(local.date())
        found.append(
            {
                "at": local.isoformat(timespec="minutes"),
                "weekday": weekdays[local.weekday()],
                "working": kind.working,
                "day": day_mark(kind),
            }
        )
    return found


def day_mark(kind: DayKind) -> str:
    """Return what kind of day it is in a word or two; a day of an unpublished calendar says so."""
    if kind.working:
        mark = _("工作日（调休补班）") if kind.make_up else _("工作日")
    else:
        mark = _("节假日 {name}").format(name=kind.name) if kind.name else _("休息日")
    if kind.why == "override":
        return mark + _("（公司自定）")
    if kind.why in ("weekday", "statutory_provisional"):
        return mark + _("（放假安排未公布，按推算）")
    return mark


def when(moment: Mapping[str, Any]) -> str:
    """Return one moment in a line: "2026-11-23 08:37 周一 工作日"."""
    return f"{moment['at'][:10]} {moment['at'][11:16]} {moment['weekday']} {moment['day']}"


def brief(moment: Mapping[str, Any]) -> str:
    """Return one moment in few words; an ordinary working day goes without saying: "11-23 周一 08:37"."""
    mark = "" if moment["day"] == _("工作日") else f" {moment['day']}"
    return f"{moment['at'][5:10]} {moment['weekday']} {moment['at'][11:16]}{mark}"
