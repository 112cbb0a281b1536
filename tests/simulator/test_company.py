"""The company: the same for the same seed, believable, and with trouble in it that can be seen."""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from steward.simulator import Simulator, trouble
from steward.simulator.group_names import ODD_GROUP_NAMES
from steward.simulator.names import ODD_OUTSIDER_NAMES
from tests.simulator.calling import FRIDAY, Caller

_OTHER_PROCESS = """
import json, sys
from datetime import datetime, timedelta
from steward.simulator import Simulator
sim = Simulator(seed=7, people=120, groups=24, now=datetime.fromisoformat(sys.argv[1]))
sim.set_now(sim.now() + timedelta(days=20))
print(json.dumps([sim.rooms(), sim.planted]))
"""


def _company(seed: int = 7, people: int = 120, groups: int = 24) -> Simulator:
    return Simulator(seed=seed, people=people, groups=groups, now=FRIDAY)


def _state(sim: Simulator) -> str:
    return json.dumps([sim.rooms(), sim.planted])


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_company_is_the_same_in_another_process_when_seed_is(hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
    there = subprocess.run(
        [sys.executable, "-c", _OTHER_PROCESS, FRIDAY.isoformat()],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    here = _company()
    here.set_now(FRIDAY + timedelta(days=20))
    assert there.stdout.strip() == _state(here)


def test_company_differs_when_seed_does() -> None:
    assert _state(_company(7)) != _state(_company(8))


def test_company_is_the_same_when_time_jumps_or_goes_day_by_day() -> None:
    jumping, walking = _company(), _company()
    jumping.set_now(FRIDAY + timedelta(days=30))
    for day in range(1, 31):
        walking.set_now(FRIDAY + timedelta(days=day))
    assert _state(jumping) == _state(walking)


def test_groups_are_of_all_kinds_in_the_usual_shares() -> None:
    rooms = _company(groups=100).rooms()
    shares = {kind: sum(r["kind"] == kind for r in rooms) for kind in ("customer", "archived", "app")}
    assert shares == {"customer": 40, "archived": 40, "app": 20}
    assert {r["audience"] for r in rooms if r["kind"] == "customer"} == {"staff", "customers"}
    assert len({r["name"] for r in rooms}) == 100


@pytest.mark.parametrize(("people", "groups"), [(20, 1), (20, 12), (61, 3), (1000, 40)])
def test_company_is_built_at_any_size(people: int, groups: int) -> None:
    with _company(people=people, groups=groups) as sim:
        contacts = Caller(sim, "contacts")
        rows = contacts.post("user/list_id")["dept_user"]
        contacts.close()
    assert len({row["userid"] for row in rows}) == people
    assert len(sim.rooms()) == groups


def test_company_is_refused_when_too_small_or_time_has_no_zone() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        _company(people=19)
    with pytest.raises(ValueError, match="time zone"):
        Simulator(seed=1, people=20, groups=1, now=datetime(2026, 11, 20))  # noqa: DTZ001


def test_large_company_is_built_within_seconds() -> None:
    started = time.monotonic()
    _company(people=20_000, groups=400)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("days", [0, 30])
def test_planted_trouble_is_what_the_api_shows(days: int) -> None:
    with _company(people=400, groups=60) as sim:
        sim.set_now(FRIDAY + timedelta(days=days))
        shown = _seen_through_the_api(sim)
        planted = {key: set(sim.planted[key]) for key in shown}
    assert shown == planted
    assert all(planted[key] for key in ("outsiders", "former_employees", "bad_nicknames"))


def test_even_a_small_company_has_a_group_and_an_outsider_with_an_odd_name(sim: Simulator) -> None:
    kinds = {bool(member_id) for _, member_id in sim.planted["odd_names"]}
    assert kinds == {True, False}


def test_every_odd_name_is_known_as_odd() -> None:
    assert all(trouble.RISKY & set(name) for name in (*ODD_OUTSIDER_NAMES, *ODD_GROUP_NAMES))


def test_exactly_one_group_has_no_owner_on_the_first_day(sim: Simulator) -> None:
    assert len(sim.planted["ownerless_groups"]) == 1


def _seen_through_the_api(sim: Simulator) -> dict[str, set[tuple[str, str]]]:
    app, archive = Caller(sim), Caller(sim, "archive")
    departments = {d["id"]: d for d in app.get("department/list")["department"]}
    staff = {
        u["userid"]: u for key in departments for u in app.get("user/list", department_id=key)["userlist"]
    }
    seen: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for room in sim.rooms():
        chat_id = room["chat_id"]
        if room["owner"] not in staff:
            seen["ownerless_groups"].add((chat_id, room["owner"]))
        if room["kind"] == "customer":
            group = app.post("externalcontact/groupchat/get", {"chat_id": chat_id})["group_chat"]
            for member in group["member_list"]:
                userid = member["userid"]
                if member["type"] == 2 and room["audience"] == "staff":
                    seen["outsiders"].add((chat_id, userid))
                if member["type"] == 1 and member["group_nickname"] not in _right(staff[userid], departments):
                    seen["bad_nicknames"].add((chat_id, userid))
            continue
        if room["kind"] == "archived":
            members = archive.post("msgaudit/groupchat/get", {"roomid": chat_id})["members"]
            userids = [member["memberid"] for member in members]
        else:
            userids = app.get("appchat/get", chatid=chat_id)["chat_info"]["userlist"]
        seen["former_employees"] |= {(chat_id, userid) for userid in userids if userid not in staff}
    app.close()
    archive.close()
    return dict(seen)


def _right(user: dict, departments: dict[int, dict]) -> set[str]:
    names = set()
    for department_id in user["department"]:
        while department_id > 1:
            names.add(departments[department_id]["name"] + user["name"])
            department_id = departments[department_id]["parentid"]
    return names


def test_most_nicknames_are_right() -> None:
    sim = _company(people=2000, groups=200)
    with sim:
        app = Caller(sim)
        rooms = [r["chat_id"] for r in sim.rooms() if r["kind"] == "customer"]
        groups = [app.post("externalcontact/groupchat/get", {"chat_id": key})["group_chat"] for key in rooms]
        app.close()
    shown = sum(m["type"] == 1 for group in groups for m in group["member_list"])
    assert 0.02 < len(sim.planted["bad_nicknames"]) / shown < 0.07


def test_weekend_passes_without_events() -> None:
    sim = _company(people=2000, groups=200)
    sim.set_now(FRIDAY + timedelta(days=3))
    assert list(sim.planted["by_day"]) == ["2026-11-20"]


def test_events_of_a_day_have_happened_only_when_it_has_closed() -> None:
    sim = _company()
    sim.set_now(datetime.fromisoformat("2026-11-20T17:59:00+08:00"))
    assert sim.planted["by_day"] == {}
    sim.set_now(datetime.fromisoformat("2026-11-20T18:00:00+08:00"))
    assert list(sim.planted["by_day"]) == ["2026-11-20"]


def test_life_goes_on_in_every_way_within_a_few_weeks() -> None:
    sim = _company(people=1000, groups=100)
    sim.set_now(FRIDAY + timedelta(days=30))
    happened = {event for diary in sim.planted["by_day"].values() for event in diary}
    assert happened == {
        "hired", "left_company", "moved_department", "left_group", "outsiders_invited", "outsiders_removed",
        "former_employees_removed", "nicknames_changed", "nicknames_fixed", "new_groups", "owners_found",
    }  # fmt: skip


def test_leaver_disappears_from_the_directory_and_may_stay_in_groups() -> None:
    with _company(people=1000, groups=100) as sim:
        app = Caller(sim)
        before = {pair for pair in sim.planted["former_employees"]}
        sim.set_now(FRIDAY + timedelta(days=5))
        app = Caller(sim)
        leavers = [row[0] for diary in sim.planted["by_day"].values() for row in diary["left_company"]]
        assert {app.get("user/get", userid=userid)["errcode"] for userid in leavers} == {60111}
        assert {userid for _, userid in set(sim.planted["former_employees"]) - before} <= set(leavers)
        app.close()


def test_company_keeps_its_trouble_in_proportion_after_a_year() -> None:
    sim = _company(people=300, groups=50)
    at_first = {key: len(sim.planted[key]) for key in ("outsiders", "bad_nicknames", "former_employees")}
    sim.set_now(FRIDAY + timedelta(days=365))
    later = {key: len(sim.planted[key]) for key in at_first}
    assert all(0 < later[key] < 6 * at_first[key] + 10 for key in ("bad_nicknames", "former_employees"))
    assert later["outsiders"] < 6 * at_first["outsiders"]


def test_time_can_go_back_without_undoing_what_happened() -> None:
    sim = _company()
    sim.set_now(FRIDAY + timedelta(days=7))
    lived = list(sim.planted["by_day"])
    sim.set_now(FRIDAY)
    assert abs(sim.now() - FRIDAY) < timedelta(seconds=5)
    assert list(sim.planted["by_day"]) == lived
