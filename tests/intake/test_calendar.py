from __future__ import annotations

import json
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from steward.intake.calendar import NoticeIntake, read_notices
from steward.intake.calendar_days import kind_of_title, to_holiday_name
from steward.intake.errors import IntakeError
from steward.model.settings.calendar import Notice

TODAY = date(2026, 11, 20)
NEW_YEAR = (date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3))
SPRING = (date(2027, 2, 5), date(2027, 2, 6))
MAKE_UP = date(2027, 2, 20)


def read(text: str | bytes, filename: str = "notice") -> NoticeIntake:
    return read_notices(text.encode() if isinstance(text, str) else text, filename=filename, today=TODAY)


def refusal(text: str, filename: str = "notice.csv") -> str:
    with pytest.raises(IntakeError) as caught:
        read(text, filename)
    assert caught.value.text("en")
    return caught.value.text("zh")


EXPECTED = Notice(
    days_off={"元旦": NEW_YEAR, "春节": SPRING},
    make_up_days={"春节": (MAKE_UP,)},
    source="notice",
    imported_on=TODAY,
)
CSV = """日期,类型,节日
2027-01-01,放假,元旦
2027-01-02,放假,元旦
2027/1/3,休,元旦
2027-02-05,节假日,春节
2027年2月6日,放假,春节
20270220,补班,春节
"""
SPANS = """放假日期,结束日期,安排,名称
2027-01-01,2027-01-03,放假,元旦
2027-02-05,2027-02-06,放假,春节
2027-02-20,,上班,春节
"""
API = {
    "year": 2027,
    "papers": ["https://www.gov.cn/x"],
    "days": [
        *({"name": "元旦", "date": day.isoformat(), "isOffDay": True} for day in NEW_YEAR),
        *({"name": "春节", "date": day.isoformat(), "isOffDay": True} for day in SPRING),
        {"name": "春节", "date": "2027-02-20", "isOffDay": False},
    ],
}
BY_DAY = {
    "code": 0,
    "holiday": {
        **{f"{d:%m-%d}": {"holiday": True, "name": "元旦", "wage": 3, "date": str(d)} for d in NEW_YEAR},
        "02-05": {"holiday": True, "name": "除夕", "wage": 2, "date": "2027-02-05"},
        "02-06": {"holiday": True, "name": "初一", "wage": 3, "date": "2027-02-06"},
        "02-20": {
            "holiday": False,
            "name": "春节后补班",
            "target": "春节",
            "after": True,
            "date": "2027-02-20",
        },
    },
}
TOML = """[2027.days_off]
"元旦" = [2027-01-01, 2027-01-02, 2027-01-03]
"春节" = [2027-02-05, "2027-02-06"]
[2027.make_up_days]
"春节" = [2027-02-20]
"""
PHONE = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270101\r
DTEND;VALUE=DATE:20270104\r
SUMMARY;LANGUAGE=zh:元旦（休）\r
X-APPLE-SPECIAL-DAY:WORK-HOLIDAY\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270205\r
DTEND;VALUE=DATE:20270207\r
SUMMARY:春\r
 节（休）\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART:20270220T000000\r
