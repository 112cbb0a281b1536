"""A handed-in roster becomes members; a name stays a name until one employee fits it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.intake.errors import IntakeError
from steward.intake.roster import RosterIntake, read_roster
from steward.model.group import Member

from .make import NOW, make_csv, make_xlsx


def read(data: bytes | str) -> RosterIntake:
    return read_roster(data, filename="名单", chat_id="wr1", now=NOW)


def members(data: bytes | str) -> tuple[Member, ...]:
    roster = read(data).roster
    assert roster is not None
    return roster.members


def test_pasted_names_become_members_with_their_nicknames() -> None:
    text = (
        "群成员(6)\n1. 研发部陈晓🎉 群主\n"
        "2、财务部张三（管理员）\n\n3) 王芳@微信\n李雷＠某公司\n甲、乙；丙\r\n3.14派"
    )
    intake = read(text)
    assert intake.roster is not None
    assert [(m.member_id, m.kind, m.nickname) for m in intake.roster.members] == [
        ("name:研发部陈晓🎉", "staff", "研发部陈晓🎉"),
        ("name:财务部张三", "staff", "财务部张三"),
        ("name:王芳@微信", "external", "王芳"),
        ("name:李雷＠某公司", "external", "李雷"),
        ("name:甲", "staff", "甲"),
        ("name:乙", "staff", "乙"),
        ("name:丙", "staff", "丙"),
        ("name:3.14派", "staff", "3.14派"),
    ]
    assert intake.owner_member_id == "name:研发部陈晓🎉"
    assert (intake.roster.chat_id, intake.roster.kind, intake.roster.seen_at) == ("wr1", "handed_in", NOW)
    assert intake.roster.owner_userid is None


def test_a_table_with_userids_gives_ids_and_the_owner() -> None:
    rows = [
        ("姓名", "群昵称", "账号", "类型"),
        ("陈晓", "研发部陈晓", "ChenXiao", "群主"),
        ("王芳", "", "wmAAbbCCddEEffGGhhIIjjKKllMMnnOO", ""),
        ("张三", "财务部张三", "", "员工"),
    ]
    intake = read(make_xlsx(rows))
    assert intake.roster is not None
    assert [(m.member_id, m.kind, m.nickname, m.name) for m in intake.roster.members] == [
        ("chenxiao", "staff", "研发部陈晓", "陈晓"),
        ("wmAAbbCCddEEffGGhhIIjjKKllMMnnOO", "external", "", "王芳"),
        ("name:财务部张三", "staff", "财务部张三", "张三"),
    ]
    assert intake.roster.owner_userid == "chenxiao"


def test_nicknames_are_unknown_when_the_table_has_no_such_column() -> None:
    assert members(make_csv([("姓名", "账号"), ("陈晓", "chenxiao")]))[0].nickname is None


def test_one_column_with_a_header_is_a_table() -> None:
    assert [m.name for m in members(make_csv([("姓名",), ("陈晓",), ("张三",)], encoding="gbk"))] == [
        "陈晓",
        "张三",
    ]


def test_columns_without_a_header_are_refused_rather_than_guessed() -> None:
    with pytest.raises(IntakeError, match="缺少必需的列"):
        read("陈晓,chenxiao\n张三,zhangsan\n")


def test_two_of_one_name_are_told_and_counted_once() -> None:
    intake = read("张伟\n李娜\n张伟\n")
    assert intake.roster is not None
    assert len(intake.roster.members) == 2
    assert intake.problems[0].text() == (
        "第 3 行 “张伟”：与第 1 行重复；若是同名的两个人，请加上账号列（此行未采用）"
    )


def test_names_in_other_scripts_and_with_marks_are_kept() -> None:
    assert [m.nickname for m in members("مرحبا\n**陈晓**\n=1+1\n")] == ["مرحبا", "**陈晓**", "=1+1"]


def test_two_thousand_members_are_read() -> None:
    rows = [("姓名", "账号"), *((f"员工{n}", 10000 + n) for n in range(2000))]
    assert len(members(make_xlsx(rows))) == 2000


def test_a_name_in_the_column_of_userids_stays_a_member_known_by_name() -> None:
    intake = read(make_csv([("姓名", "账号"), ("", "张三"), ("陈晓", "chenxiao")]))
    assert intake.roster is not None
    assert [m.member_id for m in intake.roster.members] == ["name:张三", "chenxiao"]
    assert [(problem.line, problem.column, problem.lost) for problem in intake.problems] == [
        (2, "账号", False)
    ]


def test_an_unreadable_row_costs_no_other() -> None:
    intake = read(make_csv([("姓名", "备注"), ("", "无名"), ("陈晓", "")]))
    assert intake.roster is not None
    assert [m.name for m in intake.roster.members] == ["陈晓"]
    assert [(problem.line, problem.lost) for problem in intake.problems] == [(2, True)]


def test_a_table_with_no_readable_member_gives_no_roster() -> None:
    assert read(make_csv([("姓名", "备注"), ("", "无名")])).roster is None


@given(st.text(max_size=100))
def test_any_pasted_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(IntakeError):
        roster = read(text).roster
        ids = [m.member_id for m in roster.members] if roster else []
        assert len(ids) == len(set(ids))
