"""Days, times and durations as people say them, in Chinese and English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Lang = Literal["zh", "en"]

# Own words, not strftime's: its day names come from the locale of the machine.
WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the same instant as the clocks of `zone` show it, also where `at` carries an hour they skip."""
    return at.astimezone(UTC).astimezone(zone)


def day_words(day: date, lang: Lang) -> str:
    """Return "11月20日 周五" or "Fri 20 Nov"."""
    if lang == "zh":
        return f"{day.month}月{day.day}日 {WEEKDAYS_ZH[day.weekday()]}"
    return f"{WEEKDAYS_EN[day.weekday()][:3]} {day.day} {MONTHS_EN[day.month - 1][:3]}"


def time_words(at: datetime, zone: ZoneInfo) -> str:
    """Return the local time of day: "08:37"."""
    return local(at, zone).strftime("%H:%M")


def near_day_words(day: date, today: date, lang: Lang) -> str:
    """Return "今天", "明天", "昨天", else the day; with its year where that is not the year of `today`."""
    near = {-1: ("昨天", "yesterday"), 0: ("今天", "today"), 1: ("明天", "tomorrow")}.get((day - today).days)
    if near:
        return near[0] if lang == "zh" else near[1]
    if day.year == today.year:
        return day_words(day, lang)
    return f"{day.year}年{day_words(day, lang)}" if lang == "zh" else f"{day_words(day, lang)} {day.year}"


def moment_words(at: datetime, now: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Return "今天 18:00", "11月24日 周二 18:00" or "today 18:00"."""
    words = near_day_words(local(at, zone).date(), local(now, zone).date(), lang)
    return f"{words} {time_words(at, zone)}"


def deadline_words(due_at: datetime, now: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Return "今天 18:00 前" or "by 18:00 today"."""
    if lang == "zh":
        return f"{moment_words(due_at, now, zone, lang)} 前"
    day = near_day_words(local(due_at, zone).date(), local(now, zone).date(), lang)
    return f"by {time_words(due_at, zone)} {day}"


def duration_words(duration: timedelta, lang: Lang) -> str:
    """Return "3小时20分" or "3h 20m": the two largest units, seconds cut off.

    Below a minute, and for the negative durations that clocks a little apart give, it is "不到1分钟".
    """
    minutes = max(duration, timedelta()) // timedelta(minutes=1)
    if minutes == 0:
        return "不到1分钟" if lang == "zh" else "under 1m"
    if minutes < 60 and lang == "zh":
        return f"{minutes}分钟"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = ("天", "小时", "分") if lang == "zh" else ("d", "h", "m")
    counts = (days, hours, 0 if days else rest)
    words = [f"{count}{unit}" for count, unit in zip(counts, units, strict=True) if count]
    return "".join(words) if lang == "zh" else " ".join(words)
