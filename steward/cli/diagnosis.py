"""What `doctor` concludes from what WeCom answered: pure, one function for each line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from steward.cli.words import _
from steward.wecom.errors import NoAnswer, NotConfigured, Refused, TokenExpired, TooOften, WeComError

State = Literal["ok", "refused", "unknown"]
ROOT_DEPARTMENT: Final = 1
_IP: Final = re.compile(r"from ip:\s*([0-9a-fA-F.:]*[0-9a-fA-F])")
_NOT_TRUSTED: Final = frozenset({60020, 301042})
_TOO_MANY: Final = 81017
_AGENT: Final = frozenset({40056, 301002, 50003, 60031})
_CONSOLE: Final = _("企业微信管理后台")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing looked at.

    Args:
        state: ok · refused: somebody must mend it, `remedy` says how · unknown: could not be found out, or does
            not matter here.
    """

    key: str
    name: str
    state: State
    detail: str
    remedy: str | None = None


def ok(key: str, name: str, detail: str) -> Line:
    """Return a line about something that is as it should be."""
    return Line(key=key, name=name, state="ok", detail=detail)


def refused(key: str, name: str, detail: str, remedy: str | None) -> Line:
    """Return a line about something that must be mended."""
    return Line(key=key, name=name, state="refused", detail=detail, remedy=remedy)