DTEND:20270221T000000\r
SUMMARY:春节 补班 第1天/共1天\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20270204\r
RRULE:FREQ=YEARLY\r
SUMMARY:立春\r
END:VEVENT\r
END:VCALENDAR\r
"""


def workbook() -> bytes:
    book = Workbook()
    for row in (
        ["2027 年放假安排"],
        ["日期", "类型", "节日"],
        *(line.split(",") for line in CSV.split()[1:]),
    ):
        book.active.append(row)
    data = BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        CSV,
        CSV.encode("gb18030"),
        CSV.replace(",", "\t"),
        SPANS,
        workbook(),
        json.dumps(API),
        json.dumps([API]),
        json.dumps(API["days"]),
        json.dumps(BY_DAY),
        PHONE,
        TOML,
        TOML.replace("[2027.", "[calendar.notices.2027."),
        '[{"date": "2027-01-01", "until": 1, "kind": "放假", "name": "元旦"}]\n',
    ],
    ids=["csv", "gbk", "tsv", "spans", "xlsx", "api", "apis", "days", "by_day", "ics", "toml", "ours", "one"],
)
def test_a_notice_is_the_same_in_every_format(data: str | bytes) -> None:
    [(year, notice)] = read(data).notices.items()
    assert year == 2027
    if notice.make_up_days:
        assert notice == EXPECTED
    else:
        assert notice.days_off == {"元旦": NEW_YEAR[:1]}


def test_days_of_the_december_before_belong_to_the_notice() -> None:
    early = "日期,类型,节日\n2027-12-31,放假,元旦\n2028-01-01,放假,元旦\n2027-12-26,补班,元旦\n"
    [(year, notice)] = read(early).notices.items()
    assert year == 2028
    assert notice.days_off == {"元旦": (date(2027, 12, 31), date(2028, 1, 1))}
    assert notice.make_up_days == {"元旦": (date(2027, 12, 26),)}


def test_a_file_of_several_years_gives_a_notice_for_each() -> None:
    more = CSV + "".join(f"2028-10-{day:02d},放假,国庆节\n" for day in range(1, 8))
    assert list(read(more).notices) == [2027, 2028]


def test_a_table_of_every_day_is_read_without_the_ordinary_ones() -> None:
    rows = [
        "2027-01-04,工作日,",
        "2027-01-09,周末,",
        "2027-01-05,上班,",
        "2027-01-10,休息,",
        "2027-01-01,放假,",
    ]
    intake = read("日期,类型,节日\n" + "\n".join(rows) + "\n")
    assert intake.notices[2027].days_off == {"元旦": (date(2027, 1, 1),)}
    assert [note.zh for note in intake.notes] == ["2 天是平常的工作日或周末，不必写"]


def test_a_column_of_yes_and_no_says_it_too() -> None:
    intake = read("date,isOffDay,name\n2027-01-01,true,元旦\n2027-02-20,false,春节\n")
    assert intake.notices[2027].make_up_days == {"春节": (MAKE_UP,)}


def test_days_without_a_name_get_the_holidays_by_law_or_of_their_neighbour() -> None:
    intake = read("日期,类型\n2027-10-01,放假\n2027-10-05,放假\n2027-10-08,放假\n2027-10-09,补班\n")
    notice = intake.notices[2027]
    assert notice.days_off == {"国庆节": (date(2027, 10, 1), date(2027, 10, 5), date(2027, 10, 8))}
    assert notice.make_up_days == {"国庆节": (date(2027, 10, 9),)}


def test_a_day_that_stands_twice_counts_once_and_is_told() -> None:
    intake = read(CSV + "2027-01-01,放假,\n")
    assert intake.notices[2027].days_off["元旦"] == NEW_YEAR
    assert [note.zh for note in intake.notes] == ["1 天重复，按一次算"]


def test_a_make_up_day_from_monday_to_friday_is_told() -> None:
    intake = read(CSV + "2027-02-22,补班,春节\n")
    assert intake.notices[2027].make_up_days == {"春节": (MAKE_UP,)}
    assert "2027-02-22（春节补班）是周一至周五" in intake.notes[0].zh


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV + "2027-01-01,补班,元旦\n", "2027-01-01 既写成放假又写成补班（第 2 行和第 8 行）"),
        (CSV + "2027-10-01,补班,\n", "2027-10-01 是法定节假日（国庆节），却写成补班"),
        (CSV + "2027-13-01,放假,\n", "第 8 行「日期」 “2027-13-01”：不是日期"),
        (CSV + "2027-03-01,调休,\n", "看不出是放假还是补班"),
        (CSV + "2027-03-01,,\n", "看不出是放假还是补班"),
        (CSV + ",放假,\n", "这一行没有日期"),
        (SPANS + "2027-05-05,2027-05-01,放假,\n", "结束日期早于开始日期"),
        (SPANS + "2027-05-01,2027-06-05,放假,\n", "相隔超过 31 天"),
        ("日期,类型\n2027-01-04,工作日\n", "里面没有一天放假或补班"),
        ("日期,名称\n2027-01-04,元旦\n", "缺少必需的列"),
        ('{"year": 2027, "days": [', "不是完整的 JSON"),
        ('{"year": 2027, "days": [{"date": "2027-1-32", "isOffDay": true}]}', "第 1 行「date」"),
        ('{"year": 2027, "days": [{"date": "2027-01-01"}]}', "没有说是放假还是补班"),
        ('{"year": 2027, "days": [{"date": "2028-05-01", "isOffDay": true}]}', "2028-05-01 不属于 2027 年"),
        ('{"year": 2027}', "里面没有一天放假或补班"),
        ("[2027.days_off]\nx = [2026-02-01]\n", "2026-02-01 不属于 2027 年"),
        ("[2027.days_off]\nx = ['soon']\n", "“soon”：不是日期"),
        (PHONE.replace("20270104", "20261231"), "结束不在开始之后"),
        (PHONE.replace("DTSTART;VALUE=DATE:20270101", "DTSTART:soon"), "看不懂这个日期"),
        (PHONE.replace("春节 补班 第1天/共1天", "春节调休"), "“调休”可以是放假，也可以是补班"),
        ("<html></html>", "网页"),
        ("", "文件是空的"),
    ],
)
def test_a_file_with_any_fault_is_refused_whole_with_the_place(text: str, said: str) -> None:
    assert said in refusal(text)


def test_toml_that_is_none_is_refused_with_its_line() -> None:
    assert refusal("[2027.days_off]\nx = \n", "notice.toml").startswith("notice.toml:2：不是完整的 TOML")


def test_entries_that_are_no_holidays_are_left_out_and_counted() -> None:
    assert [note.zh for note in read(PHONE).notes] == ["1 条日程不是放假或补班（节气、生日等），没有采用"]


def test_whole_days_given_in_utc_are_chinese_days() -> None:
    utc = PHONE.replace("DTSTART;VALUE=DATE:20270101", "DTSTART:20261231T160000Z")
    utc = utc.replace("DTEND;VALUE=DATE:20270104", "DTEND:20270103T160000Z")
    assert read(utc).notices[2027].days_off["元旦"] == NEW_YEAR


@pytest.mark.parametrize(
    ("title", "kind", "name"),
    [
        ("元旦（休）", "off", "元旦"),
        ("春节（班）", "worked", "春节"),
        ("国庆节 假期 第1天/共7天", "off", "国庆节"),
        ("春节 补班 第1天/共2天", "worked", "春节"),
        ("[放假]中秋节", "off", "中秋节"),
        ("[加班]", "worked", ""),
        ("休｜国庆节、中秋节", "off", "国庆节、中秋节"),
        ("班｜春节", "worked", "春节"),
        ("劳动节前补班", "worked", "劳动节"),
        ("国庆节调休", None, "国庆节"),
        ("除夕", None, "春节"),
        ("立春", None, "立春"),
    ],
)
def test_a_title_says_kind_and_holiday(title: str, kind: str | None, name: str) -> None:
    assert (kind_of_title(title), to_holiday_name(title)) == (kind, name)
