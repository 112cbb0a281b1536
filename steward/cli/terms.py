"""What the words of the model are called on the command line."""

from __future__ import annotations

from collections.abc import Mapping

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
    "missed": _("错过"),
}
DELIVERY_STATES = {
    "held": _("待放行"),
    "pending": _("待发送"),
    "sending": _("发送中"),
    "sent": _("已发送"),
    "unknown": _("不确定是否送达"),
    "dead": _("已放弃"),
    "expired": _("已过期"),
    "cancelled": _("已取消"),
    "merged": _("已并入另一条"),
}
OUTCOMES = {
    "accepted": _("对方已接收"),
    "refused": _("被拒绝"),
    "not_sent": _("没有发出"),
    "unknown": _("没有回音，可能已送达"),
}
COUNTS = {
    "employees": _("成员"),
    "departments": _("部门"),
    "joined": _("新进"),
    "left": _("离职"),
    "returned": _("回来"),
    "department_changed": _("换部门"),
    "groups": _("群"),
    "changed_groups": _("有变化的群"),
    "new_groups": _("新见到的群"),
    "gone_groups": _("已解散的群"),
    "members": _("群成员"),
    "gone": _("退群"),
    "new": _("新发现"),
    "still_open": _("仍未了结"),
    "resolved": _("已解决"),
    "closed_findings": _("随群了结"),
    "owners_told": _("提醒群主"),
    "heads_told": _("提醒负责人"),
    "passed_to_hr": _("转 HR"),
    "reports": _("报告"),
    "messages": _("消息"),
    "sent": _("已发送"),
    "retried": _("稍后重试"),
    "expired": _("已过期"),
    "failed_sources": _("读不到的来源"),
    "failed_groups": _("读不到的群"),
    "failed_rows": _("读不懂的行"),
    "failed_dead": _("已放弃"),
    "failed_unknown": _("不确定是否送达"),
    "failed_expired": _("已过期"),
    "overtaken": _("已由别的进程处理"),
    "outbox": _("旧消息"),
    "runs": _("旧运行记录"),
    "slots": _("次"),
    "membership_events": _("旧进出记录"),
    "directory_changes": _("旧通讯录变动"),
    "findings": _("旧发现"),
}


def count_words(counts: Mapping[str, int]) -> str:
    """Return "群 24，群成员 259": what a run did, without what it did none of; "" for nothing."""
    return _("，").join(f"{COUNTS.get(name, name)} {count}" for name, count in counts.items() if count)
