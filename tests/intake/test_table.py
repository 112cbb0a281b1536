"""A table is read whatever its encoding, delimiter or layout, or refused with what to do."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from steward.intake.columns import Column
from steward.intake.errors import IntakeError
from steward.intake.table import Table, read_table

from .make import make_csv, make_xlsx, save

COLUMNS = (
    Column(key="chat_id", label="群ID", names=("群号",)),
    Column(key="name", label="群名称", names=("群名",)),
    Column(key="department", label="部门"),
    Column(key="filed_on", label="备案日期"),
)
HEADER = ("群ID", "群名称", "部门")


def read(data: bytes, filename: str = "登记表.csv") -> Table:
    return read_table(data, filename=filename, columns=COLUMNS, needs=(("chat_id", "name"),))


def values(table: Table) -> list[dict[str, str]]:
    return [row.values for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_text_table_is_read_in_every_encoding_and_with_every_delimiter(
    encoding: str, delimiter: str
) -> None:
    table = read(
        make_csv([HEADER, ("wr1", "华东，项目群", "研发部")], encoding=encoding, delimiter=delimiter)
    )
    assert values(table) == [{"chat_id": "wr1", "name": "华东，项目群", "department": "研发部"}]
    assert table.rows[0].line == 2


def test_gbk_is_mentioned_because_a_wrong_guess_would_show_there() -> None:
    assert "GBK" in read(make_csv([HEADER, ("wr1", "群", "部")], encoding="gbk")).notes[0].zh


def test_a_line_of_excel_that_names_the_delimiter_is_obeyed() -> None:
    table = read("sep=;\n群号;群名\nwr1;甲,乙\n".encode())
    assert [(row.line, row.values["name"]) for row in table.rows] == [(3, "甲,乙")]


def test_one_unpaired_quote_costs_one_row() -> None:
    data = '群号,群名,部门\nwr1,"甲\n乙",研发部\nwr2,"丙,财务部\nwr3,丁,"财务部"\nwr4,张"三,x\n"wr5","戊""己",y\n'
    table = read(data.encode())
    assert [row.values["chat_id"] for row in table.rows] == ["wr1", "wr3", "wr4", "wr5"]
    assert [row.values["name"] for row in table.rows] == ["甲\n乙", "丁", '张"三', '戊"己']
    assert [(problem.line, problem.lost) for problem in table.problems] == [(4, True)]
    assert table.problems[0].text().startswith('第 4 行 “wr2,"丙,财务部”：引号不成对')


def test_spaces_and_invisible_characters_at_the_ends_are_dropped() -> None:
    table = read(
        "群ＩＤ（必填）,\u3000群 名 称*\n\u200b wr1\xa0,\u3000甲 乙\u202c\ufeff\n\u3000,\xa0\n".encode()
    )
    assert values(table) == [{"chat_id": "wr1", "name": "甲 乙"}]


def test_an_unknown_column_is_ignored_with_what_was_probably_meant() -> None:
    notes = [note.zh for note in read("群号,备案日其,颜色\nwr1,x,红\n".encode()).notes]
    assert notes == ["不认识的列「备案日其」，已忽略；是不是「备案日期」？", "不认识的列「颜色」，已忽略"]


def test_of_two_columns_of_one_meaning_the_first_is_read() -> None:
    table = read("群号,群ID\nwr1,wr2\n".encode())
    assert values(table) == [{"chat_id": "wr1"}]
    assert table.notes[0].zh == "列「群ID」重复，只读第一列"


def test_a_missing_needed_column_is_refused_with_the_columns_seen_and_expected() -> None:
    with pytest.raises(IntakeError) as caught:
        read("部门,颜色\n研发部,红\n".encode())
    assert str(caught.value) == (
        "登记表.csv:1：缺少必需的列：群ID / 群名称。看到的是：部门、颜色。可用的列：群ID、群名称、部门、备案日期"
    )


def test_a_workbook_is_read_with_its_title_merged_cells_numbers_and_dates() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("C4:C5")

    rows = [
        ("部门",),
        (),
        ("群ID", "群名称", "部门", "备案日期"),
        (10023.0, "甲", "研发部", date(2026, 11, 20)),
        ("wr2", "乙", None, datetime(2026, 1, 5, 9, 30)),  # noqa: DTZ001 - Excel knows no time zones
        (),
        (True, "丙", "=1+1", 0.5),
    ]
    table = read(make_xlsx(rows, merge), "登记表.xlsx")
    assert [tuple(v.values()) for v in values(table)] == [
        ("10023", "甲", "研发部", "2026-11-20"),
        ("wr2", "乙", "研发部", "2026-01-05 09:30:00"),
        ("是", "丙", "", "0.5"),
    ]
    assert [row.line for row in table.rows] == [4, 5, 7]
    assert [note.zh for note in table.notes] == [
        "1 处合并单元格（C4:C5）：其中每一格都按同一个值读入",
        "1 个公式没有保存结果，按空白读入；请在 Excel 里打开、保存后再交",
    ]


def test_the_first_visible_sheet_with_a_known_header_is_read() -> None:
    book = Workbook()
    book.worksheets[0].append(["填写说明"])
    hidden = book.create_sheet("旧")
    hidden.append(["群ID"])
    hidden.append(["wr0"])
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("登记")
    sheet.append(["群ID"])
    sheet.append(["wr1"])
    table = read(save(book), "登记表.xlsx")
    assert (table.sheet, values(table)) == ("登记", [{"chat_id": "wr1"}])


def test_a_failed_formula_leaves_out_its_row_only() -> None:
    table = read(make_xlsx([HEADER, ("wr1", "#N/A", ""), ("wr2", "乙", "")]), "a.xlsx")
    assert [row.values["chat_id"] for row in table.rows] == ["wr2"]
    assert table.problems[0].text() == "第 2 行「群名称」 “#N/A”：Excel 公式出错，请改正后再交（此行未采用）"


def test_a_header_repeated_on_every_page_is_no_row() -> None:
    assert len(read(make_csv([HEADER, ("wr1", "甲", "x"), HEADER, ("wr2", "乙", "y")])).rows) == 2


def _archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf\r\n", "文件是空的"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "这是 PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "“另存为” xlsx 或 CSV"),
        (b"\x89PNG\r\n", "这是图片"),
        (b"\n <html><table>", "网页"),
        (b"PK\x03\x04 broken", "工作簿已损坏"),
        (_archive("word/document.xml"), "不是 Excel 工作簿"),
        (_archive("xl/workbook.xml"), "工作簿已损坏"),
        (b"\x00\x01\x02\xff" * 50, "编码无法识别"),
        (b"a,b\n1,2\n", "缺少必需的列"),
        (b" , ,\n", "表格是空的"),
        (b"x" * (20 * 1024 * 1024 + 1), "超过 20 MB"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(IntakeError) as caught:
        read(data, "登记表.xlsx")
    assert str(caught.value).startswith("登记表.xlsx")
    assert said in str(caught.value)
    assert caught.value.text("en") != str(caught.value)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(IntakeError) as caught:
        read("群号\n".encode() + b"wr1\n" * 200_001)
    assert "超过 200,000 行" in str(caught.value)


def test_a_truncated_workbook_is_refused() -> None:
    data = make_xlsx([HEADER, *(("wr1", "甲", "乙") for _ in range(50))])
    for end in range(100, len(data), len(data) // 7):
        with pytest.raises(IntakeError):
            read(data[:end], "a.xlsx")


def test_a_workbook_with_flipped_bytes_is_read_or_refused() -> None:
    data = make_xlsx(
        [HEADER, *(("wr1", f"群{n}", "乙") for n in range(20))], lambda sheet: sheet.merge_cells("C2:C5")
    )
    refused = 0
    for at in range(4, len(data), 97):
        try:
            read(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :], "a.xlsx")
        except IntakeError:
            refused += 1
    assert refused > 10


def _edited(data: bytes, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            after.writestr(part.filename, before.read(part).replace(old, new))
    return out.getvalue()


def test_a_workbook_merged_to_the_edge_of_excel_is_read() -> None:
    data = make_xlsx([HEADER, ("wr1", "甲", "乙")], lambda sheet: sheet.merge_cells("C2:D3"))
    table = read(_edited(data, b'ref="C2:D3"', b'ref="C2:XFD1048576"'), "a.xlsx")
    assert values(table)[0] == {"chat_id": "wr1", "name": "甲", "department": "乙"}


def test_a_row_number_beyond_excel_is_refused() -> None:
    data = make_xlsx([HEADER, ("wr1", "甲", "乙")])
    with pytest.raises(IntakeError, match="工作簿已损坏"):
        read(_edited(data, b'<row r="2"', b'<row r="99999999999"'), "a.xlsx")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(IntakeError):
        assert read_table(text.encode("utf-8", "replace"), filename="a.csv", columns=COLUMNS).header_line >= 1


@given(st.text(max_size=30))
def test_any_text_as_a_cell_costs_at_most_its_own_row(text: str) -> None:
    table = read(make_csv([HEADER, ("wr1", text, "x"), ("wr2", "乙", "y")]).replace(b"\x00", b""))
    assert {"chat_id": "wr2", "name": "乙", "department": "y"} in values(table)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(IntakeError):
        assert "chat_id" in read(data).columns or "name" in read(data).columns
