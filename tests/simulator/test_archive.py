"""Internal groups as the archive shows them."""

from steward.simulator import Simulator
from tests.simulator.calling import Caller, rooms_of


def test_room_shows_who_joined_when_and_no_nickname(sim: Simulator, archive: Caller) -> None:
    room = rooms_of(sim, "archived")[0]
    shown = archive.post("msgaudit/groupchat/get", {"roomid": room["chat_id"]})
    assert shown["roomname"] == room["name"]
    assert shown["creator"] == room["owner"]
    assert all(set(member) == {"memberid", "jointime"} for member in shown["members"])


def test_room_is_refused_when_it_is_a_customer_group(sim: Simulator, archive: Caller) -> None:
    customer = rooms_of(sim, "customer")[0]["chat_id"]
    foreign = sim.planted["foreign_rooms"][0]
    for room_id in (customer, foreign):
        refused = archive.post("msgaudit/groupchat/get", {"roomid": room_id})
        assert (refused["errcode"], refused["members"]) == (301059, [])


def test_room_is_refused_when_it_is_unknown_or_a_chat_of_the_app(sim: Simulator, archive: Caller) -> None:
    for room_id in ("wrUnknown", rooms_of(sim, "app")[0]["chat_id"]):
        assert archive.post("msgaudit/groupchat/get", {"roomid": room_id})["errcode"] == 40050


def test_people_beyond_the_seats_are_silently_missing(sim: Simulator, archive: Caller) -> None:
    assert len(archive.post("msgaudit/get_permit_user_list")["ids"]) == 120
    sim.set_limits(archive_seats=30)
    assert len(archive.post("msgaudit/get_permit_user_list", {"type": 3})["ids"]) == 30


def test_archive_is_refused_when_service_is_off(sim: Simulator, archive: Caller) -> None:
    sim.set_limits(archive_is_enabled=False)
    assert archive.post("msgaudit/get_permit_user_list")["errcode"] == 301053
