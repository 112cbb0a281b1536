"""Customer groups: listing and reading."""

from datetime import timedelta

from steward.simulator import Simulator
from tests.simulator.calling import FRIDAY, Caller, rooms_of


def _list(app: Caller, **body: object) -> dict:
    return app.post("externalcontact/groupchat/list", {"limit": 1000, **body})


def test_list_holds_every_customer_group_with_an_owner(sim: Simulator, app: Caller) -> None:
    rooms = rooms_of(sim, "customer") + rooms_of(sim, "customer", "customers")
    assert {g["chat_id"] for g in _list(app)["group_chat_list"]} == {r["chat_id"] for r in rooms}


def test_pages_add_up_to_the_list_when_limit_is_small(app: Caller) -> None:
    found: list[str] = []
    cursor = ""
    while True:
        page = _list(app, limit=3, cursor=cursor)
        assert len(page["group_chat_list"]) <= 3
        found += [g["chat_id"] for g in page["group_chat_list"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert found == [g["chat_id"] for g in _list(app)["group_chat_list"]]


def test_pages_are_short_when_the_platform_gives_less_than_asked(sim: Simulator, app: Caller) -> None:
    sim.set_limits(page_size=2)
    page = _list(app)
    assert len(page["group_chat_list"]) == 2
    assert page["next_cursor"]


def test_list_is_refused_when_limit_is_missing_or_too_large(app: Caller) -> None:
    assert app.post("externalcontact/groupchat/list", {})["errcode"] == 40058
    assert _list(app, limit=1001)["errcode"] == 40058


def test_list_is_refused_when_cursor_is_made_up(app: Caller) -> None:
    assert _list(app, cursor="r9FqSqsI8fg")["errcode"] == 50100


def test_only_groups_of_named_owners_are_listed_when_filtered(sim: Simulator, app: Caller) -> None:
    owner = rooms_of(sim, "customer")[0]["owner"]
    listed = _list(app, owner_filter={"userid_list": [owner]})["group_chat_list"]
    owned = [r["chat_id"] for r in sim.rooms() if r["owner"] == owner and r["kind"] == "customer"]
    assert [g["chat_id"] for g in listed] == owned


def test_list_is_refused_when_more_than_100_owners_are_named(app: Caller) -> None:
    assert _list(app, owner_filter={"userid_list": [f"u{n}" for n in range(101)]})["errcode"] == 40058


def test_list_needs_owners_when_more_than_1000_people_are_in_range(sim: Simulator, app: Caller) -> None:
    sim.set_limits(people_without_owner_filter=100)
    owner = rooms_of(sim, "customer")[0]["owner"]
    assert _list(app)["errcode"] == 81017
    assert _list(app, owner_filter={"userid_list": [owner]})["errcode"] == 0


def test_group_of_a_leaver_is_listed_only_when_the_leaver_is_named() -> None:
    with _year_later() as sim:
        app = Caller(sim)
        customers = {r["chat_id"] for r in sim.rooms() if r["kind"] == "customer"}
        chat_id, owner = next(pair for pair in sim.planted["ownerless_groups"] if pair[0] in customers)
        everything = app.post("externalcontact/groupchat/list", {"limit": 1000})["group_chat_list"]
        named = _list(app, owner_filter={"userid_list": [owner]})["group_chat_list"]
        app.close()
    assert chat_id not in {g["chat_id"] for g in everything}
    assert {"chat_id": chat_id, "status": 1} in named


def _year_later() -> Simulator:
    """A company in which a customer group has just lost its owner."""
    sim = Simulator(seed=7, people=300, groups=120, now=FRIDAY)
    for day in range(1, 120):
        sim.set_now(FRIDAY + timedelta(days=day))
        customers = {r["chat_id"] for r in sim.rooms() if r["kind"] == "customer"}
        if any(chat_id in customers for chat_id, _ in sim.planted["ownerless_groups"]):
            return sim
    raise AssertionError("no owner of a customer group left in 120 days")


def test_names_are_shown_only_when_asked_for(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "customer")[0]["chat_id"]
    bare = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]
    named = app.post("externalcontact/groupchat/get", {"chat_id": chat_id, "need_name": 1})["group_chat"]
    assert "name" not in bare["member_list"][0]
    assert named["member_list"][0]["name"]


def test_staff_and_outsiders_are_told_apart_in_a_group(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "customer", "customers")[0]["chat_id"]
    members = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]["member_list"]
    assert {m["type"] for m in members} == {1, 2}
    assert all(m["userid"][:2] in ("wm", "wo") for m in members if m["type"] == 2)
    assert all(m.get("invitor") for m in members[1:] if m["type"] == 1 and m["join_scene"] == 1)


def test_member_version_changes_when_a_member_leaves(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "customer")[0]["chat_id"]
    before = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]
    sim.empty_group(chat_id)
    after = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]
    assert after["member_list"] == []
    assert after["member_version"] != before["member_version"]


def test_group_is_refused_by_the_reason_when_it_cannot_be_read(sim: Simulator, app: Caller) -> None:
    dismissed = rooms_of(sim, "customer")[0]["chat_id"]
    sim.dismiss_group(dismissed)
    asked = {
        40050: "wrUnknown",
        90501: rooms_of(sim, "archived")[0]["chat_id"],
        92002: sim.planted["foreign_rooms"][0],
        49008: dismissed,
    }
    for errcode, chat_id in asked.items():
        assert app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["errcode"] == errcode


def test_every_owner_may_deal_with_customers(sim: Simulator, app: Caller) -> None:
    owners = {r["owner"] for r in sim.rooms() if r["kind"] == "customer"}
    assert owners <= set(app.get("externalcontact/get_follow_user_list")["follow_user"])


def test_outsider_is_shown_when_a_colleague_invited_them(sim: Simulator, app: Caller) -> None:
    chat_id = rooms_of(sim, "customer", "customers")[0]["chat_id"]
    members = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]["member_list"]
    invited = next(m for m in members if m["type"] == 2 and "invitor" in m)
    contact = app.get("externalcontact/get", external_userid=invited["userid"])
    assert contact["follow_user"][0]["userid"] == invited["invitor"]["userid"]
    assert app.get("externalcontact/get", external_userid="wmNobody")["errcode"] == 84061
