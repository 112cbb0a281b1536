from __future__ import annotations

import io

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from reports.daily_digest import build
from reports.excel import to_xlsx
from tests.reports.sample import at, believable_day, clean_day, make_facts, make_tracked

NAMES = ["汇总", "待处理", "新发现", "已解决", "部门", "看不到的", "口径说明"]


def read(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x","y")', "+1", "-1", "@x", "http://x.cn", "00123", "{=1}"]
)
def test_no_cell_becomes_formula_link_or_number_when_a_name_looks_like_one(text: str) -> None:
    about = {"subject_name": text, "observed": text, "expected": text}
    found = [make_tracked("nickname", about=about, group_name=text)]
    book = read(to_xlsx(build(make_facts(open=found, new=found, resolved=found))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == text]
    assert len(cells) >= 9
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_control_characters_are_gone_when_a_name_holds_them() -> None:
    found = [make_tracked("nickname", about={"observed": "a\x0b\x00b\ufffe", "expected": "x"})]
    sheet = read(to_xlsx(build(make_facts(open=found))))["待处理"]
    assert sheet.cell(row=2, column=9).value == "a b"


def test_every_list_can_be_filtered_and_keeps_its_header() -> None:
    book = read(to_xlsx(build(believable_day())))
    assert book.sheetnames == NAMES
    for sheet in book.worksheets[1:]:
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert not sheet.merged_cells.ranges


def test_the_summary_has_a_chart_when_something_was_found() -> None:
    assert len(read(to_xlsx(build(believable_day())))["汇总"]._charts) == 1
    assert len(read(to_xlsx(build(clean_day())))["汇总"]._charts) == 0


def test_dates_are_dates_of_the_company_not_text() -> None:
    sheet = read(to_xlsx(build(believable_day())))["待处理"]
    assert sheet.cell(row=2, column=11).value == at(16, 8, 13).replace(tzinfo=None)


def test_rows_carry_the_findings_own_number() -> None:
    sheet = read(to_xlsx(build(believable_day())))["待处理"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [1, 2, 3, 4, 5, 10, 11, 12, 20]


def test_columns_have_room_for_chinese() -> None:
    sheet = read(to_xlsx(build(believable_day())))["待处理"]
    assert sheet.column_dimensions["B"].width >= 2 * len("华东项目群") + 2


def test_the_bytes_are_the_same_when_the_report_is() -> None:
    report = build(believable_day())
    assert to_xlsx(report) == to_xlsx(report)


def test_nothing_is_lost_when_rows_go_straight_to_disk() -> None:
    report = build(believable_day())
    plain = read(to_xlsx(report))
    saving = read(to_xlsx(report, constant_memory_rows=1))
    for name in NAMES:
        assert list(saving[name].values) == list(plain[name].values)
