from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.daily_digest import DigestFacts, Figures, build, to_message
from reports.fitting import APP_LIMIT_BYTES, BOT_LIMIT_BYTES, size_bytes
from steward.model.source import BlindSpot
from tests.reports import sample
from tests.reports.golden import assert_golden
from tests.reports.sample import (
    at,
    believable_day,
    clean_day,
    first_day,
    make_facts,
    make_tracked,
    refused_day,
)

DAYS = {"believable": believable_day, "clean": clean_day, "first": first_day, "refused": refused_day}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", DAYS)
def test_the_message_says_exactly_this_on_a_known_day(name: str, lang: str) -> None:
    message = to_message(build(DAYS[name](lang=lang)))
    assert_golden(f"daily_digest.{name}.{lang}.md", message)


@pytest.mark.parametrize("make", DAYS.values())
def test_blind_spots_are_said_whatever_the_day(make: Callable[[], DigestFacts]) -> None:
    assert "看不到的" in to_message(build(make()))


names = st.text(st.characters(codec="utf-8"), max_size=300)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from([*sample.BY_ID, "retired"]), names, names, names), max_size=30),
    st.lists(st.tuples(names, names), max_size=12),
    st.sampled_from([APP_LIMIT_BYTES, BOT_LIMIT_BYTES, 300]),
    st.sampled_from(["zh", "en"]),
)
def test_the_message_keeps_its_limit_whatever_people_wrote(
    found: list[tuple[str, str, str, str]], blind: list[tuple[str, str]], limit: int, lang: str
) -> None:
    open_ = [
        make_tracked(
            check_id,
            number,
            about={"chat_id": f"g{number}", "subject_name": name, "observed": seen, "actor": "hr"},
            group_name=group,
        )
        for number, (check_id, group, name, seen) in enumerate(found)
    ]
    spots = tuple(
        BlindSpot(kind="source_refused", subject=subject, detail=detail) for subject, detail in blind
    )
    message = to_message(build(make_facts(open=open_, new=open_, blind_spots=spots, lang=lang)), limit)
    assert size_bytes(message) <= limit
    assert "<@" not in message


def test_the_verdict_is_clean_only_when_everything_was_checked() -> None:
    checked = {check.id: 312 for check in sample.CHECKS}
    assert build(make_facts(checks_run=checked)).verdict.state == "clean"
    assert build(make_facts(checks_run={**checked, "nickname": 0})).verdict.state == "partly_checked"
    assert build(make_facts(checks_run={})).verdict.state == "not_checked"
    assert build(make_facts(group_count=0)).verdict.state == "not_checked"


def test_checks_that_did_not_run_are_named_when_the_rest_found_nothing() -> None:
    report = build(
        make_facts(checks_run={check.id: 0 if check.id == "nickname" else 5 for check in sample.CHECKS})
    )
    assert "**没有完成的检查**：群昵称" in to_message(report)


def test_new_and_closed_are_unknown_when_no_check_ran() -> None:
    current = build(make_facts(checks_run={})).current
    assert (current.new_count, current.resolved_count) == (None, None)


def test_new_of_one_kind_is_unknown_when_its_check_did_not_run() -> None:
    report = build(make_facts(open=[make_tracked("nickname")], checks_run={"no_liaison": 9}))
    assert [(line.open_count, line.new_count) for line in report.kinds] == [(1, None)]


def test_unknown_members_have_no_change_and_are_said_as_unknown() -> None:
    report = build(make_facts(member_count=None))
    assert report.figure("members").delta is None
    assert "成员 未知  " in to_message(report).replace("\n", "  ")


def test_figures_come_back_as_they_were_when_stored_as_json() -> None:
    figures = Figures(group_count=3, member_count=None, new_count=1, resolved_count=0, open_count=2)
    assert Figures.from_json(json.loads(json.dumps(figures.to_json()))) == figures


def test_stored_figures_are_refused_with_the_name_when_one_is_missing() -> None:
    with pytest.raises(ValueError, match="open_count"):
        Figures.from_json({"group_count": 1, "member_count": 1, "new_count": 1, "resolved_count": 1})


@pytest.mark.parametrize(
    ("over", "about", "why"),
    [
        ({"stage": "hr"}, {}, "escalated"),
        ({}, {"removable": True}, "remove"),
        ({}, {"actor": "hr"}, "hr"),
        ({}, {"actor": "admin"}, "admin"),
        ({"first_seen_at": at(12)}, {"severity": "high"}, "old"),
    ],
)
def test_a_finding_is_for_hr_when_nobody_else_is_at_it(
    over: dict[str, Any], about: dict[str, Any], why: str
) -> None:
    report = build(make_facts(open=[make_tracked("nickname", about=about, **over)]))
    assert [task.why for task in report.tasks] == [why]


@pytest.mark.parametrize(
    ("over", "about"),
    [({}, {"severity": "high"}), ({"stage": "head"}, {}), ({"first_seen_at": at(2)}, {"severity": "low"})],
)
def test_a_finding_is_not_for_hr_while_owner_or_head_are_at_it(
    over: dict[str, Any], about: dict[str, Any]
) -> None:
    assert build(make_facts(open=[make_tracked("nickname", about=about, **over)])).tasks == ()


def test_people_of_one_group_are_one_line_when_the_same_was_found() -> None:
    open_ = [make_tracked("non_employee", n, stage="hr", about={"subject_id": f"wm-{n}"}) for n in (1, 2, 3)]
    assert [task.bundle.count for task in build(make_facts(open=open_)).tasks] == [3]


def test_departments_stand_in_the_companys_order_and_unknown_ones_last() -> None:
    ids = (5, None, 3, 3, 2)
    open_ = [make_tracked("nickname", n, about={"department_id": id_}) for n, id_ in enumerate(ids)]
    report = build(make_facts(open=open_))
    assert [(line.name, line.open_count) for line in report.departments] == [
        ("华东事业部", 1),
        ("研发部", 2),
        ("售后服务部", 1),
        (None, 1),
    ]
    assert report.quiet_department_count == 3


def test_a_finding_stays_readable_when_its_check_was_taken_out() -> None:
    report = build(make_facts(open=[make_tracked("no_such_check", about={"actor": "hr"})]))
    assert "no＿such＿check" in to_message(report)


def test_no_link_is_written_when_there_is_no_console() -> None:
    assert "](" not in to_message(build(believable_day()))


def test_the_consoles_link_cannot_be_broken_open_when_its_url_holds_brackets() -> None:
    facts = replace(believable_day(), console_url="https://steward.example/a)b c")
    assert "(https://steward.example/a%29b%20c)" in to_message(build(facts))
