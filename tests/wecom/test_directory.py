"""The directory in the best way the rights allow, and what was refused."""

from __future__ import annotations

from typing import Any

import pytest

from steward.wecom.directory import DirectoryPull, pull_directory
from tests.wecom.making import NOW, SECRETS, make_client
from tests.wecom.replay import Answer, Asked, Raw, Replay, Script

DEPARTMENTS = {
    "department": [
        {"id": 1, "name": "总公司", "parentid": 0, "order": 1, "department_leader": ["Boss"]},
        {"id": 2, "name": "销售部", "parentid": 1},
    ]
}
IDS = {"department_id": [{"id": 1, "parentid": 0, "order": 1}, {"id": 2, "parentid": 1, "order": 2}]}
USERS = {
    1: {"userid": "Boss", "name": "王总", "department": [1], "status": 1},
    2: {"userid": "li", "name": "李", "department": [2]},
}
LIST_ID = {
    "dept_user": [
        {"userid": "Boss", "department": 1},
        {"userid": "li", "department": 2},
        {"userid": "new", "department": 2},
    ]
}


def refusal(errcode: int) -> Answer:
    return {"errcode": errcode, "errmsg": "refused, hint: [1]"}


def users(asked: Asked) -> Answer:
    return {"errcode": 0, "userlist": [USERS[int(asked.query["department_id"])]]}


def department(asked: Asked) -> Answer:
    return {"department": DEPARTMENTS["department"][int(asked.query["id"]) - 1]}


def make_script(**over: Script) -> dict[str, Script]:
    script: dict[str, Script] = {
        "department/list": DEPARTMENTS,
        "department/simplelist": IDS,
        "department/get": department,
        "user/list": users,
        "user/simplelist": users,
        "user/list_id": LIST_ID,
    }
    return {**script, **{name.replace("__", "/"): answer for name, answer in over.items()}}


def pull(script: dict[str, Script], **over: Any) -> DirectoryPull:
    with Replay(script) as server:
        return pull_directory(make_client(server.base_url, **over), NOW)


def refused_sources(pulled: DirectoryPull) -> dict[str, int | None]:
    return {one.name: one.errcode for one in pulled.sources if one.detail is not None}


def test_directory_is_complete_when_the_root_is_visible_and_everybody_was_read() -> None:
    pulled = pull(make_script())
    assert pulled.snapshot is not None
    assert (pulled.snapshot.complete, pulled.snapshot.source) == (True, "wecom")
    assert [one.userid for one in pulled.snapshot.employees] == ["boss", "li"]
    assert pulled.snapshot.departments[0].parent_id is None
    assert pulled.snapshot.departments[0].leader_userids == ("boss",)
    assert {one.name: one.good_at for one in pulled.sources} == {"departments": NOW, "users": NOW}


@pytest.mark.parametrize("errcode", [48009, 60011, 60020, 48002, 48001])
def test_names_are_pulled_one_by_one_when_the_lists_are_refused(errcode: int) -> None:
    pulled = pull(make_script(department__list=refusal(errcode), user__list=refusal(errcode)))
    assert pulled.snapshot is not None
    assert [one.name for one in pulled.snapshot.departments] == ["总公司", "销售部"]
    assert [one.name for one in pulled.snapshot.employees] == ["王总", "李"]
    assert pulled.snapshot.complete
    assert refused_sources(pulled) == {"departments": errcode, "users": errcode}
    assert all("hint" in (one.detail or "") and one.remedy for one in pulled.sources)


def test_ids_alone_are_pulled_when_all_details_are_refused() -> None:
    no = refusal(48009)
    script = make_script(department__list=no, department__get=no, user__list=no, user__simplelist=no)
    pulled = pull(script)
    assert pulled.snapshot is not None
    assert (pulled.snapshot.source, pulled.snapshot.complete) == ("wecom_ids", True)
    assert [(one.userid, one.name) for one in pulled.snapshot.employees] == [
        ("boss", None),
        ("li", None),
        ("new", None),
    ]
    assert [one.name for one in pulled.snapshot.departments] == [None, None]
    assert refused_sources(pulled) == {"departments": 48009, "users": 48009}
    assert next(one for one in pulled.sources if one.name == "user_ids").good_at == NOW


