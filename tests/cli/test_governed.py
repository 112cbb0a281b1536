"""Where each value that governs a group comes from: the same place `checks.assignment` took it from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from steward.checks.assignment import Assigner
from steward.cli.governed import is_stale, where_from
from steward.model.directory import Company, Department, Employee
from steward.model.group import Assignment, RegistryEntry
from steward.model.settings import Settings, parse_settings
from steward.model.settings.groups import GroupRule, Groups
from tests.cli.desk import SETTINGS
from tests.cli.test_roster import make_group

NOW = datetime(2026, 11, 20, tzinfo=UTC)
COMPANY = Company(
    employees={"wang": Employee(userid="wang", department_ids=(3,), main_department_id=3)},
    departments={
        2: Department(id=2, name="研发部", parent_id=1),
        3: Department(id=3, name="市场部", parent_id=1),
    },
    complete=True,
    seen_at=NOW,
    department_changes={},
)
BY_ID = GroupRule(chat_id="room-1", policy="publicity")
BY_NAME = GroupRule(name="研发*", policy="exchange", audience="customers", department="研发部", liaison="li")
ENTRY = RegistryEntry(chat_id="room-1", department="研发部", liaison_userid="zhao", filed_on=date(2026, 9, 1))
ENTRY_BY_NAME = RegistryEntry(name="研发群", policy="exchange", audience="customers")


def explain(
    rules: tuple[GroupRule, ...], entries: tuple[RegistryEntry, ...], **over: Any
) -> tuple[Assignment, dict[str, str]]:
    group, settings = make_group(name="研发群", **over), Groups(rules=rules)
    assignment = Assigner(settings, entries, COMPANY).assign(group)
    return assignment, where_from(group, assignment, COMPANY, settings, entries)


def test_rule_by_id_is_named_before_the_register_when_both_speak() -> None:
    assignment, places = explain((BY_NAME, BY_ID), (ENTRY, ENTRY_BY_NAME))
    assert (assignment.policy, places["policy"]) == ("publicity", "settings.toml 第 2 条规则")
    assert (assignment.liaison_userid, places["liaison"]) == ("zhao", "台账（按群ID）")
    assert (assignment.audience, places["audience"]) == ("customers", "台账（按群名称）")
    assert (assignment.department_id, places["department"]) == (2, "台账（按群ID）")


def test_rule_by_name_is_named_when_nothing_nearer_speaks() -> None:
    assignment, places = explain((BY_NAME,), ())
    assert assignment.policy == "exchange"
    assert set(places) == {"policy", "audience", "department", "liaison"}
    assert set(places.values()) == {"settings.toml 第 1 条规则"}


def test_owners_department_is_named_when_nobody_gave_one() -> None:
    assignment, places = explain((), (), owner_userid="wang")
    assert (assignment.department_id, places["department"]) == (3, "群主所在部门")


def test_places_are_absent_when_nobody_gave_a_value() -> None:
    _, places = explain((), ())
    assert places == {"policy": "settings.toml 的默认值", "audience": "settings.toml 的默认值"}


def make_settings() -> Settings:
    return parse_settings(SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr=""), file="s")


@pytest.mark.parametrize(
    ("kind", "age", "stale"),
    [
        ("customer", timedelta(hours=35), False),
        ("customer", timedelta(hours=37), True),
        ("handed_in", timedelta(days=6), False),
        ("handed_in", timedelta(days=8), True),
        ("handed_in", None, True),
    ],
)
def test_roster_is_stale_when_older_than_its_kind_allows(
    kind: Any, age: timedelta | None, stale: bool
) -> None:
    group = make_group(kind=kind, members_as_of=NOW - age if age else None)
    assignment = Assignment(policy="work", audience="staff")
    assert is_stale(group, assignment, make_settings(), NOW) is stale