def unknown(key: str, name: str, detail: str, remedy: str | None = None) -> Line:
    """Return a line about something nobody could find out, or that may well stay as it is."""
    return Line(key=key, name=name, state="unknown", detail=detail, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one harmless question to WeCom gave: an error, or how many rows. Neither: it was not asked."""

    error: WeComError | None = None
    count: int | None = None

    @property
    def was_asked(self) -> bool:
        """Whether there is anything to conclude from."""
        return self.error is not None or self.count is not None


def judge_credential(
    key: str,
    name: str,
    answers: Sequence[Answer],
    *,
    is_set: bool,
    source: str | None,
    where: str,
    is_needed: bool,
) -> Line:
    """Say whether WeCom gave a token for a secret.

    Args:
        answers: what was asked with its token; empty: nothing was.
        source: where the secret is looked for: "env:WECOM_APP_SECRET"; None: the settings name none.
        where: the page of the admin console that shows the secret.
        is_needed: nothing works without it.
    """
    if source is None:
        detail, remedy = (
            _("没有配置（可选）"),
            _("需要时在 settings.toml 加上；Secret 在：{where}").format(where=where),
        )
        return unknown(key, name, detail, remedy)
    if not is_set:
        kind, _colon, place = source.partition(":")
        what = _("环境变量 {place}") if kind == "env" else _("文件 {place}")
        detail = _("{what} 没有设置").format(what=what.format(place=place))
        remedy = _("把 Secret 放进{what}；Secret 在：{where}").format(
            what=what.format(place=place), where=where
        )
        if not is_needed:
            remedy += _("。不用它就在 settings.toml 里删去这一节")
        return refused(key, name, detail, remedy)
    asked = [answer for answer in answers if answer.was_asked]
    for error in (answer.error for answer in asked):
        if isinstance(error, TokenExpired) or (error is not None and error.endpoint == "gettoken"):
            return _of_error(key, name, error)
    if not asked:
        return unknown(key, name, _("没有检查"))
    if all(isinstance(answer.error, NoAnswer) for answer in asked):
        return unknown(key, name, _("没有得到回答"))
    return ok(key, name, _("凭证有效"))


def _of_error(key: str, name: str, error: WeComError) -> Line:
    """Say an error: a refusal, or that nobody knows because no usable answer came."""
    is_no = isinstance(error, Refused | TokenExpired)
    detail = error.errmsg if error.errcode is None else f"{error.errcode} {_short(error.errmsg)}"
    remedy = error.remedy
    if isinstance(error, NoAnswer):
        remedy = _("检查本机能否访问企业微信接口：网络、DNS、代理、防火墙")
    elif isinstance(error, TooOften):
        remedy = remedy or _("过一会儿再试")
    return Line(key=key, name=name, state="refused" if is_no else "unknown", detail=detail, remedy=remedy)


def _short(errmsg: str) -> str:
    """Return WeCom's errmsg without its hint, address and link."""
    return errmsg.partition(", hint:")[0]


def judge_right(key: str, name: str, answer: Answer, unit: str) -> Line:
    """Say whether a right is there, by one real call; `unit` names what was counted: "{count} 个部门"."""
    error = answer.error
    if answer.count is not None or (error is not None and error.errcode == _TOO_MANY):
        count = _("可以读取") if answer.count is None else unit.format(count=answer.count)
        return ok(key, name, count)
    if error is None:
        return unknown(key, name, _("没有检查"))
    if error.endpoint == "gettoken" or error.errcode in _NOT_TRUSTED or isinstance(error, NotConfigured):
        # The credential's or the address's own line says what to mend.
        return unknown(key, name, _("没有查到：先处理上面的凭证或可信 IP"))
    return _of_error(key, name, error)


def judge_trusted_ip(answers: Sequence[Answer]) -> Line:
    """Say whether WeCom accepts this machine's address, and which address it saw if not."""
    name = _("可信 IP")
    for error in (answer.error for answer in answers):
        if error is not None and error.errcode in _NOT_TRUSTED:
            seen = _IP.search(error.errmsg)
            ip = seen[1] if seen else _("（企业微信没有说明）")
            detail = _("{code}：本服务器的出口 IP {ip} 不在名单里").format(code=error.errcode, ip=ip)
            return refused("trusted_ip", name, detail, error.remedy)
    if any(answer.count is not None for answer in answers):
        return ok("trusted_ip", name, _("企业微信接受本机的调用"))
    return unknown("trusted_ip", name, _("没有一个调用走到检查 IP 这一步"))


def judge_agent(agent_id: int, answer: Answer, *, is_closed: bool) -> Line:
    """Say whether the app's id and secret belong together and the app is enabled."""
    name = _("应用 {agent_id}").format(agent_id=agent_id)
    place = _("{console} → 应用管理 → 应用 → 本应用").format(console=_CONSOLE)
    if is_closed:
        remedy = _("{place}：启用应用").format(place=place)
        return refused("agent", name, _("应用已停用"), remedy)
    if answer.count is not None:
        return ok("agent", name, _("AgentId 与 Secret 相符"))
    if answer.error is not None and answer.error.errcode in _AGENT:
        return _of_error("agent", name, answer.error)
    return unknown("agent", name, _("没有查到 AgentId 是否相符"))


def judge_range(department_ids: Sequence[int] | None, *, contacts_work: bool) -> Line:
    """Say whether the app sees the whole company, so that a person who is absent has left. None: not known."""
    name = _("可见范围")
    if department_ids is None:
        return unknown("visible_range", name, _("没有查到"))
    count = len(department_ids)
    if ROOT_DEPARTMENT in department_ids:
        return ok(
            "visible_range",
            name,
            _("看得到根部门，共 {count} 个部门").format(count=count),
        )
    if contacts_work:
        text = _("应用只看得到 {count} 个部门；其余的人由通讯录同步补全（没有姓名）")
        return ok("visible_range", name, text.format(count=count))
    return refused(
        "visible_range",
        name,
        _("只看得到 {count} 个部门，看不到根部门：无法判断谁已离职").format(count=count),
        remedy=_("{console} → 应用管理 → 应用 → 本应用 → 可见范围：加入根部门").format(console=_CONSOLE),
    )


def judge_receivers(found: Mapping[str, bool | None], *, has_channel: bool) -> Line:
    """Say whether those who are to be told exist: userid -> there, not there, or not known.

    Args:
        has_channel: HR has a receiver at all, a person or a bot.
    """
    name = _("收件人")
    missing = [userid for userid, there in found.items() if there is False]
    unsure = [userid for userid, there in found.items() if there is None]
    if missing:
        detail = _("通讯录里没有：{who}").format(who="、".join(missing))
        remedy = _("核对 settings.toml [people] 的账号（通讯录 → 成员 → 账号），并让他们在本应用的可见范围内")
        return refused("receivers", name, detail, remedy)
    if not has_channel:
        detail, remedy = _("没有写日报发给谁"), _('在 settings.toml 写 [people] hr = ["账号"]')
        return refused("receivers", name, detail, remedy)
    if unsure:
        detail = _("没有查到：{who}").format(who="、".join(unsure))
        return unknown("receivers", name, detail)
    if not found:
        return ok("receivers", name, _("只发到机器人、邮箱或公司的系统"))
    return ok("receivers", name, "、".join(found))


def judge_bot(bot: str, source: str, *, is_set: bool) -> Line:
    """Say whether a bot's key is there; nothing is sent to try it."""
    name = _("机器人 {bot}").format(bot=bot)
    if is_set:
        return ok(f"bot.{bot}", name, _("密钥已设置（没有试发）"))
    return refused(
        f"bot.{bot}",
        name,
        _("{source} 没有设置").format(source=source),
        remedy=_("群设置 → 消息推送 → 该机器人：把网址里 key= 后面的一段放进 {source}").format(source=source),
    )
