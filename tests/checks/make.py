"""Facts with defaults: a company of two departments, a group of the work policy, one good employee in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from steward.checks import all_checks
from steward.checks.params import Params
from steward.model.directory import Company, Department, Employee
from steward.model.group import Assignment, Departure, Group, GroupFacts, Member
from steward.model.settings.groups import Nickname
from steward.model.settings.policies import Policy
from steward.model.source import SourceState

NOW = datetime(2026, 11, 20, 0, 13, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NASTY_NAMES = (
    "🎉",
    "*财务部*张三",
    "\u202e三张部务财",
    "=HYPERLINK(1)",
    "<font color='warning'>财务部张三",
    "a\x00b",
)


def make_department(number: int, name: str | None, parent_id: int | None = 1) -> Department:
    return Department(id=number, name=name, parent_id=parent_id)


def make_employee(userid: str = "zhangsan", **over: Any) -> Employee:
    defaults: dict[str, Any] = {"name": "张三", "department_ids": (2,), "main_department_id": 2}
    return Employee(userid=userid, **{**defaults, **over})


def make_company(
    employees: Iterable[Employee] | None = None, departments: Iterable[Department] | None = None, **over: Any
) -> Company:
    if departments is None:
        departments = (
            make_department(1, "云杉科技", None),
            make_department(2, "财务部"),
            make_department(3, "研发部"),
        )
    people = [make_employee()] if employees is None else employees
    defaults: dict[str, Any] = {"complete": True, "seen_at": NOW, "department_changes": {}}
    return Company(
        employees={person.userid: person for person in people},
        departments={department.id: department for department in departments},
        **{**defaults, **over},
    )


def make_member(member_id: str = "zhangsan", **over: Any) -> Member:
    return Member(**{"member_id": member_id, "kind": "staff", "nickname": "财务部张三", **over})


def make_group(**over: Any) -> Group:
    defaults: dict[str, Any] = {
        "chat_id": "room1",
        "kind": "archived",
        "name": "财务群",
        "owner_userid": "zhangsan",
        "owner_left": False,
        "status": "active",
        "unreadable_reason": None,
        "created_at": None,
        "first_seen_at": NOW - timedelta(days=30),
        "members_as_of": NOW - timedelta(hours=1),
        "member_count": 1,
    }
    return Group(**{**defaults, **over})


def make_assignment(**over: Any) -> Assignment:
    defaults: dict[str, Any] = {
        "policy": "work",
        "audience": "staff",
        "department_id": 2,
        "liaison_userid": "zhangsan",
        "filed_on": date(2026, 1, 5),
    }
    return Assignment(**{**defaults, **over})


def make_facts(
    members: Iterable[Member] | None = (),
    departures: Iterable[Departure] = (),
    assignment: Assignment | None = None,
    **group: Any,
) -> GroupFacts:
    return GroupFacts(
        group=make_group(**group),
        assignment=assignment or make_assignment(),
        members=None if members is None else tuple(members),
        departures=tuple(departures),
    )


def make_departure(member: Member | None = None, **over: Any) -> Departure:
    defaults: dict[str, Any] = {
        "event_id": 7,
        "last_seen_at": NOW - timedelta(days=1),
        "gone_at": NOW - timedelta(hours=1),
        "approved": False,
    }
    return Departure(member=member or make_member(), **{**defaults, **over})


def make_source(name: str = "customer_groups", **over: Any) -> SourceState:
    defaults: dict[str, Any] = {"good_at": NOW - timedelta(hours=1), "tried_at": NOW - timedelta(hours=1)}
    return SourceState(name=name, **{**defaults, **over})


def make_params(**over: Any) -> Params:
    defaults: dict[str, Any] = {
        "policy": Policy(),
        "checks": tuple(all_checks()),
        "nickname": Nickname(),
        "now": NOW,
        "zone": SHANGHAI,
        "source_stale_after": timedelta(hours=36),
    }
    return Params(**{**defaults, **over})
