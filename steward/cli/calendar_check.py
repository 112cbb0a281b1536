"""Whether the working days ahead are known, what rests on those that are not, and when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from steward.cli.calendar_year import STATES
from steward.cli.words import LANGUAGE, _
from steward.clock.notices import differences, notice_due, state_of
from steward.clock.plan import describe, rests_on_working_days, to_plan
from steward.clock.working_days import WorkingDays, is_published
from steward.model.settings import Settings
from steward.model.settings.calendar import Calendar


def examine(settings: Settings, today: date) -> dict[str, Any]:
    """Return the years that matter, what rests on working days, and the next notice to come.

    `attention`: a person has something to do: this year is a guess, next year's notice should be out by now and is
    not here, or an imported notice differs from the one that is built in.
    """
    days = WorkingDays(settings.calendar)
    years = sorted({today.year, today.year + 1, *(int(year) for year in settings.calendar.notices)})
    found = [_examine_year(year, settings, days) for year in years if year >= today.year]
    wanted = next(year for year in range(today.year, 2200) if days.is_provisional(year))
    due = notice_due(wanted)
    is_due = wanted <= today.year or (wanted == today.year + 1 and today >= due.expected_from)
    return {
        "today": today,
        "years": found,
        "rests_on_working_days": _dependents(settings, days),
        "next_notice": {"year": wanted, "from": due.expected_from, "until": due.late_after, "due": is_due},
        "attention": is_due or any(year["differs"] for year in found),
    }


def _examine_year(year: int, settings: Settings, days: WorkingDays) -> dict[str, Any]:
    notice = settings.calendar.notices.get(str(year))
    differs: list[date] = []
    if notice is not None and is_published(year):
        differs = differences(year, notice, WorkingDays(Calendar()))
    return {
        "year": year,
        "state": state_of(year, days),
        "source": notice.source if notice else None,
        "imported_on": notice.imported_on if notice else None,
        "differs": differs,
    }


def _dependents(settings: Settings, days: WorkingDays) -> dict[str, Any]:
    """Return what a wrong guess would move: schedules by job, and the deadlines counted in working days."""
    zone = ZoneInfo(settings.company.timezone)
    plans = {
        job: to_plan(setting, zone, days, job)
        for job, setting in settings.schedules.items()
        if setting.enabled
    }
    return {
        "schedules": {
            job: describe(plan, LANGUAGE) for job, plan in plans.items() if rests_on_working_days(plan)
        },
        "escalation": {
            "head_after_working_days": settings.escalation.head_after_working_days,
            "hr_after_working_days": settings.escalation.hr_after_working_days,
        },
        "business_hours": [str(window) for window in settings.business_hours.windows],
    }


def say(found: dict[str, Any]) -> Iterator[str]:
    """Yield the findings as lines."""
    for year in found["years"]:
        yield _year_line(year)
        if year["differs"]:
            listed = _comma().join(day.isoformat() for day in year["differs"])
            text = _(
                "  导入的通知与内置的不同：{days}；请核对，内置的对就从 settings.toml 删去 [calendar.notices.{year}]"
            )
            yield text.format(days=listed, year=year["year"])
    if any(year["state"] == "provisional" for year in found["years"]):
        yield from _touched(found["rests_on_working_days"])
    yield _next_line(found["next_notice"])


def _year_line(year: dict[str, Any]) -> str:
    text = _("{year} 年：{state}").format(year=year["year"], state=STATES[year["state"]])
    if year["source"]:
        text += _("（{source}，{on}）").format(source=year["source"], on=year["imported_on"] or "—")
    return text


def _touched(rests: dict[str, Any]) -> Iterator[str]:
    yield _("未公布的年份里，下面这些可能差一天或几天：")
    for job, words in rests["schedules"].items():
        yield f"  {job}  {words}"
    text = _("  逐级上报：{head} 个工作日后告诉部门负责人，{hr} 个工作日后告诉 HR")
    escalation = rests["escalation"]
    yield text.format(head=escalation["head_after_working_days"], hr=escalation["hr_after_working_days"])
    yield _("  按工作时间计算的期限：{windows}").format(windows=_comma().join(rests["business_hours"]))


def _next_line(notice: dict[str, Any]) -> str:
    if notice["due"]:
        text = _(
            "{year} 年的放假通知应已公布或即将公布：请到 gov.cn 查看，然后运行 main.py calendar import 文件"
        )
        return text.format(year=notice["year"])
    text = _("下一份放假通知：{year} 年，一般在 {first} 至 {last} 之间公布，届时再运行 calendar check")
    return text.format(year=notice["year"], first=notice["from"], last=notice["until"])


def _comma() -> str:
    return "、" if LANGUAGE == "zh" else ", "