def test_everybody_else_is_added_by_id_when_the_root_is_not_visible() -> None:
    part = {"department": DEPARTMENTS["department"][1:]}
    pulled = pull(make_script(department__list=part))
    assert pulled.snapshot is not None
    assert [(one.userid, one.name) for one in pulled.snapshot.employees] == [
        ("boss", None),
        ("li", "李"),
        ("new", None),
    ]
    assert (pulled.snapshot.complete, pulled.snapshot.source) == (True, "wecom")


def test_directory_is_not_complete_when_one_department_is_refused_and_ids_are_too() -> None:
    def some(asked: Asked) -> Answer:
        return refusal(60011) if asked.query["department_id"] == "2" else users(asked)

    pulled = pull(make_script(user__list=some, user__list_id=refusal(48002)))
    assert pulled.snapshot is not None
    assert not pulled.snapshot.complete
    assert [one.userid for one in pulled.snapshot.employees] == ["boss"]
    assert refused_sources(pulled) == {"users": 60011, "user_ids": 48002}


def test_directory_is_not_complete_when_the_root_is_hidden_and_the_cursor_of_ids_loops() -> None:
    script = make_script(
        department__list={"department": DEPARTMENTS["department"][1:]},
        user__list_id={**LIST_ID, "next_cursor": "aaa"},
    )
    pulled = pull(script)
    assert pulled.snapshot is not None
    assert not pulled.snapshot.complete
    assert pulled.problems


def test_directory_is_not_complete_when_a_row_had_to_be_skipped() -> None:
    def one_bad(asked: Asked) -> Answer:
        return {"userlist": [USERS[int(asked.query["department_id"])], {"name": "谁"}]}

    pulled = pull(make_script(user__list=one_bad, user__list_id=refusal(48002)))
    assert pulled.snapshot is not None
    assert not pulled.snapshot.complete
    assert len(pulled.problems) == 2


@pytest.mark.parametrize("endpoint", ["department__list", "user__list"])
@pytest.mark.parametrize(
    "fault", [Raw(cut="before"), Raw(b"<html>"), {"errcode": -1}, {"errcode": 0}, Raw(b"null")]
)
def test_no_snapshot_is_made_when_an_essential_answer_does_not_come(endpoint: str, fault: Answer) -> None:
    pulled = pull(make_script(**{endpoint: fault}))
    assert pulled.snapshot is None
    name = "departments" if endpoint == "department__list" else "users"
    told = next(one for one in pulled.sources if one.name == name)
    assert told.good_at is None
    assert told.detail


def test_names_stay_in_force_when_only_the_ids_do_not_come() -> None:
    part = {"department": DEPARTMENTS["department"][1:]}
    pulled = pull(make_script(department__list=part, user__list_id=Raw(b"<html>")))
    assert pulled.snapshot is not None
    assert not pulled.snapshot.complete
    assert refused_sources(pulled) == {"user_ids": None}


def test_no_snapshot_is_made_and_the_secret_is_tried_once_when_it_is_wrong() -> None:
    with Replay(make_script(gettoken=refusal(40001))) as server:
        pulled = pull_directory(
            make_client(server.base_url, secrets={"app": SECRETS["app"], "contacts": ""}), NOW
        )
        tried = [asked.query["corpsecret"] for asked in server.asked_of("gettoken")]
    assert pulled.snapshot is None
    assert tried == [SECRETS["app"], "unset"]
    assert refused_sources(pulled)["departments"] == 40001


def test_person_in_two_departments_is_one_employee_when_read_twice() -> None:
    both = {"userid": "Boss", "name": "王总", "department": [1, 2]}
    pulled = pull(make_script(user__list={"userlist": [both]}))
    assert pulled.snapshot is not None
    assert [(one.userid, one.department_ids) for one in pulled.snapshot.employees] == [("boss", (1, 2))]
