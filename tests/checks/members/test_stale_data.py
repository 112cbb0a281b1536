from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from steward.checks.members import stale_data
from steward.model.finding import Finding
from tests.checks.make import NOW, make_company, make_facts, make_params, make_source


def found(*sources: Any) -> list[Finding]:
    return list(stale_data.run(make_company(), sources, make_params()))


def found_in_group(stale_sources: frozenset[str] = frozenset(), **group: Any) -> list[Finding]:
    params = make_params(stale_sources=stale_sources)
    return list(stale_data.run_group(make_facts(None, **group), make_company(), params))


def test_a_refused_source_is_found_with_its_remedy() -> None:
    refused = make_source(
        good_at=NOW - timedelta(hours=37),
        tried_at=NOW,
        errcode=60020,
        detail="not allow to access",
        remedy="加入可信IP",
    )
    assert found(make_source("users"), refused) == [
        Finding(
            check_id="stale_data",
            clause="C6",
            severity="medium",
            chat_id=None,
            subject_id="customer_groups",
            observed="2026-11-18T11:13:00+00:00",
            evidence={
                "good_at": "2026-11-18T11:13:00+00:00",
                "tried_at": "2026-11-20T00:13:00+00:00",
                "errcode": 60020,
                "detail": "not allow to access",
                "remedy": "加入可信IP",
                "limit_s": 36 * 3600,
            },
            actor="admin",
        )
    ]


def test_a_source_that_was_never_good_is_found_as_such() -> None:
    [finding] = found(make_source(good_at=None))
    assert (finding.observed, finding.evidence["good_at"]) == ("", None)


def test_nothing_is_said_when_a_source_is_just_young_enough() -> None:
    assert found(make_source(good_at=NOW - timedelta(hours=36), errcode=-1)) == []


def test_no_source_is_no_finding() -> None:
    assert found() == []


def test_a_roster_handed_in_is_judged_as_its_groups_and_not_as_a_source() -> None:
    assert found(make_source("roster:room1", good_at=None)) == []


def test_a_group_with_an_old_roster_is_found_for_the_admin() -> None:
    assert found_in_group(members_as_of=NOW - timedelta(hours=37)) == [
        Finding(
            check_id="stale_data",
            clause="C6",
            severity="medium",
            chat_id="room1",
            subject_id="room1",
            subject_name="财务群",
            department_id=2,
            observed="2026-11-18T11:13:00+00:00",
            evidence={
                "group_kind": "archived",
                "members_as_of": "2026-11-18T11:13:00+00:00",
                "reason": None,
                "limit_s": 36 * 3600,
            },
            actor="admin",
        )
    ]


def test_an_unreadable_group_is_found_at_once_when_its_source_is_fine() -> None:
    [finding] = found_in_group(status="unreadable", unreadable_reason="301059")
    assert finding.evidence["reason"] == "301059"


def test_a_roster_never_read_is_as_old_as_the_group() -> None:
    assert found_in_group(members_as_of=None, first_seen_at=NOW - timedelta(hours=1)) == []
    [finding] = found_in_group(members_as_of=None, first_seen_at=NOW - timedelta(days=2))
    assert finding.observed == ""


@pytest.mark.parametrize(("days", "actors"), [(6, []), (8, ["owner"])])
def test_a_handed_in_roster_has_a_week_and_is_its_owners_to_renew(days: int, actors: list[str]) -> None:
    findings = found_in_group(kind="handed_in", members_as_of=NOW - timedelta(days=days))
    assert [finding.actor for finding in findings] == actors


@pytest.mark.parametrize(
    ("kind", "source"),
    [("customer", "customer_groups"), ("archived", "archived_rooms"), ("app", "app_chats")],
)
def test_groups_are_silent_when_their_source_is_dead_and_speak_when_another_is(
    kind: str, source: str
) -> None:
    old: dict[str, Any] = {"kind": kind, "members_as_of": NOW - timedelta(days=9), "status": "unreadable"}
    assert found_in_group(frozenset({source}), **old) == []
    assert len(found_in_group(frozenset({"users"}), **old)) == 1
