"""Many groups: each as far as it can be read, and what concerns all of them said once."""

from __future__ import annotations

import pytest

from steward.model.group import GroupListing, Roster
from steward.wecom.errors import NoAnswer, Refused, TooOften, WeComError
from steward.wecom.rosters import UnreadableGroup, read_rosters
from tests.wecom.making import NOW, closed_port_url, make_client
from tests.wecom.replay import Answer, Asked, Raw, Replay

CUSTOMER, APP, ARCHIVED = "externalcontact/groupchat/get", "appchat/get", "msgaudit/groupchat/get"
GROUP = {
    "errcode": 0,
    "group_chat": {"name": "群", "owner": "a", "member_list": [{"userid": "a", "type": 1}]},
}
CHAT = {"errcode": 0, "chat_info": {"chatid": "c", "name": "n", "owner": "a", "userlist": ["a"]}}
ROOM = {"errcode": 0, "roomname": "r", "creator": "a", "members": [{"memberid": "woX", "jointime": 1}]}


def listing(chat_id: str, kind: str = "customer", owner_left: bool = False) -> GroupListing:
    return GroupListing(chat_id=chat_id, kind=kind, owner_left=owner_left)  # type: ignore[arg-type]


def test_every_kind_is_read_in_its_own_way_when_mixed() -> None:
    listings = [
        listing("r1", "archived"),
        listing("c1", "app"),
        listing("wr1", owner_left=True),
        listing("h1", "handed_in"),
    ]
    with Replay({CUSTOMER: GROUP, APP: CHAT, ARCHIVED: ROOM}) as server:
        found = {one.chat_id: one for one in read_rosters(make_client(server.base_url), listings, NOW)}
    rosters = {chat_id: one for chat_id, one in found.items() if isinstance(one, Roster)}
    assert {(one.chat_id, one.kind) for one in rosters.values()} == {
        ("r1", "archived"),
        ("c1", "app"),
        ("wr1", "customer"),
    }
    assert rosters["wr1"].owner_left
    assert rosters["r1"].members[0].kind == "external"
    handed_in = found["h1"]
    assert isinstance(handed_in, UnreadableGroup)
    assert "groups roster" in handed_in.reason


@pytest.mark.parametrize(
    ("errcode", "gone"),
    [(49008, True), (40050, True), (86003, True), (90501, True), (60011, False), (92002, False)],
)
def test_group_is_unreadable_with_reason_and_the_rest_is_read_when_one_is_refused(
    errcode: int, gone: bool
) -> None:
    def answer(asked: Asked) -> Answer:
        return {"errcode": errcode, "errmsg": "no"} if asked.json["chat_id"] == "wr2" else GROUP

    with Replay({CUSTOMER: answer}) as server:
        client = make_client(server.base_url)
        one, two, three = read_rosters(client, [listing("wr1"), listing("wr2"), listing("wr3")], NOW)
    assert isinstance(one, Roster)
    assert isinstance(three, Roster)
    assert isinstance(two, UnreadableGroup)
    assert (two.errcode, two.gone) == (errcode, gone)
    assert str(errcode) in two.reason


def test_unreadable_group_says_the_field_when_its_answer_lacks_one() -> None:
    with Replay({CUSTOMER: {"errcode": 0}}) as server:
        (only,) = read_rosters(make_client(server.base_url), [listing("wr1")], NOW)
    assert isinstance(only, UnreadableGroup)
    assert "group_chat" in only.reason
    assert not only.gone


@pytest.mark.parametrize("errcode", [60020, 40001, 48001, 50003])
def test_refusal_of_all_is_raised_soon_when_every_group_would_meet_it(errcode: int) -> None:
    with Replay({CUSTOMER: {"errcode": errcode, "errmsg": "no"}}) as server:
        client = make_client(server.base_url)
        with pytest.raises(Refused, match=str(errcode)):
            list(read_rosters(client, [listing(f"wr{n}") for n in range(500)], NOW))
    assert len(server.asked_of(CUSTOMER)) < 60


def test_hour_limit_is_raised_soon_when_met() -> None:
    with Replay({CUSTOMER: {"errcode": 45009, "errmsg": "hourly freq limit"}}) as server:
        client = make_client(server.base_url)
        with pytest.raises(TooOften):
            list(read_rosters(client, [listing(f"wr{n}") for n in range(500)], NOW))
    assert len(server.asked_of(CUSTOMER)) < 60


def test_silence_is_raised_soon_when_nobody_answers() -> None:
    with pytest.raises(NoAnswer):
        list(read_rosters(make_client(closed_port_url()), [listing(f"wr{n}") for n in range(500)], NOW))


@pytest.mark.parametrize("fault", [Raw(cut="before"), Raw(b"<html>"), {"errcode": -1}])
def test_want_of_answers_is_raised_soon_when_it_goes_on_after_some_groups(fault: Answer) -> None:
    read: list[Roster | UnreadableGroup] = []
    with Replay({CUSTOMER: [*[GROUP] * 30, fault]}) as server:
        rosters = read_rosters(make_client(server.base_url), [listing(f"wr{n}") for n in range(500)], NOW)
        with pytest.raises(WeComError):
            read.extend(rosters)
    assert sum(isinstance(one, Roster) for one in read) == 30
    assert len(read) < 60


def test_groups_of_the_other_secret_are_read_first_when_the_archive_is_refused() -> None:
    refused = {"errcode": 301053, "errmsg": "archive not enabled"}
    listings = [listing("r1", "archived"), listing("wr1"), listing("wr2")]
    read: list[Roster | UnreadableGroup] = []
    with Replay({CUSTOMER: GROUP, ARCHIVED: refused}) as server:
        rosters = read_rosters(make_client(server.base_url), listings, NOW)
        with pytest.raises(Refused, match="301053"):
            read.extend(rosters)
    assert [one.chat_id for one in read] == ["wr1", "wr2"]


def test_skipped_rows_are_told_by_group_when_read() -> None:
    problems: list[str] = []
    bad = {"group_chat": {"member_list": [{"userid": "a"}, {}]}}
    with Replay({CUSTOMER: bad}) as server:
        list(read_rosters(make_client(server.base_url), [listing("wr1"), listing("wr2")], NOW, problems))
    assert len(problems) == 2


def test_app_chat_is_unreadable_alone_when_another_app_made_it() -> None:
    def answer(asked: Asked) -> Answer:
        return {"errcode": 48002, "errmsg": "api forbidden"} if asked.query["chatid"] == "c1" else CHAT

    with Replay({APP: answer}) as server:
        found = list(
            read_rosters(make_client(server.base_url), [listing("c1", "app"), listing("c2", "app")], NOW)
        )
    assert [type(one) for one in found] == [UnreadableGroup, Roster]
