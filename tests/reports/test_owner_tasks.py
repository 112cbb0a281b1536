from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.fitting import APP_LIMIT_BYTES, size_bytes
from reports.owner_tasks import OwnerFacts, build
from tests.reports.golden import assert_golden
from tests.reports.sample import DEPARTMENTS, EMPLOYEES, ZONE, at, make_tracked


def make_owner(**over: Any) -> OwnerFacts:
    values: dict[str, Any] = {
        "owner_userid": "zhoumin",
        "findings": believable(),
        "deadline_at": at(24, 18, 0),
        "now": at(20, 8, 52),
        "zone": ZONE,
        "lang": "zh",
        "employees": EMPLOYEES,
        "departments": DEPARTMENTS,
    }
    return OwnerFacts(**{**values, **over})


def believable() -> list[Any]:
    week = {"chat_id": "wr-week"}
    return [
        make_tracked("non_employee", 1),
        make_tracked("non_employee", 2, about={"subject_id": "wm-2", "subject_name": "李合作（远海物流）"}),
        make_tracked("nickname", 3, group_name="研发周会群", about={**week, **nick("陈晓")}),
        make_tracked("no_liaison", 4, group_name="研发周会群", about={**week, "subject_id": "wr-week"}),
    ]


def nick(name: str) -> dict[str, str]:
    return {"subject_id": f"u-{name}", "subject_name": name, "observed": "小名", "expected": f"研发部{name}"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_message_says_exactly_this_to_an_owner(lang: str) -> None:
    ask = build(make_owner(lang=lang))
    assert ask is not None
    assert_golden(f"owner_tasks.{lang}.md", ask.text)
    assert ask.finding_ids == (1, 2, 3, 4)


def test_an_owner_is_not_asked_to_remove_when_the_service_could() -> None:
    assert build(make_owner(findings=[make_tracked("former_employee", about={"removable": True})])) is None


def test_an_owner_is_not_asked_when_only_hr_can_mend_it() -> None:
    assert build(make_owner(findings=[make_tracked("unfiled_group")])) is None


def test_only_so_many_nicknames_are_asked_for_at_once() -> None:
    findings = [make_tracked("nickname", n, about=nick(f"张{n}")) for n in range(1, 31)]
    ask = build(make_owner(findings=findings, ask_at_most=10))
    assert ask is not None
    assert ask.finding_ids == tuple(range(1, 11))
    assert "同类的另 20 人，之后分批提醒" in ask.text
    assert "处理 10 件" in ask.text


def test_findings_that_found_no_room_do_not_count_as_asked() -> None:
    findings = [
        make_tracked("nickname", n, group_name=f"项目{n}群", about={**nick(f"成员{n}"), "chat_id": f"g{n}"})
        for n in range(1, 60)
    ]
    ask = build(make_owner(findings=findings))
    assert ask is not None
    assert 0 < len(ask.finding_ids) < 59
    assert f"还有 {59 - len(ask.finding_ids)} 件" in ask.text


def test_somebody_is_named_even_when_many_names_are_very_long() -> None:
    findings = [
        make_tracked("non_employee", n, about={"subject_id": f"wm-{n}", "subject_name": f"{n}" + "长" * 200})
        for n in range(1, 41)
    ]
    ask = build(make_owner(findings=findings))
    assert ask is not None
    assert ask.finding_ids
    assert "等 40 人" in ask.text


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=200)), min_size=1, max_size=40))
def test_the_message_keeps_its_limit_whatever_people_wrote(people: list[tuple[str, str]]) -> None:
    findings = [
        make_tracked(
            "nickname",
            n,
            group_name=group,
            about={"chat_id": f"g{n // 3}", "subject_id": f"u{n}", "subject_name": name},
        )
        for n, (group, name) in enumerate(people)
    ]
    ask = build(make_owner(findings=findings))
    assert ask is not None
    assert size_bytes(ask.text) <= APP_LIMIT_BYTES
