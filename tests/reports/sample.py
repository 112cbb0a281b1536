"""A believable company on a believable day, in plain factory functions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reports.daily_digest import DigestFacts, Figures
from steward.model.finding import Check, Finding, TrackedFinding
from steward.model.source import BlindSpot

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
BUILT_AT = datetime(2026, 11, 20, 0, 37, tzinfo=UTC)
CHECKS = (
    Check(id="non_employee", clause="C3", severity="high"),
    Check(id="former_employee", clause="C3", severity="high"),
    Check(id="nickname", clause="C4", severity="low"),
    Check(id="left_without_approval", clause="C5", severity="medium", lasting=False),
    Check(id="no_liaison", clause="A3", severity="medium"),
    Check(id="unfiled_group", clause="C1", severity="medium", actor="hr"),
    Check(id="ownerless_group", clause="C2", severity="high", actor="hr"),
    Check(id="stale_data", clause="C6", severity="medium", actor="admin"),
)
BY_ID = {check.id: check for check in CHECKS}
DEPARTMENTS = {1: "远山装备", 2: "华东事业部", 3: "研发部", 4: "财务部", 5: "售后服务部", 6: "人力行政部"}
EMPLOYEES = {
    "zhoumin": "周敏",
    "zhangwei": "张伟",
    "chenxiao": "陈晓",
    "liqing": "李青",
    "sunhao": "孙浩",
    "wangfang": "王芳",
}


def at(day: int, hour: int = 8, minute: int = 13) -> datetime:
    """Return a local moment of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def make_finding(check_id: str = "non_employee", **over: Any) -> Finding:
    check = BY_ID.get(check_id, Check(id=check_id, clause="C3", severity="low"))
    values: dict[str, Any] = {
        "check_id": check_id,
        "clause": check.clause,
        "severity": check.severity,
        "chat_id": "wr-east",
        "subject_id": "wm-1",
        "subject_name": "王立新",
        "department_id": 2,
        "lasting": check.lasting,
        "actor": check.actor,
    }
    return Finding(**{**values, **over})


def make_tracked(
    check_id: str = "non_employee", number: int = 1, *, about: Any = None, **over: Any
) -> TrackedFinding:
    """Return a tracked finding; `about` overrides the finding's own fields."""
    values: dict[str, Any] = {
        "id": number,
        "finding": make_finding(check_id, **(about or {})),
        "group_name": "华东项目群",
        "owner_userid": "zhoumin",
        "first_seen_at": at(20),
        "last_seen_at": at(20),
        "resolved_at": None,
        "stage": "found",
        "stage_at": None,
        "asked_at": None,
    }
    return TrackedFinding(**{**values, **over})


def make_facts(**over: Any) -> DigestFacts:
    values: dict[str, Any] = {
        "company_name": "远山装备有限公司",
        "day": DAY,
        "day_words": "工作日",
        "built_at": BUILT_AT,
        "zone": ZONE,
        "lang": "zh",
        "data_as_of": at(20, 8, 12),
        "group_count": 312,
        "member_count": 8406,
        "groups_by_kind": {"customer": 180, "archived": 96, "app": 24, "handed_in": 12},
        "previous": Figures(group_count=312, member_count=8394, new_count=9, resolved_count=7, open_count=24),
        "previous_day": date(2026, 11, 19),
        "open": (),
        "new": (),
        "resolved": (),
        "checks": CHECKS,
        "checks_run": {check.id: 312 for check in CHECKS},
        "blind_spots": (),
        "departments": DEPARTMENTS,
        "employees": EMPLOYEES,
        "console_url": None,
    }
    return DigestFacts(**{**values, **over})


def clean_day(**over: Any) -> DigestFacts:
    """Everything was checked and nothing found."""
    return make_facts(blind_spots=(BlindSpot(kind="nickname_not_observable", count=14),), **over)


def first_day(**over: Any) -> DigestFacts:
    """The first digest of all: many groups nobody ever filed, nobody asked yet, nothing to compare with."""
    unfiled = tuple(
        make_tracked(
            "unfiled_group",
            number,
            about={"chat_id": f"wr-{number}", "subject_id": f"wr-{number}", "subject_name": None},
            group_name=f"项目{number}组",
        )
        for number in range(1, 44)
    )
    outsiders = (
        make_tracked("non_employee", 50),
        make_tracked("non_employee", 51, about={"subject_id": "wm-2", "subject_name": "李合作"}),
    )
    found = (*unfiled, *outsiders)
    return make_facts(previous=None, previous_day=None, open=found, new=found, **over)


