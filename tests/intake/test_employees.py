"""An employee list becomes a directory; nobody becomes a leaver because a row was broken."""

from __future__ import annotations

import pytest

from steward.intake.employees import DirectoryIntake, read_employees
from steward.intake.errors import IntakeError

from .make import NOW, make_csv, make_xlsx

HEADER = ("账号", "姓名", "部门", "职务", "直属上级", "部门负责人", "状态")
ROWS = [
    HEADER,
    ("boss", "赵总", "示例公司", "总经理", "", "是", "在职"),
    ("ChenXiao", "陈晓", "示例公司/研发部/前端组;示例公司/财务部", "工程师", "赵总", "", ""),
    (10023.0, "张三", "研发部", "", "陈晓(chenxiao)", "是", "离职"),
]


def read(rows: list[tuple[object, ...]]) -> DirectoryIntake:
    return read_employees(make_xlsx(rows), filename="员工.xlsx", now=NOW)


def test_an_employee_list_becomes_a_directory() -> None:
    intake = read(ROWS)
    snapshot = intake.snapshot
    names = {d.id: d.name for d in snapshot.departments}
    _, chen, zhang = snapshot.employees
    assert (snapshot.source, snapshot.complete, snapshot.seen_at, intake.problems) == ("file", True, NOW, ())
    assert [names[d] for d in chen.department_ids] == ["前端组", "财务部"]
    assert chen.main_department_id == chen.department_ids[0]
    assert chen.direct_leader_userids == ("boss",)
    assert (zhang.userid, zhang.direct_leader_userids) == ("10023", ("chenxiao",))
    assert (zhang.status, zhang.left_at, chen.left_at) == ("left", NOW, None)


def test_departments_come_from_the_paths_with_their_parents_and_heads() -> None:
    snapshot = read(ROWS).snapshot
    by_name = {d.name: d for d in snapshot.departments}
    assert sorted(by_name) == sorted(["示例公司", "研发部", "前端组", "财务部"])
    assert by_name["前端组"].parent_id == by_name["研发部"].id
    assert by_name["研发部"].parent_id == by_name["示例公司"].id
    assert by_name["示例公司"].parent_id is None
    assert by_name["示例公司"].leader_userids == ("boss",)
    assert by_name["研发部"].leader_userids == ()


def test_department_ids_are_negative_fit_32_bits_and_stay_the_same() -> None:
    first = {d.name: d.id for d in read(ROWS).snapshot.departments}
    again = {d.name: d.id for d in read([HEADER, ROWS[2]]).snapshot.departments}
    assert all(-(2**31) < number < 0 for number in first.values())
    assert again == {name: first[name] for name in again}


def test_two_departments_of_one_name_stay_two() -> None:
    rows = [("账号", "部门"), ("a", "华东/销售部"), ("b", "华北/销售部"), ("c", "销售部")]
    snapshot = read([*rows]).snapshot
    assert len([d for d in snapshot.departments if d.name == "销售部"]) == 3


@pytest.mark.parametrize("broken", [("", "无号", ""), ("张三", "张三", ""), ("1.2E+10", "x", "")])
def test_a_broken_row_makes_the_list_incomplete(broken: tuple[str, str, str]) -> None:
    rows = [("账号", "姓名", "部门"), ("a", "甲", ""), broken]
    intake = read_employees(make_csv(rows), filename="员工.csv", now=NOW)
    assert (len(intake.snapshot.employees), intake.snapshot.complete) == (1, False)
    assert [(p.line, p.lost) for p in intake.problems] == [(3, True)]


def test_a_repeated_row_is_told_and_the_list_stays_complete() -> None:
    intake = read([("账号", "姓名"), ("a", "甲"), ("A", "乙")])
    assert ([e.name for e in intake.snapshot.employees], intake.snapshot.complete) == (["甲"], True)
    assert "与第 2 行重复" in intake.problems[0].text()


def test_a_superior_nobody_can_find_is_told() -> None:
    intake = read(
        [("账号", "姓名", "直属上级"), ("a", "张伟", "张伟"), ("b", "张伟", "张伟"), ("c", "丙", "elsewhere")]
    )
    assert [e.direct_leader_userids for e in intake.snapshot.employees] == [(), (), ("elsewhere",)]
    assert [p.line for p in intake.problems] == [2, 3]


def test_a_list_without_one_employee_is_refused() -> None:
    with pytest.raises(IntakeError, match="没有读到一个员工"):
        read([("账号", "姓名"), ("张三", "张三")])
