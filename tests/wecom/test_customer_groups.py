"""Customer groups: batches of owners, cursors that loop, rows that are broken."""

from __future__ import annotations

from typing import Any

import pytest

from steward.model.group import Member
from steward.wecom.customer_groups import get_customer_group, list_customer_groups
from steward.wecom.errors import BadAnswer, Refused
from tests.wecom.making import NOW, make_client
from tests.wecom.replay import Answer, Asked, Replay

LIST = "externalcontact/groupchat/list"
GET = "externalcontact/groupchat/get"


def page(*chat_ids: str, cursor: str | None = None, status: int = 0) -> Answer:
    answer: dict[str, Any] = {
        "errcode": 0,
        "group_chat_list": [{"chat_id": one, "status": status} for one in chat_ids],
    }
    return answer if cursor is None else {**answer, "next_cursor": cursor}


def group(*members: object, **over: Any) -> Answer:
    chat = {
        "chat_id": "wr1",
        "name": "群",
        "owner": "Zhou",
        "create_time": 1,
        "member_list": list(members),
        **over,
    }
    return {"errcode": 0, "group_chat": chat}


def read(answer: Answer, problems: list[str] | None = None) -> tuple[Member, ...]:
    with Replay({GET: answer}) as server:
        return get_customer_group(make_client(server.base_url), "wr1", NOW, problems).members


def test_owners_are_asked_a_hundred_at_a_time_when_there_are_more() -> None:
    owners = [f"owner{number}" for number in range(250)]
    with Replay({LIST: page("wr1")}) as server:
        list_customer_groups(make_client(server.base_url), owners)
    batches = [asked.json["owner_filter"]["userid_list"] for asked in server.asked_of(LIST)]
    assert sorted(len(batch) for batch in batches) == [50, 100, 100]
    assert sorted(owner for batch in batches for owner in batch) == sorted(owners)
    assert {asked.json["limit"] for asked in server.asked_of(LIST)} == {1000}


def test_no_owner_is_named_when_none_is_known() -> None:
    with Replay({LIST: page("wr1")}) as server:
        list_customer_groups(make_client(server.base_url), [])
    assert "owner_filter" not in server.asked_of(LIST)[0].json


def test_batch_is_halved_when_wecom_finds_it_too_large() -> None:
    def answer(asked: Asked) -> Answer:
        owners = asked.json["owner_filter"]["userid_list"]
        return {"errcode": 81017, "errmsg": "too many"} if len(owners) > 30 else page(*owners)

    with Replay({LIST: answer}) as server:
        found = list_customer_groups(make_client(server.base_url), [f"o{n}" for n in range(100)])
    assert len(found) == 100


def test_refusal_is_raised_when_one_owner_is_already_too_many() -> None:
    with Replay({LIST: {"errcode": 81017, "errmsg": "x"}}) as server, pytest.raises(Refused, match="81017"):
        list_customer_groups(make_client(server.base_url), ["a"])


def test_pages_are_followed_to_the_empty_cursor_when_there_are_several() -> None:
    pages = [page("wr1", "wr2", cursor="c1"), page(cursor="c2"), page("wr3", status=1, cursor="")]
    with Replay({LIST: pages}) as server:
        found = list_customer_groups(make_client(server.base_url), ["a"])
    assert [(one.chat_id, one.owner_left) for one in found] == [("wr1", False), ("wr2", False), ("wr3", True)]
    assert [asked.json["cursor"] for asked in server.asked_of(LIST)] == ["", "c1", "c2"]


def test_paging_stops_with_a_note_when_the_cursor_repeats() -> None:
    problems: list[str] = []
    pages = [
        page("wr1", cursor="c1"),
        page("wr2", cursor="c2"),
        page("wr3", cursor="c1"),
        page("wr4", cursor="c9"),
    ]
    with Replay({LIST: pages}) as server:
        found = list_customer_groups(make_client(server.base_url), ["a"], problems)
    assert [one.chat_id for one in found] == ["wr1", "wr2", "wr3"]
    assert len(problems) == 1


