"""What is planned: each schedule in words, with the moments it means and what kind of days those are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from steward.cli.words import LANGUAGE, _
from steward.clock.hints import hints
from steward.clock.holiday_names import holiday_words
from steward.clock.plan import Plan, describe, next_slots, to_plan
from steward.clock.wording import WEEKDAYS_EN, WEEKDAYS_ZH
from steward.clock.working_days import DayKind, WorkingDays
from steward.model.settings import Settings
from steward.model.settings.operation import Schedule
from steward.store.schedule_state import Pause


def real_now() -> datetime:
    """Return the time, aware, in UTC; for commands that need no house."""
    return datetime.now(UTC)


def agenda(
    settings: Settings, now: datetime, *, count: int, pauses: Mapping[str, Pause] | None = None
) -> list[dict[str, Any]]:
    """Return every schedule: job, enabled, its words, its settings, its pause if one is in force, its next moments.

    Moments are absent while it is off; while it is paused they are those that will be left out.
    """
    return [
        {
            "job": job,
            "enabled": setting.enabled,
            "cron": setting.cron,
            "every_minutes": setting.every_minutes,
            "timezone": setting.timezone,
            "on_non_working_days": setting.on_non_working_days,
            "missed": setting.missed,
            "said": said_words(setting),
            "wording": describe(plan_of(settings, job), LANGUAGE),
            "paused": _in_force((pauses or {}).get(job), plan_of(settings, job), now),
            "next": moments(settings, job, now, count) if setting.enabled else [],
        }
        for job, setting in settings.schedules.items()
    ]


def plan_of(settings: Settings, job: str) -> Plan:
    """Return the plan of one schedule."""
    zone = ZoneInfo(settings.company.timezone)
    return to_plan(settings.schedules[job], zone, WorkingDays(settings.calendar), job)


def before_day(settings: Settings, job: str, day: date) -> datetime:
    """Return the last moment before a day begins where the schedule lives: what is due at midnight comes after it."""
    zone = plan_of(settings, job).zone
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)


def hint_words(settings: Settings, job: str, after: datetime, count: int) -> list[str]:
    """Return what an admin should know about a schedule's coming year, in words; mostly nothing."""
    return [words.said(LANGUAGE) for words in hints(plan_of(settings, job), after, count)]


def said_words(setting: Schedule) -> str:
    """Return when it runs as settings.toml says it."""
    if setting.cron is not None:
        return setting.cron
    if setting.on is not None:
        return f"on = {setting.on}, at = {setting.at:%H:%M}"
    return f"every_minutes = {setting.every_minutes}"


def _in_force(pause: Pause | None, plan: Plan, now: datetime) -> dict[str, Any] | None:
    today = now.astimezone(plan.zone).date()
    if pause is None or (pause.until_on is not None and pause.until_on <= today):
        return None
    return asdict(pause)


def pause_words(pause: Mapping[str, Any]) -> str:
    """Return "暂停至 2026-12-01：装修（hr.wang）"."""
    if pause["until_on"] is None:
        return _("暂停中：{reason}（{by}）").format(**pause)
    return _("暂停，{until_on} 恢复：{reason}（{by}）").format(**pause)


def moments(settings: Settings, job: str, now: datetime, count: int) -> list[dict[str, Any]]:
    """Return the job's next moments: at (local to its schedule), weekday and kind of day."""
    plan = plan_of(settings, job)
    weekdays = WEEKDAYS_EN if LANGUAGE == "en" else WEEKDAYS_ZH
    found = []
    for slot in next_slots(plan, now, count):
        local = slot.astimezone(plan.zone)
        kind = plan.working_days.kind_of(local.date())
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
        mark = (
            _("节假日 {name}").format(name=holiday_words(kind.name, LANGUAGE)) if kind.name else _("休息日")
        )
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
