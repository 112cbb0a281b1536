"""Departments and people."""

from steward.simulator import Simulator
from tests.simulator.calling import Caller


def _everybody(app: Caller) -> dict[str, dict]:
    ids = [d["id"] for d in app.get("department/list")["department"]]
    return {u["userid"]: u for key in ids for u in app.get("user/list", department_id=key)["userlist"]}


def test_directory_holds_exactly_the_people_asked_for(app: Caller) -> None:
    assert len(_everybody(app)) == 120


def test_every_department_hangs_below_the_root(app: Caller) -> None:
    departments = app.get("department/list")["department"]
    ids = {d["id"] for d in departments}
    assert [d["id"] for d in departments if d["parentid"] not in ids] == [1]


def test_leaders_lead_up_to_one_general_manager(app: Caller) -> None:
    people = _everybody(app)
    tops = set()
    for userid in people:
        while people[userid]["direct_leader"]:
            userid = people[userid]["direct_leader"][0]
        tops.add(userid)
    assert len(tops) == 1
    assert people[tops.pop()]["position"] == "总经理"


def test_head_is_named_by_the_department_and_by_the_person(app: Caller) -> None:
    department = app.get("department/get", id=2)["department"]
    head = app.get("user/get", userid=department["department_leader"][0])
    assert head["is_leader_in_dept"][head["department"].index(2)] == 1


def test_subtree_is_listed_when_id_is_given(app: Caller) -> None:
    departments = {d["id"]: d for d in app.get("department/list")["department"]}
    parent = next(d["parentid"] for d in departments.values() if d["parentid"] > 1)
    listed = app.get("department/list", id=parent)["department"]
    assert listed[0]["id"] == parent
    assert all(d["parentid"] == parent for d in listed[1:])


def test_private_fields_are_not_shown_to_an_application(app: Caller) -> None:
    user = app.get("user/list", department_id=2)["userlist"][0]
    assert not {"mobile", "gender", "email", "avatar", "biz_mail"} & set(user)


def test_userid_is_found_when_written_in_capitals(app: Caller) -> None:
    userid = app.get("user/simplelist", department_id=2)["userlist"][0]["userid"]
    assert app.get("user/get", userid=userid.upper())["userid"] == userid


def test_ids_come_page_by_page_until_the_cursor_is_empty(contacts: Caller) -> None:
    rows: list[tuple[str, int]] = []
    cursor = ""
    while True:
        page = contacts.post("user/list_id", {"limit": 50, "cursor": cursor})
        rows += [(row["userid"], row["department"]) for row in page["dept_user"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(rows) == len(set(rows))
    assert len({userid for userid, _ in rows}) == 120


def test_cursor_is_refused_when_made_up(contacts: Caller) -> None:
    assert contacts.post("user/list_id", {"cursor": "tJzlB9tdqfh"})["errcode"] == 50100


def test_department_is_refused_when_there_is_none(app: Caller) -> None:
    assert app.get("department/get", id=9999)["errcode"] == 60003
    assert app.get("user/list", department_id=9999)["errcode"] == 60123


def test_user_is_refused_when_there_is_none(app: Caller) -> None:
    assert app.get("user/get", userid="nobody")["errcode"] == 60111


def test_mobile_tells_the_userid_and_is_refused_when_unknown(app: Caller) -> None:
    assert app.post("user/getuserid", {"mobile": "13900000005"})["userid"]
    assert app.post("user/getuserid", {"mobile": "13800000000"})["errcode"] == 46004


def test_some_people_belong_to_two_departments(sim: Simulator) -> None:
    with Simulator(seed=1, people=400, groups=5, now=sim.now()) as larger:
        app = Caller(larger)
        people = _everybody(app)
        app.close()
    doubled = [u for u in people.values() if len(u["department"]) == 2]
    assert doubled
    assert all(u["main_department"] == u["department"][0] for u in doubled)
