"""What the words of the model are called on the command line."""

from __future__ import annotations

from steward.cli.words import _

KINDS = {
    "customer": _("客户群"),
    "archived": _("会话存档"),
    "app": _("应用群"),
    "handed_in": _("手工名单"),
}
POLICIES = {"publicity": _("宣传群"), "exchange": _("交流群"), "work": _("工作群")}
AUDIENCES = {"staff": _("员工"), "customers": _("客户")}
MEMBER_KINDS = {"staff": _("员工"), "external": _("外部")}
GROUP_STATES = {"active": _("可读"), "unreadable": _("读不到"), "gone": _("已解散")}
PEOPLE_STATES = {
    "active": _("在职"),
    "disabled": _("停用"),
    "not_activated": _("未激活"),
    "left": _("离职"),
}
RUN_STATES = {
    "running": _("运行中"),
    "ok": _("完成"),
    "partial": _("部分完成"),
    "nothing": _("没有要做的"),
    "failed": _("失败"),
}
DELIVERY_STATES = {
    "pending": _("待发送"),
    "sending": _("发送中"),
    "sent": _("已发送"),
    "unknown": _("不确定是否送达"),
    "dead": _("已放弃"),
    "expired": _("已过期"),
    "cancelled": _("已取消"),
}
OUTCOMES = {
    "accepted": _("企业微信已接收"),
    "refused": _("被拒绝"),
    "not_sent": _("没有发出"),
    "unknown": _("没有回音，可能已送达"),
}
