from __future__ import annotations

from typing import Any

from steward.checks.observable import Observation, add_up, observe
from steward.model.group import Member
from tests.checks.make import make_company, make_employee, make_facts, make_member, make_params

MEMBERS = [
    make_member(),
    make_member("lisi", nickname=None),
    make_member("nobody", nickname="甲"),
    make_member("name:王五", nickname=None),
    make_member("wm1", kind="external", nickname=None),
]


def seen(members: list[Member] | None, company: dict[str, Any] | None = None, **group: Any) -> Observation:
    employees = [make_employee(), make_employee("lisi", name="李四")]
    made = make_company(**{"employees": employees, **(company or {})})
    return observe(make_facts(members, **group), made, make_params())


def test_what_could_not_be_seen_is_counted_by_kind() -> None:
    assert seen(MEMBERS, {"complete": False}) == Observation(
        members=5,
        nickname_not_observable=2,
        nickname_not_judged=1,
        unknown_staff=1,
        unresolved_names=1,
    )


def test_nobody_is_unknown_when_the_directory_is_complete() -> None:
    assert seen(MEMBERS).unknown_staff == 0


def test_a_nickname_is_not_judged_when_names_are_unknown() -> None:
    assert seen([make_member()], {"employees": [make_employee(name=None)]}).nickname_not_judged == 1
    assert seen([make_member()], {"departments": []}).nickname_not_judged == 1


def test_a_roster_never_read_is_unknown_and_an_empty_one_is_not() -> None:
    assert seen(None) == Observation(roster_unknown=1)
    assert seen([]) == Observation()


def test_a_group_that_is_gone_hides_nothing() -> None:
    assert seen(None, status="gone") == Observation()


def test_sums_are_of_all_groups_and_zero_for_none() -> None:
    assert add_up([seen(MEMBERS), seen(None), seen([make_member()])]) == Observation(
        members=6, nickname_not_observable=2, nickname_not_judged=1, unresolved_names=1, roster_unknown=1
    )
    assert add_up([]) == Observation()
