"""What `doctor` concludes about this machine: pure, one function for each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from steward.cli.diagnosis import Line, ok, refused, unknown
from steward.cli.words import _

MOST_OFFSET: Final = timedelta(seconds=60)
LEAST_DISK_BYTES: Final = 500_000_000
OLDEST_PYTHON: Final = (3, 11)


def judge_python(version: tuple[int, int, int]) -> Line:
    """Say whether this Python is new enough."""
    written = ".".join(map(str, version))
    if version[:2] >= OLDEST_PYTHON:
        return ok("python", "Python", written)
    remedy = _("安装 Python 3.11 或更高版本，再运行 make setup")
    return refused("python", "Python", _("{version}，太旧").format(version=written), remedy)


def judge_clock(offset: timedelta | None) -> Line:
    """Say whether this machine's clock is right, against WeCom's."""
    name = _("时钟")
    if offset is None:
        return unknown("clock", name, _("接口没有告诉它的时间，没有比对"))
    seconds = offset.total_seconds()
    if abs(offset) <= MOST_OFFSET:
        return ok("clock", name, _("与企业微信相差 {s:.0f} 秒").format(s=abs(seconds)))
    direction = _("快") if seconds > 0 else _("慢")
    detail = _("本机比企业微信{direction} {s:.0f} 秒").format(direction=direction, s=abs(seconds))
    remedy = _("打开时间同步：timedatectl set-ntp true，或检查 NTP 服务")
    return refused("clock", name, detail, remedy)


def judge_calendar(today: date, provisional: Mapping[int, bool]) -> Line:
    """Say whether the working days of this year, and from November on of the next, are published.

    Args:
        provisional: year -> its days are guesses.
    """
    name = _("工作日历")
    if provisional[today.year]:
        detail = _("{year} 年放假安排不在内置日历里，按法定节假日推算，没有调休").format(year=today.year)
        remedy = _("导入国务院的放假通知：main.py calendar import 文件；或升级依赖包 chinesecalendar")
        return refused("calendar", name, detail, remedy)
    if provisional.get(today.year + 1, False):
        detail = _("{year} 年已公布；{next} 年还没有公布或不在内置日历里，暂按法定节假日推算")
        remedy = _("国务院公布后（一般在 11 月）运行 main.py calendar import 文件，或升级 chinesecalendar")
        told = detail.format(year=today.year, next=today.year + 1)
        return unknown("calendar", name, told, remedy)
    return ok("calendar", name, "、".join(map(str, provisional)))


def judge_database(
    place: str | None, revision: str | None, problems: Sequence[str], *, is_there: bool
) -> Line:
    """Say whether the rows can be used. `place` None: the settings do not tell where they are."""
    name = _("数据库")
    if place is None:
        return unknown("database", name, _("设置读不了，没有检查"))
    if not is_there:
        detail = _("{place} 还没有建立，第一次运行任务时自动建立").format(place=place)
        return unknown("database", name, detail)
    if problems:
        head, *rest = problems
        more = _("（还有 {count} 处，见 db check）").format(count=len(rest)) if rest else ""
        remedy = _("运行 main.py db check 查看全部并按提示处理")
        return refused("database", name, head + more, remedy)
    detail = _("{place}，完好，结构版本 {revision}").format(place=place, revision=revision)
    return ok("database", name, detail)


def judge_disk(free_bytes: int | None) -> Line:
    """Say whether there is room for the rows and reports; None: nobody could tell."""
    name = _("磁盘")
    if free_bytes is None:
        return unknown("disk", name, _("没有查到剩余空间"))
    free = _("剩余 {gb:.1f} GB").format(gb=free_bytes / 1e9)
    if free_bytes >= LEAST_DISK_BYTES:
        return ok("disk", name, free)
    remedy = _("腾出空间；也可以缩短 settings.toml 的 [retention]")
    return refused("disk", name, free, remedy)


def judge_folder(folder: str, why_not: str | None) -> Line:
    """Say whether reports can be written; `why_not` is the system's own word for it."""
    name = _("可写目录")
    if why_not is None:
        return ok("folder", name, folder)
    detail = _("{folder} 写不进去：{why}").format(folder=folder, why=why_not)
    remedy = _("让运行本程序的用户对它有写权限：chown 或 chmod")
    return refused("folder", name, detail, remedy)


def judge_timezone(timezone: str, *, is_known: bool) -> Line:
    """Say whether the time zone's data are there."""
    name = _("时区数据")
    if is_known:
        return ok("timezone", name, timezone)
    remedy = _("安装 tzdata：make setup，或 apt install tzdata")
    return refused(
        "timezone",
        name,
        _("没有 {zone}").format(zone=timezone),
        remedy=remedy,
    )


def judge_font(font: str | None) -> Line:
    """Say whether this machine itself can show Chinese; the service sends and writes files without it."""
    name = _("中文字体")
    if font:
        return ok("font", name, font)
    detail = _("本机没有找到；只在本机打开报告或截图时需要，发送不受影响")
    remedy = _("需要时安装：Debian/Ubuntu 用 apt install fonts-wqy-microhei")
    return unknown("font", name, detail, remedy)
