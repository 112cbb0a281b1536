"""What is wrong, and what to do about it: pure, one function for each thing looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from steward.cli.watch.state import ALIVE_FOR, State, public_lane
from steward.cli.words import _
from steward.store.figures import Figures
from steward.store.migrate import head_revision

OLDEST_TICK_S: Final = 60.0
OLDEST_DUE: Final = timedelta(minutes=15)
CLOCK_WARNS: Final = timedelta(seconds=2)
CLOCK_FAILS: Final = timedelta(seconds=60)
"""Leases and budgets go by the database's clock, but bells are rung by this machine's."""
FORGOTTEN: Final = timedelta(hours=1)
"""A process silent for longer was replaced long ago."""
ItemState = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing looked at. warn: a person should look, the service goes on · fail: it cannot do its work."""

    item: str
    state: ItemState
    detail: str
    remedy: str | None = None


def judge(state: State) -> list[Item]:
    """Return every item, in the order in which an admin mends them."""
    items = [_scheduler(state), _database(state)]
    figures = state.seen.figures
    if figures is not None:
        items += [_schema(figures), _clock(figures)]
    items += [_settings(state), *_wecom(state)]
    if figures is not None:
        items += [
            _lanes(state, figures),
            _queue(state, figures),
            _undelivered(figures),
            *_runs(state, figures),
            *_sources(state),
            *_pauses(state),
            _processes(state, figures),
        ]
    return items


def _scheduler(state: State) -> Item:
    if state.tick_age_s < OLDEST_TICK_S:
        return Item(item="scheduler", state="ok", detail=_("{s:.0f} 秒前").format(s=state.tick_age_s))
    detail = _("调度线程 {s:.0f} 秒没有动静").format(s=state.tick_age_s)
    remedy = _("重启服务：systemctl restart steward；再看日志里最后一行是什么")
    return Item(item="scheduler", state="fail", detail=detail, remedy=remedy)


def _database(state: State) -> Item:
    if state.seen.figures is not None:
        return Item(item="database", state="ok", detail=_("可以读取"))
    remedy = _("检查数据库服务、磁盘空间和网络；恢复后服务自己接着做，不必重启")
    return Item(item="database", state="fail", detail=state.seen.trouble or "?", remedy=remedy)


def _schema(figures: Figures) -> Item:
    head = head_revision()
    if figures.revision == head:
        return Item(item="schema", state="ok", detail=head)
    detail = _("结构版本是 {seen}，本程序是 {head}").format(seen=figures.revision, head=head)
    remedy = _("停止所有进程，升级成同一个版本，运行 main.py db upgrade，再启动")
    return Item(item="schema", state="fail", detail=detail, remedy=remedy)


def _clock(figures: Figures) -> Item:
    offset = figures.clock_offset
    if offset is None:
        return Item(item="clock", state="ok", detail=_("数据库在本机，同一个时钟"))
    detail = _("与数据库相差 {s:.1f} 秒").format(s=abs(offset.total_seconds()))
    if abs(offset) <= CLOCK_WARNS:
        return Item(item="clock", state="ok", detail=detail)
    state: ItemState = "fail" if abs(offset) > CLOCK_FAILS else "warn"
    remedy = _("打开时间同步：timedatectl set-ntp true（本机和数据库服务器都要）")
    return Item(item="clock", state=state, detail=detail, remedy=remedy)


def _settings(state: State) -> Item:
    if state.settings_trouble is None:
        return Item(item="settings", state="ok", detail=_("有效"))
    detail = _("设置文件有错，仍按原来的设置运行：{why}").format(why=state.settings_trouble)
    remedy = _("运行 main.py config check，改好后自动生效")
    return Item(item="settings", state="warn", detail=detail, remedy=remedy)


def _wecom(state: State) -> Iterator[Item]:
    for name, refusal in state.refused_secrets.items():
        detail = _("企业微信不认 {secret} 的 Secret（{errcode}）")
        yield Item(
            item="wecom",
            state="fail",
            detail=detail.format(secret=name, errcode=refusal.errcode),
            remedy=refusal.remedy,
        )
    if state.verdict == "not_trusted":
        remedy = _("企业微信管理后台 → 应用管理 → 应用 → 本应用 → 企业可信IP：加入本服务器的出口 IP")
        yield Item(item="wecom", state="fail", detail=_("本机的 IP 不在可信名单里"), remedy=remedy)
    elif state.verdict == "unreachable":
        remedy = _("检查本机能否访问企业微信接口：网络、DNS、代理、防火墙")
        yield Item(item="wecom", state="fail", detail=_("五分钟没有得到企业微信的回答"), remedy=remedy)
    elif not state.refused_secrets:
        detail = _("最近一次调用有回答") if state.verdict == "ok" else _("启动以来还没有调用过")
        yield Item(item="wecom", state="ok", detail=detail)


