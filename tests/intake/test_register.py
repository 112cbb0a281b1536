"""A group register becomes registry entries; what is wrong with a row is told and costs no other row."""

from __future__ import annotations

from datetime import date

import pytest

from steward.intake.errors import IntakeError
from steward.intake.register import COLUMNS, read_register
from steward.model.group import RegistryEntry

from .make import make_csv, make_xlsx

HEADER = ("群ID", "群名称", "制度", "部门", "文字编辑", "群主", "人群", "备案日期")
ROW = ("wr1", "华东项目群", "交流群", "研发部", "ZhangSan", "lisi", "客户", "2026年11月20日")
ENTRY = RegistryEntry(
    chat_id="wr1",
    name="华东项目群",
    policy="exchange",
    department="研发部",
    liaison_userid="zhangsan",
    owner_userid="lisi",
    audience="customers",
    filed_on=date(2026, 11, 20),
)


@pytest.mark.parametrize("data", [make_csv([HEADER, ROW], encoding="gbk"), make_xlsx([HEADER, ROW])])
def test_a_row_becomes_an_entry(data: bytes) -> None:
    intake = read_register(data, filename="登记表")
    assert (intake.entries, intake.problems) == ((ENTRY,), ())


def test_english_columns_and_words_are_read_too() -> None:
    header = ("chat_id", "Name", "POLICY", "department", "liaison", "owner", "audience", "filed_on")
    row = ("wr1", "华东项目群", "Exchange", "研发部", "zhangsan", "lisi", "customers", "20261120")
    assert read_register(make_csv([header, row]), filename="r.csv").entries == (ENTRY,)


def test_every_column_says_what_it_means_only_once() -> None:
    spellings = [spelling for column in COLUMNS for spelling in column.spellings]
    assert len(spellings) == len(set(spellings))


def test_of_two_rows_about_one_group_the_first_is_kept_and_both_lines_are_told() -> None:
    rows = [("群号", "群名"), ("wr1", "甲"), ("wr2", "甲"), ("wr1", "乙"), ("", "丙"), ("", "丙")]
    intake = read_register(make_csv(rows), filename="r.csv")
    assert [(e.chat_id, e.name) for e in intake.entries] == [("wr1", "甲"), ("wr2", "甲"), (None, "丙")]
    assert [problem.text() for problem in intake.problems] == [
        "第 3 行「群名」 “甲”：与第 2 行同名；两行都已采用，若是同一个群请删去一行",
        "第 4 行「群号」 “wr1”：与第 2 行重复，以第 2 行为准（此行未采用）",
        "第 6 行「群名」 “丙”：与第 5 行重复，以第 5 行为准（此行未采用）",
    ]


def test_a_name_that_a_row_with_an_id_has_already_is_told() -> None:
    intake = read_register(make_csv([("群号", "群名"), ("wr1", "甲"), ("", "甲")]), filename="r.csv")
    assert len(intake.entries) == 1
    assert "与第 2 行重复" in intake.problems[0].text()


def test_an_unreadable_value_is_unknown_and_told_while_the_row_stays() -> None:
    row = ("wr1", "甲", "吐槽群", "", "张三", "", "大家", "11/12/26")
    intake = read_register(make_csv([HEADER, row]), filename="r.csv")
    assert intake.entries == (RegistryEntry(chat_id="wr1", name="甲"),)
    assert [problem.column for problem in intake.problems] == ["制度", "文字编辑", "人群", "备案日期"]
    assert intake.problems[0].text("en") == (
        'row 2, "制度" “吐槽群”: unknown policy; allowed: publicity, exchange, work'
    )


def test_a_row_that_names_no_group_is_left_out() -> None:
    intake = read_register(make_csv([HEADER, ("", "", "工作群"), ROW]), filename="r.csv")
    assert intake.entries == (ENTRY,)
    assert intake.problems[0].lost


@pytest.mark.parametrize(
    ("written", "kind"),
    [("客户群", "customer"), ("会话存档", "archived"), ("应用群", "app"), ("手工名单", "handed_in")],
)
def test_the_source_of_a_group_is_read(written: str, kind: str) -> None:
    intake = read_register(make_csv([("群号", "来源"), ("wr1", written)]), filename="r.csv")
    assert intake.entries[0].kind == kind


def test_a_register_without_a_column_that_names_the_group_is_refused() -> None:
    with pytest.raises(IntakeError, match="缺少必需的列：群ID / 群名称"):
        read_register(make_csv([("部门", "制度"), ("研发部", "工作群")]), filename="r.csv")
