"""What `doctor` concludes about the service as it runs: schedules, outbox, lanes, clocks, port. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal

from steward.cli.diagnosis import Line, ok, refused, unknown
from steward.cli.watch.readiness import CLOCK_WARNS, Item
from steward.cli.words import _

PortAnswer = Literal["off", "ours", "free", "taken"]
"""off: not to be listened on · ours: Steward answers there · free: nobody does · taken: somebody else does."""
_TOLD: Final = ("lanes", "queue", "outbox", "processes")


def judge_schedules(
    never: Sequence[str], hints: Mapping[str, Sequence[str]], *, count: int
) -> Iterator[Line]:
    """Say whether the schedules do what their author meant.

    Args:
        never: jobs that are switched on and have no moment to come.
        hints: job -> what an admin may not have thought of.
        count: how many are switched on.
    """
    name = _("日程")
    for job in never:
        detail = _("{job} 是启用的，但没有一个时刻会到来").format(job=job)
        remedy = _("改 settings.toml 的 [schedules.{job}]：main.py schedule next {job} 可以试").format(
            job=job
        )
        yield refused(f"schedule.{job}", name, detail, remedy)
    for job, words in hints.items():
        for text in words:
            remedy = _("这样也可以就不用改；看接下来的时间：main.py schedule next {job}").format(job=job)
            yield unknown(f"schedule.{job}", name, f"{job}：{text}", remedy)
    if not never and not hints:
        yield ok("schedules", name, _("{count} 个启用，都有下一次").format(count=count))


def judge_port(address: str | None, answer: PortAnswer, *, why: str | None = None) -> Line:
    """Say whether health and metrics can be asked. `why`: the system's reason why it cannot be listened there."""
    name = _("健康检查端口")
    if answer == "off" or address is None:
        return unknown("health_port", name, _("没有开（[observability]）"))
    if answer == "ours":
        return ok("health_port", name, _("服务在 {address} 回答").format(address=address))
    if answer == "free":
        return ok("health_port", name, _("{address} 可用；服务现在没有运行").format(address=address))
    detail = _("{address} 用不了：{why}").format(address=address, why=why or _("被别的程序占用"))
    remedy = _("在 [observability] listen 换一个端口；同一台机器上的几个进程各用各的端口")
    return refused("health_port", name, detail, remedy)


def judge_service(items: Sequence[Item]) -> Iterator[Line]:
    """Say what waits for a person, in the words of /readyz; one line where nothing does."""
    name = _("运行状况")
    wrong = [
        item for item in items if item.state != "ok" and item.item.startswith((*_TOLD, "job.", "schedule."))
    ]
    for item in wrong:
        state: Literal["refused", "unknown"] = "refused" if item.state == "fail" else "unknown"
        yield Line(key=f"now.{item.item}", name=name, state=state, detail=item.detail, remedy=item.remedy)
    if not wrong:
        yield ok("now", name, _("没有积压、暂停或等人处理的"))


def judge_database_clock(offset: timedelta) -> Line:
    """Say whether this machine and the database server have the same time."""
    name = _("数据库的时钟")
    detail = _("与数据库相差 {s:.1f} 秒").format(s=abs(offset.total_seconds()))
    if abs(offset) <= CLOCK_WARNS:
        return ok("database_clock", name, detail)
    remedy = _("打开时间同步：timedatectl set-ntp true（本机和数据库服务器都要）")
    return refused("database_clock", name, detail, remedy)