def _lanes(state: State, figures: Figures) -> Item:
    closed = {
        public_lane(lane.name): lane.paused_until
        for lane in figures.lanes
        if lane.paused_until is not None and lane.paused_until > state.now
    }
    if not closed:
        return Item(item="lanes", state="ok", detail=_("没有暂停的通道"))
    told = "、".join(
        _("{lane}（到 {until:%m-%d %H:%M:%S}）").format(lane=lane, until=until.astimezone(state.zone))
        for lane, until in sorted(closed.items())
        if until is not None
    )
    remedy = _("到时自动继续；原因见 main.py outbox stats。常被限流就给这个群多加几个机器人，或减少发送")
    return Item(item="lanes", state="fail", detail=_("暂停的通道：{lanes}").format(lanes=told), remedy=remedy)


def _queue(state: State, figures: Figures) -> Item:
    late = state.now - figures.due_since if figures.due_since else timedelta(0)
    if late <= OLDEST_DUE:
        return Item(item="queue", state="ok", detail=_("没有积压"))
    detail = _("最早一条到时间的消息已等了 {minutes} 分钟").format(minutes=int(late.total_seconds() // 60))
    remedy = _(
        "main.py outbox list 看是哪些；deliver 任务在跑吗（main.py runs），哪条通道满了（outbox stats）"
    )
    return Item(item="queue", state="fail", detail=detail, remedy=remedy)


def _undelivered(figures: Figures) -> Item:
    unknown, dead = figures.messages.get("unknown", 0), figures.messages.get("dead", 0)
    if not unknown:
        return Item(
            item="outbox", state="ok", detail=_("等人决定的 0 条，已放弃的 {dead} 条").format(dead=dead)
        )
    detail = _("{unknown} 条不确定是否送达，等人决定；已放弃的 {dead} 条").format(unknown=unknown, dead=dead)
    remedy = _("main.py outbox list 查看，在群里核对后 outbox retry 或 outbox cancel")
    return Item(item="outbox", state="warn", detail=detail, remedy=remedy)


def _runs(state: State, figures: Figures) -> Iterator[Item]:
    for run in figures.runs:
        if run.state not in ("failed", "missed") or run.job in state.paused_jobs:
            continue
        words = {"failed": _("上次运行失败（{slot}）"), "missed": _("上次没有运行（{slot}）")}
        remedy = _("main.py schedule history {job} 看原因，改好后 main.py run {job}").format(job=run.job)
        detail = words[run.state].format(slot=run.slot)
        yield Item(item=f"job.{run.job}", state="warn", detail=detail, remedy=remedy)


def _sources(state: State) -> Iterator[Item]:
    for kind, source in sorted(state.refused_sources.items()):
        detail = _("上次没有读到（{errcode}）").format(errcode=source.errcode or "—")
        remedy = source.remedy or _("运行 main.py doctor")
        yield Item(item=f"source.{kind}", state="warn", detail=detail, remedy=remedy)


def _pauses(state: State) -> Iterator[Item]:
    for pause in state.pauses:
        until = pause.until_on.isoformat() if pause.until_on else _("有人恢复")
        detail = _("日程暂停到 {until}").format(until=until)
        remedy = _("不再需要时：main.py schedule resume {job}").format(job=pause.job)
        yield Item(item=f"schedule.{pause.job}", state="warn", detail=detail, remedy=remedy)


def _processes(state: State, figures: Figures) -> Item:
    ages = {process.name: state.now - process.beat_at for process in figures.processes}
    silent = sorted(name for name, age in ages.items() if ALIVE_FOR < age <= FORGOTTEN)
    if not silent:
        alive = sum(age <= ALIVE_FOR for age in ages.values())
        return Item(item="processes", state="ok", detail=_("{count} 个在运行").format(count=alive))
    detail = _("没有音信的进程：{names}").format(names="、".join(silent))
    remedy = _("到那台机器上 systemctl status steward；它手上的消息到期后由别的进程接着处理")
    return Item(item="processes", state="warn", detail=detail, remedy=remedy)
