from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.head_reminder import HeadFacts, build
from tests.reports.golden import assert_golden
from tests.reports.sample import DEPARTMENTS, EMPLOYEES, ZONE, at, make_tracked


def make_head(**over: Any) -> HeadFacts:
    asked = {"stage": "owner", "stage_at": at(18, 8, 52), "asked_at": at(18, 8, 52)}
    values: dict[str, Any] = {
        "head_userid": "zhangwei",
        "department_name": "华东事业部",
        "findings": [
            make_tracked("non_employee", 1, **asked),
            make_tracked("no_liaison", 2, group_name="客户售后群", about={"chat_id": "wr-2"}, **asked),
        ],
        "deadline_at": at(23, 18, 0),
        "now": at(20, 8, 52),
        "zone": ZONE,
        "lang": "zh",
        "employees": EMPLOYEES,
        "departments": DEPARTMENTS,
    }
    return HeadFacts(**{**values, **over})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_message_says_exactly_this_to_a_head(lang: str) -> None:
    ask = build(make_head(lang=lang))
    assert ask is not None
    assert_golden(f"head_reminder.{lang}.md", ask.text)
    assert ask.finding_ids == (1, 2)


def test_the_owner_is_said_as_unknown_when_nobody_knows_him() -> None:
    facts = make_head()
    ask = build(replace(facts, findings=[replace(facts.findings[0], owner_userid=None)]))
    assert ask is not None
    assert "群主未知" in ask.text


def test_nothing_is_sent_when_nothing_is_left() -> None:
    assert build(make_head(findings=())) is None
