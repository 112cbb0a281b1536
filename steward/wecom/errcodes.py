"""Every errcode we act on, as data: what it means, whether to try again, and what an admin does about it.

Source of every row: WeCom's page of global error codes, document path 90313, unless the row says otherwise.
Frequency windows: document path 90312.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

RetryClass = Literal["retry", "token", "wait", "never"]
ERROR_PAGE = "document path 90313"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errcode:
    """One errcode and what is done about it.

    Args:
        retry_class: retry: again after a pause · token: fetch a token once, then again · wait: again after
            the limit's own window · never: a person must change something first.
        most_retries: how often a class "retry" is tried again (-1: WeCom advises at most 3).
        remedy: the step that mends it, in WeCom's admin console where there is one; None: nothing to mend.
    """

    code: int
    meaning_zh: str
    meaning_en: str | None = None
    retry_class: RetryClass
    remedy: str | None = None
    most_retries: int = 3
    source: str = ERROR_PAGE


OUTGOING_IP = "本服务器的出口 IP"
_SETTINGS = "settings.toml"
_APP = "企业微信管理后台 → 应用管理 → 应用 → 本应用"
_RANGE = f"{_APP} → 可见范围：加入相关成员或部门（建议选根部门）"
_SECRET = (
    f"核对 {_SETTINGS} 的 corp_id 与 secret：{_APP} → Secret；应用须为启用状态。改好后一小时内勿反复重试"
)
_TRUSTED_IP = f"{_APP} → 企业可信IP：加入{OUTGOING_IP}，约 1 分钟后生效"
_CUSTOMER = "企业微信管理后台 → 客户与上下游 → 客户联系 → API → 可调用接口的应用：勾选本应用"
_ARCHIVE = "企业微信管理后台 → 管理工具 → 会话内容存档"
_BOT = f"在该群重新添加消息推送（机器人），并更新 {_SETTINGS} 中 [people.bots] 的 key"

_RETRY = (
    (-1, "系统繁忙", "system busy", None),
    (6000, "数据版本冲突", "data version conflict", None),
    (41063, "群发仍在派发中", "mass message still being dispatched", None),
    (45033, "接口并发调用超过限制", "too many calls at once", "调低 settings.toml 的 wecom.parallel_calls"),
    (45035, "并发修改冲突", "concurrent modification", None),
    (301026, "审批接口内部错误", "approval: internal error", None),
    (301057, "审批接口内部错误", "approval: internal error", None),
    (301058, "会话存档返回内容过大", "archive answer too large", "调低单次拉取条数"),
)
_TOKEN = (
    (40001, "不合法的 secret，或应用已停用", "bad secret, or the app is disabled", _SECRET),
    (40014, "不合法的 access_token", "bad access_token", _SECRET),
    (41001, "缺少 access_token", "access_token missing", _SECRET),
    (42001, "access_token 已过期", "access_token expired", _SECRET),
)
_WAIT = (
    (
        45009,
        "接口调用超过频率限制",
        "called too often",
        "等待限制期满；调低 settings.toml 的 wecom.parallel_calls",
    ),
    (45036, "调用流量异常被限制", "abnormal traffic", "等待限制解除；检查是否有别的程序在用同一企业调用接口"),
)
_NEVER = (
    (40003, "userid 不合法或不存在", "bad userid", "核对该 userid；成员可能已离职或不在应用可见范围"),
    (40007, "media_id 无效", "bad media_id", "重新上传文件后再发送（media_id 有效期 3 天）"),
    (40008, "消息类型不合法", "bad msgtype", None),
    (
        40013,
        "不合法的 corpid",
        "bad corpid",
        "核对 settings.toml 的 corp_id：企业微信管理后台 → 我的企业 → 企业ID",
    ),
    (40029, "code 无效或已使用", "OAuth code bad or used", "请重新打开链接登录"),
    (40031, "userid 列表不合法", "bad userid list", None),
    (40032, "userid 列表长度不合法", "bad userid list length", None),
    (40033, "含有不支持的 \\uXXXX 字符", "escaped characters refused", None),
    (40035, "参数不合法", "bad parameter", None),
    (40050, "chatid 不存在", "no such chat", "该群可能已解散，请核对群登记表"),
    (40056, "agentid 不合法", "bad agentid", f"核对 {_SETTINGS} 的 agent_id：{_APP} → AgentId"),
    (40058, "参数不合法或超出长度", "bad or over-long parameter", None),
    (40063, "参数为空", "empty parameter", None),
    (40091, "secret 不合法", "bad secret", _SECRET),
    (40096, "不合法的外部联系人 userid", "bad external_userid", None),
    (40098, "接替成员不合法", "bad successor", "接替成员须实名、已激活并有客户联系权限"),
    (40145, "media_id 已过期", "media_id expired", "重新上传文件后再发送（media_id 有效期 3 天）"),
    (40201, "内容被识别为垃圾或敏感信息", "blocked as spam", "修改消息内容后重新发送"),
    (41002, "缺少 corpid", "corpid missing", "在 settings.toml 的 [company] 填写 corp_id"),
    (41004, "缺少 secret", "secret missing", "在 settings.toml 的 [company.agents.app] 填写 secret 的来源"),
    (41048, "没有可发送的客户", "no customers to send to", None),
    (41050, "欢迎语 code 已过期", "welcome code expired", None),
    (42003, "code 已过期", "OAuth code expired", "请重新打开链接登录"),
    (42022, "code 已使用", "OAuth code used", "请重新打开链接登录"),
    (42052, "已超过 24 小时，不能撤回", "recall window over", None),
    (43012, "应用未设置接收消息的回调地址", "app has no callback URL", f"{_APP} → 接收消息 → 设置 API 接收"),
    (44004, "文本内容为空", "empty text", None),
    (45001, "媒体文件过大", "media too large", "缩小或拆分文件（文件不超过 20 MB）"),
    (45002, "消息内容过长", "message too long", "缩短或拆分消息"),
    (45008, "图文超过 8 条", "more than 8 articles", None),
    (45029, "返回内容过大", "answer too large", "按更小的部门拉取成员"),
    (45034, "卡片参数超出限制", "card over a limit", None),
    (48001, "接口未授权", "API not authorised", "核对调用该接口所用的 Secret 类型"),
    (48002, "接口对本应用未授权", "API forbidden for this app", f"按接口授权。客户群：{_CUSTOMER}"),
    (48005, "接口已下线", "API retired", "请升级 Steward"),
    (48006, "接口权限因长期未使用被收回", "permission withdrawn", f"{_APP}：重新启用应用并授权接口"),
    (48009, "通讯录同步助手不可读取详情", "contact sync may not read details", f"改用自建应用读取：{_RANGE}"),
    (48011, "成员活跃度过低，不可读取客户数据", "activity too low", "请成员近期登录使用企业微信后再试"),
    (49008, "群已解散", "group dismissed", None),
    (50001, "跳转域名未设可信", "domain not trusted", f"{_APP} → 网页授权及JS-SDK → 设置可信域名"),
    (50002, "成员不在应用可见范围", "member out of range", _RANGE),
    (50003, "应用已停用", "app disabled", f"{_APP}：启用应用"),
    (50100, "cursor 不合法", "bad cursor", None),
    (60003, "部门不存在", "no such department", None),
    (60011, "无权访问该成员、部门或标签", "no privilege", _RANGE),
    (60020, "服务器 IP 不在企业可信IP", "IP not trusted", _TRUSTED_IP),
    (60021, "成员不在应用可见范围", "member out of range", _RANGE),
    (60031, "应用被禁止调用接口", "API calls forbidden", f"{_APP}：启用应用"),
    (60111, "userid 不存在", "no such userid", "成员可能已离职或不在应用可见范围；核对名单"),
    (60123, "部门 id 不合法", "bad department id", None),
    (60140, "response_code 无效或已过期", "response_code used or expired", None),
    (60268, "cursor 不合法", "bad cursor", None),
    (81013, "全部接收人无效", "every recipient invalid", f"核对接收人 userid；{_RANGE}"),
    (81017, "请求数量超限：须按群主筛选", "too many: filter by owner", None),
    (82001, "没有接收人", "no recipient", "在 settings.toml 填写接收人"),
    (82002, "接收部门过多", "too many departments", None),
    (82003, "接收标签过多", "too many tags", None),
    (82004, "内容可能使客户端异常", "content could crash clients", "去掉异常字符后重新发送"),
    (84014, "user_ticket 已过期", "user_ticket expired", "请重新打开链接登录"),
    (84061, "不存在外部联系人关系", "no such relation", None),
    (86003, "群聊不存在", "no such chat", "该群可能已解散，请核对群登记表"),
    (86008, "群聊不是本应用创建", "chat of another app", "只能读写由本应用创建的群"),
    (86215, "chatid 已存在", "chatid exists", "换一个 chatid"),
    (86216, "存在不合法的群成员", "illegal member", "核对成员：新增者须在通讯录，移出者须在群内"),
    (90500, "群主并未离职", "owner has not resigned", None),
    (90501, "不是客户群", "not a customer group", None),
    (92000, "成员不在应用可见范围", "member out of range", _RANGE),
    (92002, "该群是其他企业的客户群", "another corp's group", "该群由对方企业管理，本企业不可读取"),
    (93000, "机器人地址无效或已被移出群", "webhook invalid or bot removed", _BOT),
    (93001, "该群不允许推送消息", "chat does not allow pushing", "请群主在群设置中允许消息推送，或换一个群"),
    (93004, "机器人已停用", "bot disabled", _BOT),
    (93008, "机器人不在群内", "bot not in the group", _BOT),
    (93017, "消息内容为空", "empty content", None),
    (93018, "图片过大", "image too big", "图片须不超过 2 MB"),
    (93019, "机器人 id 不合法", "bad bot id", _BOT),
    (
        301002,
        "token 与 agentid 不符",
        "token not for this agentid",
        f"核对 {_SETTINGS} 的 agent_id 与 secret 属同一应用",
    ),
    (301021, "userid 不存在", "no such userid", "成员可能已离职或不在应用可见范围；核对名单"),
    (301025, "审批参数错误", "approval: bad parameter", None),
    (
        301042,
        "IP 不在会话存档可信IP",
        "IP not trusted by the archive",
        f"{_ARCHIVE} → 可信IP地址：加入{OUTGOING_IP}",
    ),
    (301048, "sdkfileid 缺失或已过期", "sdkfileid expired", None),
    (301052, "会话内容存档已过期", "archive expired", f"{_ARCHIVE}：续费"),
    (301053, "会话内容存档未开启", "archive not enabled", f"{_ARCHIVE}：开启"),
    (
        301055,
        "无审批数据权限",
        "approval: no permission",
        "企业微信管理后台 → 审批 → 可调用接口的应用：勾选本应用",
    ),
    (301056, "审批应用已停用", "approval stopped", "企业微信管理后台 → 审批：启用"),
    (301059, "不是内部群", "not an internal group", "该群含外部联系人，请按客户群读取"),
    (301060, "一次超过 100 项", "more than 100 items", None),
    (301061, "存在未知成员", "unknown user", None),
    (301111, "会话存档 SDK 版本过低", "archive SDK too old", "升级会话存档 SDK"),
    (301112, "审批查询时间范围过大", "approval: narrow the time range", None),
    (830002, "文件过大，须分段下载", "file too big for one GET", None),
)
_FAMILIES: tuple[tuple[Iterable[int], str, str], ...] = (
    (range(42014, 42021), "卡片参数错误", "template card parameter"),
    (range(42027, 42052), "卡片参数错误", "template card parameter"),
    (range(86001, 86009), "应用群聊参数错误", "app chat parameter"),
    ((86101, *range(86201, 86208), 86217, 86220), "应用群聊参数错误", "app chat parameter"),
    (range(90500, 90512), "客户群继承错误", "customer group transfer"),
)


def _table() -> dict[int, Errcode]:
    table = {
        code: Errcode(code=code, meaning_zh=meaning, meaning_en=english, retry_class="never")
        for codes, meaning, english in _FAMILIES
        for code in codes
    }
    classes: tuple[tuple[RetryClass, tuple[tuple[int, str, str, str | None], ...]], ...] = (
        ("retry", _RETRY),
        ("token", _TOKEN),
        ("wait", _WAIT),
        ("never", _NEVER),
    )
    for name, rows in classes:
        for code, meaning, english, remedy in rows:
            table[code] = Errcode(
                code=code, meaning_zh=meaning, meaning_en=english, retry_class=name, remedy=remedy
            )
    return table


ERRCODES: Mapping[int, Errcode] = MappingProxyType(_table())
"""errcode -> what is done about it. 0 is absent: it is no error."""
_UNKNOWN = Errcode(code=0, meaning_zh="未知错误码", meaning_en="unknown", retry_class="retry", most_retries=2)


def classify(errcode: int) -> Errcode:
    """Return what is done about `errcode`.

    A code we do not know is tried again twice (`most_retries`) and then taken as final: it may be a passing
    fault of a kind added after this table, and trying for ever would hide it.
    """
    return ERRCODES.get(errcode) or replace(_UNKNOWN, code=errcode)
