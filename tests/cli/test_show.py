"""Lists as people and programs get them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from steward.cli.show import align, fitting, minute, show_list, to_cell, width

ROWS = [{"name": "陈晓", "at": datetime(2026, 11, 20, tzinfo=UTC)}]
COLUMNS = [("姓名", lambda row: row["name"])]


def test_columns_stand_under_each_other_when_chinese_and_latin_are_mixed() -> None:
    lines = align([("群名称", "人数"), ("abc", "12"), ("研发群", "3")])
    assert lines == ["群名称  人数", "abc     12", "研发群  3"]


def test_joined_marks_take_no_room_when_measured() -> None:
    assert width("é") == 1
    assert width("中a") == 3


def test_escape_sequences_are_taken_out_when_a_name_carries_them() -> None:
    assert to_cell("\x1b[31m红\n名\u202e") == "[31m红 名"


def test_json_is_printed_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    show_list(ROWS, COLUMNS, as_json=True, empty="没有")
    assert '"at": "2026-11-20T00:00:00+00:00"' in capsys.readouterr().out


def test_talk_goes_to_standard_error_when_there_is_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_list([], COLUMNS, as_json=False, empty="没有这样的群")
    assert capsys.readouterr() == ("", "没有这样的群\n")


def test_json_is_an_empty_list_when_there_is_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_list([], COLUMNS, as_json=True, empty="没有")
    assert capsys.readouterr().out == "[]\n"


def test_moment_is_said_in_the_companys_time_when_shown() -> None:
    assert minute(datetime(2026, 11, 20, 0, 37, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) == "2026-11-20 08:37"


@pytest.mark.parametrize(("room", "kept"), [(80, [0, 1, 2]), (24, [0, 2]), (15, [0]), (5, [0])])
def test_spare_columns_are_left_out_when_the_terminal_is_narrow(room: int, kept: list[int]) -> None:
    cells = [["0123456789", "12345678", "123456"]]
    assert fitting(["id", "spare", "last"], cells, ["spare", "last"], room) == kept
