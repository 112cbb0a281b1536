from __future__ import annotations

from datetime import timedelta
from typing import Any

from steward.checks.sources import relevant_sources
from steward.model.settings import Settings
from tests.checks.make import NOW, make_source

BEFORE = NOW - timedelta(days=3)


def names(*sources: Any, kinds: tuple[str, ...] = (), **groups: Any) -> list[str]:
    company = {
        "name": "云杉科技",
        "corp_id": "ww1",
        "agents": {"app": {"agent_id": 1, "secret": {"env": "S"}}},
    }
    settings = Settings.model_validate({"company": {**company, "corp_id": "ww1234"}, "groups": groups})
    return [source.name for source in relevant_sources(sources, settings, kinds, NOW)]


def test_kinds_of_groups_that_are_switched_off_or_absent_do_not_matter() -> None:
    sources = [make_source(name) for name in ("customer_groups", "archived_rooms", "app_chats")]
    assert names(*sources, kinds=("app",)) == ["app_chats", "customer_groups"]
    assert names(*sources, kinds=("app", "customer"), customer_groups=False) == ["app_chats"]


def test_way_into_the_directory_that_the_last_pull_did_not_need_does_not_matter() -> None:
    old = make_source("user_ids", good_at=BEFORE, tried_at=BEFORE)
    assert names(make_source("departments"), make_source("users"), old) == ["departments", "users"]


def test_fresh_employee_list_stands_in_for_a_refused_directory() -> None:
    refused = make_source("users", good_at=None, errcode=48009, detail="refused")
    file = make_source("directory_file", good_at=BEFORE, tried_at=BEFORE)
    assert names(refused, file) == []


def test_old_employee_list_matters_only_while_wecom_shows_nobody() -> None:
    month_ago = NOW - timedelta(days=30)
    file = make_source("directory_file", good_at=month_ago, tried_at=month_ago)
    refused = make_source("users", good_at=None, errcode=48009, detail="refused")
    assert names(refused, file) == ["directory_file", "users"]
    shown = make_source("users", good_at=NOW, tried_at=NOW)
    assert names(shown, file) == ["users"]