def test_paging_stops_with_a_note_when_the_page_does_not_change() -> None:
    problems: list[str] = []

    def answer(asked: Asked) -> Answer:
        return page("wr1", cursor=asked.json["cursor"] + "x")

    with Replay({LIST: answer}) as server:
        list_customer_groups(make_client(server.base_url), ["a"], problems)
    assert len(server.asked_of(LIST)) == 2
    assert len(problems) == 1


def test_paging_starts_again_once_when_the_cursor_is_no_longer_known() -> None:
    bad = {"errcode": 50100, "errmsg": "invalid cursor"}
    with Replay({LIST: [page("wr1", cursor="c1"), bad, page("wr1", cursor="c2"), page("wr2")]}) as server:
        found = list_customer_groups(make_client(server.base_url), ["a"])
    assert [one.chat_id for one in found] == ["wr1", "wr2"]


def test_row_without_chat_id_is_skipped_and_told_when_listed() -> None:
    problems: list[str] = []
    with Replay({LIST: {"group_chat_list": [{"status": 0}, None, {"chat_id": "wr1"}]}}) as server:
        found = list_customer_groups(make_client(server.base_url), ["a"], problems)
    assert [one.chat_id for one in found] == ["wr1"]
    assert len(problems) == 2


def test_external_ids_keep_their_case_and_userids_do_not_when_read() -> None:
    members = read(group({"userid": "ZhangSan", "type": 1}, {"userid": "woAbC", "type": 2}))
    assert [(one.member_id, one.kind) for one in members] == [("zhangsan", "staff"), ("woAbC", "external")]


def test_kind_is_told_by_the_id_when_the_type_is_missing() -> None:
    members = read(group({"userid": "wmAbC"}, {"userid": "Li"}))
    assert [(one.member_id, one.kind) for one in members] == [("wmAbC", "external"), ("li", "staff")]


def test_nickname_is_unknown_or_unset_as_wecom_says_when_read() -> None:
    members = read(group({"userid": "a", "type": 1}, {"userid": "b", "type": 1, "group_nickname": ""}))
    assert [one.nickname for one in members] == [None, ""]


def test_names_lose_controls_and_keep_the_rest_when_read() -> None:
    odd = "\x00王\x1b[31m‮*五*👨‍👩‍👧\n=1+1\ud83d"
    (member,) = read(group({"userid": "a", "type": 1, "name": odd}))
    assert member.name == "王[31m‮*五*👨‍👩‍👧 =1+1?"


def test_bad_member_row_is_skipped_and_counted_when_the_rest_is_good() -> None:
    problems: list[str] = []
    members = read(group({"userid": "a", "type": 1}, None, {"type": 1}, {"userid": 7}), problems)
    assert len(members) == 1
    assert problems == [f"{GET} wr1: 跳过 3 行无法识别的成员"]


def test_join_time_is_unknown_when_it_makes_no_sense() -> None:
    rows = [
        {"userid": f"u{n}", "type": 1, "join_time": time} for n, time in enumerate([0, -5, "x", None, 10**15])
    ]
    assert {one.joined_at for one in read(group(*rows))} == {None}


def test_empty_group_is_read_when_it_has_no_members() -> None:
    assert read(group()) == ()


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"errcode": 0}, "group_chat"),
        ({"group_chat": None}, "group_chat"),
        ({"group_chat": {"name": "x"}}, "member_list"),
        ({"group_chat": {"member_list": {}}}, "member_list"),
        (group(None, {}), "userid"),
    ],
)
def test_answer_is_bad_and_names_the_field_when_a_needed_one_is_missing(answer: Answer, field: str) -> None:
    with pytest.raises(BadAnswer, match=GET) as bad:
        read(answer)
    assert bad.value.field == field


def test_id_asked_for_is_kept_when_the_answer_names_another() -> None:
    with Replay({GET: group(chat_id="wrOTHER")}) as server:
        assert get_customer_group(make_client(server.base_url), "wrMINE", NOW).chat_id == "wrMINE"


def test_group_is_read_without_names_when_wecom_refuses_to_name() -> None:
    def answer(asked: Asked) -> Answer:
        return {"errcode": 40058, "errmsg": "bad"} if "need_name" in asked.json else group({"userid": "a"})

    with Replay({GET: answer}) as server:
        roster = get_customer_group(make_client(server.base_url), "wr1", NOW)
    assert [one.name for one in roster.members] == [None]