def refused_day(**over: Any) -> DigestFacts:
    """WeCom refused everything: nothing was read today, some findings of former days are still open."""
    return make_facts(
        data_as_of=at(18, 7, 24),
        checks_run={},
        open=(_asked(make_tracked("non_employee", 7, first_seen_at=at(17))),),
        blind_spots=(
            BlindSpot(
                kind="source_refused",
                subject="customer_groups",
                detail="60020 服务器 IP 不在“企业可信IP”",
                remedy="企业微信后台 → 应用管理 → Steward → 企业可信IP，加入 203.0.113.7",
                since=at(19),
            ),
            BlindSpot(
                kind="source_refused",
                subject="users",
                detail="48009 通讯录同步的 secret 无权读取成员详情",
                remedy="改用自建应用的 secret，并在其“可见范围”里选全公司",
                since=at(19),
            ),
            BlindSpot(kind="directory_partial"),
            BlindSpot(kind="job_failed", subject="sync_groups", since=at(19)),
            BlindSpot(kind="delivery_failed", count=2, detail="60011 成员不在应用可见范围"),
        ),
        **over,
    )


def believable_day(**over: Any) -> DigestFacts:
    """An ordinary Friday: a few things for HR, a few for owners, some solved."""
    open_ = (*_for_hr(), *_at_owners())
    new = tuple(t for t in open_ if t.first_seen_at.date() == DAY)
    event = make_tracked(
        "left_without_approval",
        31,
        about={"chat_id": "wr-week", "subject_id": "event-9", "subject_name": "李青", "department_id": 3},
        group_name="研发周会群",
        owner_userid="chenxiao",
    )
    return make_facts(
        open=open_,
        new=(*new, event),
        resolved=_resolved(),
        blind_spots=(
            BlindSpot(kind="nickname_not_observable", count=14),
            BlindSpot(kind="delivery_failed", count=2, detail="60011 成员不在应用可见范围", since=at(19)),
            BlindSpot(
                kind="source_stale",
                subject="archived_rooms",
                detail="停留在 11月18日 07:24",
                remedy="企业微信后台 → 管理工具 → 聊天内容存档，检查存档许可是否到期",
                since=at(18),
            ),
        ),
        checks_run={**{check.id: 312 for check in CHECKS}, "nickname": 122},
        **over,
    )


def _asked(tracked: TrackedFinding, stage: Any = "owner", day: int = 17) -> TrackedFinding:
    from dataclasses import replace

    return replace(tracked, stage=stage, stage_at=at(day, 8, 52), asked_at=at(day, 8, 52))


def _for_hr() -> tuple[TrackedFinding, ...]:
    hr = [
        _asked(make_tracked("non_employee", 1, first_seen_at=at(16)), "hr"),
        _asked(
            make_tracked(
                "non_employee",
                2,
                about={"subject_id": "wm-2", "subject_name": "李合作（远海物流）"},
                first_seen_at=at(16),
            ),
            "hr",
        ),
    ]
    removable = make_tracked(
        "former_employee",
        3,
        about={
            "chat_id": "app-1",
            "subject_id": "hejun",
            "subject_name": "何军",
            "removable": True,
            "department_id": 5,
        },
        group_name="售后值班群",
        owner_userid="wangfang",
    )
    unfiled = make_tracked(
        "unfiled_group",
        4,
        about={"chat_id": "wr-11", "subject_id": "wr-11", "subject_name": None, "department_id": None},
        group_name="双11作战",
        owner_userid="zhangwei",
    )
    ownerless = make_tracked(
        "ownerless_group",
        5,
        about={"chat_id": "wr-fin", "subject_id": "wr-fin", "subject_name": None, "department_id": 4},
        group_name="月结对账群",
        owner_userid=None,
        first_seen_at=at(19),
    )
    return (*hr, removable, unfiled, ownerless)


def _at_owners() -> tuple[TrackedFinding, ...]:
    people = (("chenxiao", "陈晓", "陈晓🎉"), ("liqing", "李青", ""), ("sunhao", "孙浩", "浩哥"))
    names = tuple(
        _asked(
            make_tracked(
                "nickname",
                10 + index,
                about={
                    "chat_id": "wr-week",
                    "subject_id": userid,
                    "subject_name": name,
                    "observed": seen,
                    "expected": f"研发部{name}",
                    "department_id": 3,
                },
                group_name="研发周会群",
                owner_userid="chenxiao",
                first_seen_at=at(20 - index),
            ),
            day=19,
        )
        for index, (userid, name, seen) in enumerate(people)
    )
    liaison = make_tracked(
        "no_liaison",
        20,
        about={"chat_id": "wr-cust", "subject_id": "wr-cust", "subject_name": None, "department_id": 5},
        group_name="客户售后群",
        owner_userid="wangfang",
        first_seen_at=at(18),
    )
    return (*names, liaison)


def _resolved() -> tuple[TrackedFinding, ...]:
    return tuple(
        make_tracked(
            check_id,
            40 + index,
            about={"subject_id": f"s-{index}", "subject_name": name, "department_id": 2 + index % 3},
            first_seen_at=at(18),
            resolved_at=at(20) - timedelta(minutes=index),
        )
        for index, (check_id, name) in enumerate(
            (
                ("non_employee", "赵临"),
                ("non_employee", "钱途"),
                ("nickname", "孙浩"),
                ("former_employee", "郑毅"),
            )
        )
    )
