"""One schedule as it is kept: its slots, their names, its trigger and its words all come from one `Plan`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from steward.clock import schedule_words
from steward.clock.cron import IntervalSchedule, parse_cron
from steward.clock.ordinals import OrdinalSchedule
from steward.clock.slots import AnySchedule, OnNonWorkingDays, slots_of
from steward.clock.wording import Lang
from steward.clock.working_days import WorkingDays

if TYPE_CHECKING:
    from steward.model.settings.operation import Schedule

Missed = Literal["skip", "once", "each"]
"""What becomes of slots that passed while nobody rang: none is run, the newest alone, or each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A parsed schedule with everything that decides its moments. Two processes with equal plans agree on all.

    Args:
        job: whose it is; jitter differs from job to job by it.
        zone: in which the schedule's hours and days are read, and days off are judged.
        is_own_zone: the zone is the schedule's own, not the company's; the words then name it.
        jitter_s: a run begins up to so many seconds after its slot; see `rings_at`.
    """

    schedule: AnySchedule
    zone: ZoneInfo
    working_days: WorkingDays
    on_non_working_days: OnNonWorkingDays = "run"
    missed: Missed = "once"
    jitter_s: int = 0
    job: str = ""
    is_own_zone: bool = False


def to_plan(setting: Schedule, company_zone: ZoneInfo, working_days: WorkingDays, job: str = "") -> Plan:
    """Return a [schedules.*] section as a plan.

    Raises:
        ScheduleRefused: a ValueError; the cron expression is refused, see `parse_cron`. Settings that were loaded
            with `judge_schedules` raise none.
    """
    return Plan(
        schedule=to_schedule(setting),
        zone=ZoneInfo(setting.timezone) if setting.timezone else company_zone,
        working_days=working_days,
        on_non_working_days=setting.on_non_working_days,
        missed=setting.missed,
        jitter_s=setting.jitter_s,
        job=job,
        is_own_zone=setting.timezone is not None and setting.timezone != company_zone.key,
    )


def to_schedule(setting: Schedule) -> AnySchedule:
    """Return the part of a section that says when: cron, interval, or working day of the month.

    Raises:
        ScheduleRefused: the cron expression is refused; see `parse_cron`.
    """
    if setting.cron is not None:
        return parse_cron(setting.cron)
    if setting.on is not None and setting.at is not None:
        return OrdinalSchedule(on=setting.on, hour=setting.at.hour, minute=setting.at.minute)
    return IntervalSchedule(every_minutes=setting.every_minutes or 1)


def slots_after(plan: Plan, after: datetime) -> Iterator[datetime]:
    """Yield the planned moments after `after`, in UTC, ascending, lazily; see `next_slots`."""
    return slots_of(plan.schedule, after, plan.zone, plan.working_days, plan.on_non_working_days)


def next_slots(plan: Plan, after: datetime, count: int) -> list[datetime]:
    """Return the next `count` planned moments after `after`, in UTC, ascending, without jitter.

    A slot that is postponed is planned for the same local time of the next working day; where that day has the
    slot itself, or several days off are put off to it, they are one. A time that the clock skips is due when the
    clock has been put on; a time it shows twice is due once, unless the schedule fires in every hour. Fewer than
    `count` where 17 years do not hold as many: a yearly 1 October 09:00 that skips days off never comes.
    """
    return list(islice(slots_after(plan, after), count))


def slots_between(plan: Plan, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the planned moments after `after` up to and including `until`, in UTC, ascending."""
    for at in slots_after(plan, after):
        if at > until:
            return
        yield at


def slot_key(plan: Plan, at: datetime) -> str:
    """Return the name a planned moment has in the runs table, the same in every process.

    "2026-11-20T08:37" is wall time in the plan's zone: a time the clock shows twice is one slot. Schedules that
    fire in every hour and intervals are named in UTC, "2026-11-20T00:37Z", for there each of the two is meant.
    A postponed slot is named after the moment it was put off to, not after the day off: that name is what people
    read in the history, it says when to run without any calendar at hand, and slots that become one share it.
    """
    in_utc = at.astimezone(UTC)
    if isinstance(plan.schedule, IntervalSchedule) or plan.schedule.is_hourly:
        return in_utc.strftime("%Y-%m-%dT%H:%MZ")
    return in_utc.astimezone(plan.zone).strftime("%Y-%m-%dT%H:%M")


def slot_at(plan: Plan, key: str) -> datetime:
    """Return the moment, in UTC, that a slot key names; the first of two where the clock shows it twice.

    Raises:
        ValueError: it is no slot key (runs started by hand have other names).
    """
    at = datetime.fromisoformat(key)
    return (at if at.tzinfo else at.replace(tzinfo=plan.zone)).astimezone(UTC)


def rings_at(plan: Plan, slot: datetime) -> datetime:
    """Return when the run of a slot is to begin: the slot, put off by its jitter.

    The jitter, 0 to `jitter_s` seconds, is a hash of job and slot: every process comes to the same.
    """
    if not plan.jitter_s:
        return slot
    digest = hashlib.sha256(f"{plan.job}|{slot_key(plan, slot)}".encode()).digest()
    return slot + timedelta(seconds=int.from_bytes(digest[:8], "big") % (plan.jitter_s + 1))


def rests_on_working_days(plan: Plan) -> bool:
    """Return whether the plan's moments depend on which days are worked."""
    return plan.on_non_working_days != "run" or isinstance(plan.schedule, OrdinalSchedule)


def describe(plan: Plan, lang: Lang = "zh") -> str:
    """Return the plan in words: "每个工作日 08:37", "每月第一个工作日 09:00（America/New_York 时间）"."""
    words = schedule_words.describe(plan.schedule, lang, plan.on_non_working_days)
    if plan.is_own_zone:
        words += f"（{plan.zone.key} 时间）" if lang == "zh" else f" ({plan.zone.key} time)"
    if plan.jitter_s:
        late = f"（最多错开 {plan.jitter_s} 秒）", f" (up to {plan.jitter_s} s later)"
        words += late[0 if lang == "zh" else 1]
    return words


def trigger(plan: Plan) -> Any:
    """Return the APScheduler trigger (a BaseTrigger): it rings at `rings_at` of each slot and at no other time."""
    # Imported late: APScheduler costs 0.2 s, and only the scheduler needs it.
    from steward.clock.trigger import SlotTrigger

    return SlotTrigger(plan)
