"""Chats of the application."""

from datetime import timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import FRIDAY, Caller, rooms_of


@pytest.fixture
def people(app: Caller) -> list[str]:
    return [u["userid"] for u in app.get("user/simplelist", department_id=2)["userlist"]]


def _create(app: Caller, people: list[str], **over: object) -> dict:
    return app.post("appchat/create", {"name": "试验群", "owner": people[0], "userlist": people, **over})


def test_chat_is_readable_and_listed_when_created(sim: Simulator, app: Caller, people: list[str]) -> None:
    chat_id = _create(app, people)["chatid"]
    info = app.get("appchat/get", chatid=chat_id)["chat_info"]
    assert info == {
        "chatid": chat_id,
        "name": "试验群",
        "owner": people[0],
        "userlist": people,
        "chat_type": 0,
    }
    assert chat_id in {room["chat_id"] for room in rooms_of(sim, "app")}


def test_chat_gets_the_id_asked_for(app: Caller, people: list[str]) -> None:
    assert _create(app, people, chatid="ROOM1")["chatid"] == "ROOM1"


@pytest.mark.parametrize(
    ("over", "errcode"),
    [
        ({"chatid": "bad id!"}, 86001),
        ({"owner": "nobody"}, 86005),
        ({"userlist": []}, 86204),
        ({"userlist": ["nobody", "noone"]}, 86216),
    ],
)
def test_chat_is_refused_when_a_field_is_wrong(
    app: Caller, people: list[str], over: dict[str, object], errcode: int
) -> None:
    assert _create(app, people, **over)["errcode"] == errcode


def test_chat_is_refused_when_it_has_one_member_or_a_stranger_for_owner(
    app: Caller, people: list[str]
) -> None:
    assert _create(app, people[:1])["errcode"] == 86006
    assert _create(app, people[1:], owner=people[0])["errcode"] == 86207


def test_chat_is_refused_when_its_id_exists(app: Caller, people: list[str]) -> None:
    _create(app, people, chatid="ROOM1")
    assert _create(app, people, chatid="ROOM1")["errcode"] == 86215


def test_name_is_cut_when_longer_than_50_characters(app: Caller, people: list[str]) -> None:
    chat_id = _create(app, people, name="群" * 60)["chatid"]
    assert app.get("appchat/get", chatid=chat_id)["chat_info"]["name"] == "群" * 50


def test_members_change_when_chat_is_updated(app: Caller, people: list[str]) -> None:
    chat_id = _create(app, people[:3])["chatid"]
    change = {"chatid": chat_id, "name": "新名", "add_user_list": people[3:4], "del_user_list": [people[1]]}
    assert app.post("appchat/update", change)["errcode"] == 0
    info = app.get("appchat/get", chatid=chat_id)["chat_info"]
    assert (info["name"], info["userlist"]) == ("新名", [people[0], people[2], people[3]])


def test_former_employee_can_be_removed_from_a_chat() -> None:
    with Simulator(seed=7, people=600, groups=60, now=FRIDAY) as sim:
        app = Caller(sim)
        chats = {room["chat_id"] for room in rooms_of(sim, "app")}
        chat_id, userid = next(pair for pair in sim.planted["former_employees"] if pair[0] in chats)
        assert app.post("appchat/update", {"chatid": chat_id, "del_user_list": [userid]})["errcode"] == 0
        assert (chat_id, userid) not in sim.planted["former_employees"]
        app.close()


def test_update_is_refused_when_owner_would_go_or_member_is_unknown(app: Caller, people: list[str]) -> None:
    chat_id = _create(app, people[:3])["chatid"]
    assert app.post("appchat/update", {"chatid": chat_id, "del_user_list": [people[0]]})["errcode"] == 86005
    assert app.post("appchat/update", {"chatid": chat_id, "del_user_list": [people[4]]})["errcode"] == 86216
    change = {"chatid": chat_id, "del_user_list": [people[0]], "owner": people[1]}
    assert app.post("appchat/update", change)["errcode"] == 0


def test_chat_is_refused_when_it_is_unknown_or_not_the_apps(sim: Simulator, app: Caller) -> None:
    assert app.get("appchat/get", chatid="nothing")["errcode"] == 86003
    assert app.get("appchat/get", chatid=rooms_of(sim, "archived")[0]["chat_id"])["errcode"] == 86008


def test_chats_are_refused_when_app_does_not_see_the_root(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    sim.set_limits(visible_departments=[2])
    assert _create(app, people)["errcode"] == 60011


def test_message_arrives_in_the_chat_when_sent(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "app")[0]["chat_id"]
    body = {"chatid": chat_id, "msgtype": "markdown", "markdown": {"content": "**日报**"}}
    answer = app.post("appchat/send", body)
    assert answer == {"errcode": 0, "errmsg": "ok"}
    assert [(m["endpoint"], m["to"], m["body"]) for m in sim.received] == [("appchat/send", chat_id, body)]


def test_card_is_refused_in_a_chat(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "app")[0]["chat_id"]
    body = {"chatid": chat_id, "msgtype": "template_card", "template_card": {}}
    assert app.post("appchat/send", body)["errcode"] == 40008


def test_message_is_dropped_silently_when_members_got_too_many(sim: Simulator, app: Caller) -> None:
    sim.set_limits(chat_messages_per_minute=2)
    chat_id = rooms_of(sim, "app")[0]["chat_id"]
    body = {"chatid": chat_id, "msgtype": "text", "text": {"content": "x"}}
    assert [app.post("appchat/send", body)["errcode"] for _ in range(3)] == [0, 0, 0]
    assert (len(sim.received), len(sim.dropped)) == (2, 1)


def test_creation_is_refused_until_the_day_is_over_when_limit_is_reached(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    sim.set_limits(chats_per_day=1, token_lifetime_s=10**6)
    assert [_create(app, people)["errcode"] for _ in range(2)] == [0, 45009]
    sim.set_now(sim.now() + timedelta(days=1, seconds=1))
    sim.revoke_tokens()
    later = Caller(sim)
    assert _create(later, people)["errcode"] == 0
    later.close()
