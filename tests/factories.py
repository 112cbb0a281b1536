"""Records with defaults. A test names what it is about and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from steward.model.delivery import Delivery
from steward.model.directory import Company, Department, DirectorySnapshot, Employee
from steward.model.finding import Finding
from steward.model.group import Group, GroupListing, Member, Roster
from steward.model.settings import Settings
from steward.model.source import SourceState

NOW = datetime(2026, 11, 18, 0, 13, tzinfo=UTC)
"""Wednesday, 08:13 in Shanghai."""
DAY = timedelta(days=1)


def make_department(number: int = 2, name: str | None = "财务部", **over: Any) -> Department:
    return Department(**{"id": number, "name": name, "parent_id": 1 if number != 1 else None, **over})


def make_employee(userid: str = "zhangsan", **over: Any) -> Employee:
    defaults: dict[str, Any] = {"name": "张三", "department_ids": (2,), "main_department_id": 2}
    return Employee(userid=userid, **{**defaults, **over})


def make_directory(
    employees: Iterable[Employee | str] = ("zhangsan",),
    departments: Iterable[Department] | None = None,
    **over: Any,
) -> DirectorySnapshot:
    people = (make_employee(one) if isinstance(one, str) else one for one in employees)
    found = (make_department(1, "云杉科技"), make_department()) if departments is None else departments
    defaults: dict[str, Any] = {"source": "wecom", "complete": True, "seen_at": NOW}
    return DirectorySnapshot(employees=tuple(people), departments=tuple(found), **{**defaults, **over})


def make_company(
    employees: Iterable[Employee | str] = ("zhangsan",),
    departments: Iterable[Department] | None = None,
    **over: Any,
) -> Company:
    snapshot = make_directory(employees, departments)
    defaults: dict[str, Any] = {"complete": True, "seen_at": NOW, "department_changes": {}}
    return Company(
        employees={one.userid: one for one in snapshot.employees},
        departments={one.id: one for one in snapshot.departments},
        **{**defaults, **over},
    )


def make_group(chat_id: str = "wr1", **over: Any) -> Group:
    defaults: dict[str, Any] = {
        "kind": "customer",
        "name": "华东项目群",
        "owner_userid": "zhangsan",
        "owner_left": False,
        "status": "active",
        "unreadable_reason": None,
        "created_at": None,
        "first_seen_at": NOW,
        "members_as_of": NOW,
        "member_count": 1,
    }
    return Group(chat_id=chat_id, **{**defaults, **over})


def make_listing(chat_id: str = "wr1", **over: Any) -> GroupListing:
    return GroupListing(**{"chat_id": chat_id, "kind": "customer", **over})


def make_member(member_id: str = "zhangsan", **over: Any) -> Member:
    return Member(**{"member_id": member_id, "kind": "staff", "nickname": "财务部张三", **over})


def make_roster(chat_id: str = "wr1", members: Iterable[Member | str] = ("zhangsan",), **over: Any) -> Roster:
    found = tuple(make_member(one) if isinstance(one, str) else one for one in members)
    defaults: dict[str, Any] = {
        "kind": "customer",
        "name": "华东项目群",
        "owner_userid": "zhangsan",
        "seen_at": NOW,
    }
    return Roster(chat_id=chat_id, members=found, **{**defaults, **over})


def make_finding(subject_id: str = "wm1", **over: Any) -> Finding:
    defaults: dict[str, Any] = {
        "check_id": "non_employee",
        "clause": "C3",
        "severity": "high",
        "chat_id": "wr1",
        "department_id": 2,
    }
    return Finding(subject_id=subject_id, **{**defaults, **over})


def make_delivery(key: str = "one", **over: Any) -> Delivery:
    defaults: dict[str, Any] = {
        "channel": "app",
        "recipient": "zhangsan",
        "body": {"msgtype": "markdown", "markdown": {"content": f"请处理 {key}"}},
        "topic": "owner_tasks",
    }
    return Delivery(idempotency_key=key, **{**defaults, **over})


def make_source(name: str = "users", **over: Any) -> SourceState:
    return SourceState(**{"name": name, "good_at": NOW, "tried_at": NOW, **over})


MINIMAL: Mapping[str, Any] = {
    "company": {
        "name": "云杉科技",
        "corp_id": "ww0123456789abcdef",
        "agents": {"app": {"agent_id": 1000002, "secret": {"env": "WECOM_APP_SECRET"}}},
    }
}


def make_settings(**sections: Any) -> Settings:
    """Return the smallest settings there are; a section given lies over its minimal one, key by key."""
    raw = {name: dict(section) for name, section in MINIMAL.items()}
    for name, section in sections.items():
        raw[name] = {**raw.get(name, {}), **section}
    return Settings.model_validate(raw)
