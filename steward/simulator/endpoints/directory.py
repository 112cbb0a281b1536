"""Departments and people (document paths 90208, 95350, 95351, 90200, 90201, 90196, 96067)."""

from typing import Any

from steward.simulator.cursors import next_cursor
from steward.simulator.departments import COMPANY_NAME
from steward.simulator.errors import Refused
from steward.simulator.records import Department, Person
from steward.simulator.registry import Answer, Call, Fields, endpoint
from steward.simulator.site import Site

_FIRST_MOBILE = 13900000000
_PHONE_BLOCK_SHARE = 0.2


def _department_in_range(call: Call, text: str | None, missing: int) -> Department:
    """Return a department; 60011 if the application may not see it, `missing` if there is none."""
    department = call.site.world.departments.get(int(text)) if text and text.isdecimal() else None
    if department is None:
        raise Refused(missing)
    if call.kind == "app" and department.id not in call.site.visible_departments():
        raise Refused(60011)
    return department


def _department_ids(call: Call) -> list[int]:
    """Return the ids a list call asks for: one subtree, or all in range."""
    site, text = call.site, call.query.get("id")
    if text:
        return site.world.subtree(_department_in_range(call, text, 60003).id)
    return sorted(site.visible_departments() if call.kind == "app" else site.world.departments)


def _department_object(site: Site, department: Department) -> dict[str, Any]:
    head = site.world.heads.get(department.id)
    return {
        "id": department.id,
        "name": department.name,
        "name_en": department.name_en,
        "department_leader": [head] if head else [],
        "parentid": department.parent_id,
        "order": department.order,
    }


@endpoint("department/list", right="directory", empty={"department": []})
def list_departments(call: Call) -> Answer:
    """Return whole departments, parents before children."""
    site, ids = call.site, _department_ids(call)

    def build() -> Fields:
        return {"department": [_department_object(site, site.world.departments[key]) for key in ids]}

    key = ("department/list", call.query.get("id"), tuple(site.limits.visible_departments))
    return Answer(site.cached(key, site.world.directory_version, build))


@endpoint("department/simplelist", right="directory", empty={"department_id": []}, is_open_to_contacts=True)
def list_department_ids(call: Call) -> Fields:
    """Return the tree without names."""
    departments = (call.site.world.departments[key] for key in _department_ids(call))
    return {"department_id": [{"id": d.id, "parentid": d.parent_id, "order": d.order} for d in departments]}


@endpoint("department/get", right="directory", empty={"department": {}})
def get_department(call: Call) -> Fields:
    """Return one department."""
    department = _department_in_range(call, call.query.get("id"), 60003)
    return {"department": _department_object(call.site, department)}


def _direct_members(call: Call) -> tuple[Department, list[Person]]:
    department = _department_in_range(call, call.query.get("department_id"), 60123)
    world = call.site.world
    return department, [world.people[userid] for userid in world.staff_of[department.id]]


@endpoint("user/simplelist", right="directory", empty={"userlist": []})
def list_names(call: Call) -> Fields:
    """Return userid and name of a department's direct members."""
    _, people = _direct_members(call)
    return {
        "userlist": [
            {"userid": p.userid, "name": p.name, "department": list(p.department_ids), "open_userid": ""}
            for p in people
        ]
    }


@endpoint("user/list", right="directory", empty={"userlist": []})
def list_users(call: Call) -> Answer:
    """Return a department's direct members in full."""
    site = call.site
    department, people = _direct_members(call)
    key = ("user/list", department.id, tuple(site.limits.visible_departments))
    return Answer(
        site.cached(
            key,
            site.world.directory_version,
            lambda: {"userlist": [_user_object(site, person) for person in people]},
        )
    )


@endpoint("user/get", right="directory")
def get_user(call: Call) -> Fields:
    """Return one employee."""
    person = call.site.visible_person(call.query.get("userid"))
    if person is None:
        raise Refused(60111)
    return _user_object(call.site, person)


def _user_object(site: Site, person: Person) -> dict[str, Any]:
    """Return what an application created after 2022-06-20 is shown: no mobile, gender, mail, avatar (90196)."""
    world, departments = site.world, person.department_ids
    leader = world.leader_of(person)
    return {
        "userid": person.userid,
        "name": person.name,
        "department": list(departments),
        "order": [0] * len(departments),
        "position": person.position,
        "is_leader_in_dept": [int(world.heads.get(key) == person.userid) for key in departments],
        "direct_leader": [leader] if leader and site.visible_person(leader) else [],
        "telephone": "",
        "alias": "",
        "status": 1,
        "main_department": departments[0],
        "extattr": {"attrs": []},
        "external_position": "",
        "external_profile": {"external_corp_name": COMPANY_NAME, "external_attr": []},
    }


@endpoint("user/list_id", right="list_id", method="POST", empty={"next_cursor": "", "dept_user": []})
def list_user_ids(call: Call) -> Fields:
    """Return one row for each person and department, up to 10,000 a page."""
    offset, size = call.page(call.body.get("limit", 10_000), 10_000)
    people = call.site.world.people.values()
    rows = [(p.userid, department_id) for p in people for department_id in p.department_ids]
    page = rows[offset : offset + size]
    return {
        "next_cursor": next_cursor(call.path, offset, size, len(rows)),
        "dept_user": [{"userid": userid, "department": department_id} for userid, department_id in page],
    }


@endpoint("user/getuserid", right="directory", method="POST", empty={"userid": ""})
def get_userid(call: Call) -> Fields:
    """Return whose mobile number this is; numbers count up from 13900000000 by order of hiring."""
    site, mobile = call.site, call.body.get("mobile")
    number = int(mobile) - _FIRST_MOBILE if isinstance(mobile, str) and mobile.isdecimal() else 0
    for person in site.world.people.values():
        if person.number == number and site.visible_person(person.userid):
            return {"userid": person.userid}
    if not site.wrong_mobiles.admit(call.now, int(len(site.world.people) * _PHONE_BLOCK_SHARE)):
        raise Refused(45009)
    raise Refused(46004)
