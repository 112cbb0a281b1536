"""A name on a roster becomes an employee only where exactly one fits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from steward.intake.names import resolve_names
from steward.model.directory import Department, Employee
from steward.model.group import Member

DEPARTMENTS = {
    d.id: d
    for d in (
        Department(id=1, name="示例公司", parent_id=None),
        Department(id=2, name="研发部", parent_id=1),
        Department(id=3, name="前端组", parent_id=2),
        Department(id=4, name="财务部", parent_id=1),
    )
}


def make_employee(userid: str, name: str, *department_ids: int, left: bool = False) -> Employee:
    left_at = datetime(2026, 11, 1, tzinfo=UTC) if left else None
    return Employee(userid=userid, name=name, department_ids=department_ids, left_at=left_at)


EMPLOYEES = (
    make_employee("chenxiao", "陈晓", 3),
    make_employee("wangfang", "王芳", 4),
    make_employee("zhangwei1", "张伟", 2),
    make_employee("zhangwei2", "张伟", 4),
    make_employee("oldli", "李雷", 2, left=True),
    make_employee("newli", "李雷", 4),
    make_employee("gone", "赵离", 2, left=True),
)


def resolve(nickname: str, *, known_departments: bool = True) -> tuple[str, tuple[str, ...] | None]:
    member = Member(member_id=f"name:{nickname}", kind="staff", nickname=nickname)
    (found,), unresolved = resolve_names(
        [member],
        EMPLOYEES,
        departments=DEPARTMENTS if known_departments else None,
        aliases={"研发部": ["研发"]},
    )
    return found.member_id, unresolved[0].candidates if unresolved else None


@pytest.mark.parametrize(
    ("nickname", "userid"),
    [
        ("陈晓", "chenxiao"),
        ("前端组陈晓", "chenxiao"),
        ("研发部-陈晓", "chenxiao"),
        ("陈晓_研发部", "chenxiao"),
        ("研发陈晓（外包）", "chenxiao"),
        ("研发部陈晓实习", "chenxiao"),
        ("研发部张伟", "zhangwei1"),
        ("财务部 张伟", "zhangwei2"),
        ("李雷", "newli"),
        ("赵离", "gone"),
    ],
)
def test_a_name_that_fits_one_employee_becomes_them(nickname: str, userid: str) -> None:
    assert resolve(nickname) == (userid, None)


@pytest.mark.parametrize("nickname", ["研发部李王芳", "小陈晓", "陈晓明", "阳光", "研发部", "陈", "🎉"])
@pytest.mark.parametrize("known_departments", [True, False])
def test_a_name_that_only_contains_an_employees_stays_a_name(nickname: str, known_departments: bool) -> None:
    assert resolve(nickname, known_departments=known_departments) == (f"name:{nickname}", ())


def test_a_name_with_somebody_elses_department_stays_a_name() -> None:
    assert resolve("研发部王芳") == ("name:研发部王芳", ())


@pytest.mark.parametrize(
    ("written", "member_id", "kind"),
    [
        ("陈晓@研发部", "chenxiao", "staff"),
        ("财务部＠王芳", "wangfang", "staff"),
        ("王芳@微信", "name:王芳@微信", "external"),
        ("王芳@研发部", "name:王芳@研发部", "external"),
    ],
)
def test_a_name_marked_like_an_outsider_is_staff_only_with_their_own_department(
    written: str, member_id: str, kind: str
) -> None:
    member = Member(member_id=f"name:{written}", kind="external", nickname=written[:2])
    (found,), unresolved = resolve_names([member], EMPLOYEES, departments=DEPARTMENTS)
    assert (found.member_id, found.kind, unresolved) == (member_id, kind, ())
    assert found.nickname == (written if kind == "staff" else written[:2])


def test_namesakes_stay_ambiguous_when_nothing_tells_them_apart() -> None:
    assert resolve("张伟") == ("name:张伟", ("zhangwei1", "zhangwei2"))


def test_the_nickname_tells_namesakes_apart_where_the_name_does_not() -> None:
    member = Member(member_id="name:研发部张伟", kind="staff", nickname="研发部张伟", name="张伟")
    (found,), unresolved = resolve_names([member], EMPLOYEES, departments=DEPARTMENTS)
    assert (found.member_id, unresolved) == ("zhangwei1", ())


def test_without_departments_what_ends_like_one_is_taken_for_one() -> None:
    assert resolve("测试中心陈晓", known_departments=False) == ("chenxiao", None)


def test_a_second_name_of_somebody_already_in_stays_a_name() -> None:
    members = [
        Member(member_id="chenxiao", kind="staff"),
        Member(member_id="name:陈晓", kind="staff", nickname="陈晓"),
        Member(member_id="name:王芳", kind="external", nickname="王芳"),
    ]
    found, unresolved = resolve_names(members, EMPLOYEES, departments=DEPARTMENTS)
    assert [m.member_id for m in found] == ["chenxiao", "name:陈晓", "name:王芳"]
    assert [u.candidates for u in unresolved] == [("chenxiao",)]
