from __future__ import annotations

import json
import stat
import tomllib
from datetime import date
from pathlib import Path

import pytest

from steward.clock.working_days import WorkingDays
from steward.model.settings.calendar import Calendar
from tests.cli.desk import SETTINGS, Desk, make_desk

TEMPLATE = Path(__file__).parents[2] / "settings.toml"
UNPUBLISHED = pytest.mark.skipif(
    not WorkingDays(Calendar()).is_provisional(2027), reason="2027 is published by now"
)
NOTICE = {
    "year": 2027,
    "days": [
        *(
            {"name": name, "date": f"2027-{month:02d}-{day:02d}", "isOffDay": True}
            for name, month, days in (
                ("元旦", 1, range(1, 4)),
                ("春节", 2, range(5, 13)),
                ("清明节", 4, range(3, 6)),
                ("劳动节", 5, range(1, 6)),
                ("端午节", 6, range(9, 10)),
                ("中秋节", 9, range(15, 16)),
                ("国庆节", 10, range(1, 8)),
            )
            for day in days
        ),
        {"name": "春节", "date": "2027-02-20", "isOffDay": False},
        {"name": "国庆节", "date": "2027-10-09", "isOffDay": False},
    ],
}


def make_calendar_desk(folder: Path, *more: str) -> Desk:
    plain = SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr="")
    return make_desk(folder, settings=plain + "\n".join(more))


@pytest.fixture
def notice(desk: Desk) -> str:
    return desk.write("2027.json", json.dumps(NOTICE, ensure_ascii=False))


@UNPUBLISHED
def test_check_asks_for_the_notice_from_the_end_of_october_on(desk: Desk) -> None:
    early = desk.data("calendar", "check", "--as-of", "2026-10-24")
    assert (early["next_notice"]["year"], early["next_notice"]["due"], early["attention"]) == (
        2027,
        False,
        False,
    )
    late = desk.data("calendar", "check", "--as-of", "2026-10-25", code=4)
    assert [year["state"] for year in late["years"]] == ["published", "provisional"]
    assert late["attention"]


@UNPUBLISHED
def test_check_says_what_rests_on_a_year_that_is_a_guess(desk: Desk) -> None:
    result = desk.call("calendar", "check", "--as-of", "2026-11-20")
    assert result.exit_code == 4
    assert "2027 年：放假安排未公布，按法定节假日推算，没有调休" in result.output
    assert "daily_digest  每个工作日 08:37" in result.output
    assert "sync_groups" not in result.output
    assert "main.py calendar import" in result.output


@UNPUBLISHED
def test_check_wants_attention_while_this_years_days_are_guesses(desk: Desk) -> None:
    assert desk.data("calendar", "check", "--as-of", "2027-03-01", code=4)["next_notice"]["year"] == 2027


def test_check_is_content_with_an_imported_year(desk: Desk, notice: str) -> None:
    assert desk.call("calendar", "import", notice, "--as-of", "2026-11-20").exit_code == 0
    found = desk.data("calendar", "check", "--as-of", "2026-11-20")
    assert found["years"][1]["state"] == "imported"
    assert found["years"][1]["imported_on"] == "2026-11-20"


def test_check_tells_where_an_imported_notice_differs_from_the_built_in_one(tmp_path: Path) -> None:
    desk = make_calendar_desk(tmp_path, "[calendar.notices.2026.days_off]", '"国庆节" = [2026-10-08]')
    found = desk.data("calendar", "check", "--as-of", "2026-03-01", code=4)
    assert "2026-10-08" in found["years"][0]["differs"]
    assert "与内置的不同" in desk.call("calendar", "check", "--as-of", "2026-03-01").output


def test_show_lists_the_holidays_of_a_year_with_their_make_up_days(desk: Desk) -> None:
    output = desk.call("calendar", "show", "2026").output
    assert output.splitlines()[0] == "2026 年：放假安排已公布（内置）"
    assert "国庆节  10月1日 周四 至 10月7日 周三  7     9月20日 周日、10月10日 周六" in output


def test_show_marks_guesses_and_the_companys_own_days(tmp_path: Path) -> None:
    desk = make_calendar_desk(
        tmp_path, "[calendar]", "days_off = [2099-12-31]", "working_days = [2099-10-10]"
    )
    output = desk.call("calendar", "show", "2099").output
    assert "没有调休" in output
    assert "国庆节（推算）" in output
    assert "休息日（公司自定）  12月31日 周四" in output
    assert "补班（公司自定）" in output


def test_show_lists_every_day_of_a_month(desk: Desk) -> None:
    days = desk.data("calendar", "show", "2026", "--month", "10")["days"]
    assert len(days) == 31
    assert days[9] == {
        **{"date": "2026-10-10", "weekday": "周六", "working": True, "make_up": True},
        **{"name": "国庆节", "why": "published", "provisional": False},
    }
    assert "2026-10-10  周六  国庆节 补班" in desk.call("calendar", "show", "2026", "--month", "10").output


def test_show_gives_every_day_of_the_year_as_json(desk: Desk) -> None:
    found = desk.data("calendar", "show", "2026")
    assert (found["state"], len(found["days"])) == ("published", 365)


def test_import_writes_the_notice_and_keeps_every_remark_of_the_settings(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, settings=TEMPLATE.read_text("utf-8"))
    before = desk.settings.read_text("utf-8")
    notice = desk.write("2027.json", json.dumps(NOTICE))
    desk.settings.chmod(0o640)
    assert desk.call("calendar", "import", notice, "--as-of", "2026-11-20").exit_code == 0
    after = desk.settings.read_text("utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert {"[calendar.notices.2027]", 'source = "2027.json"', "imported_on = 2026-11-20"} < set(added)
    # The remarks that lead over to the next section stay above it.
    assert "[calendar.notices.2027.make_up_days]" in after[: after.index("# 工作时间 / business hours")]
    raw = tomllib.loads(after)
    assert raw["calendar"]["notices"]["2027"]["make_up_days"]["春节"] == [date(2027, 2, 20)]
    assert {**raw, "calendar": None} == {**tomllib.loads(before), "calendar": None}
    assert stat.S_IMODE(desk.settings.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".settings")] == []
    assert desk.call("config", "check").exit_code == 0


def test_import_again_takes_the_place_of_the_same_year_and_keeps_remarks_in_it(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, settings=TEMPLATE.read_text("utf-8"))
    notice = desk.write("2027.json", json.dumps(NOTICE))
    assert desk.call("calendar", "import", notice, "--as-of", "2026-11-20").exit_code == 0
    first = desk.settings.read_text("utf-8")
    header = "\n[calendar.notices.2027.days_off]\n"
    remarked = first.replace(header, f"{header}# 已核对\n")
    desk.settings.write_text(remarked, "utf-8")
    other = {
        **NOTICE,
        "days": [*NOTICE["days"][:-1], {"date": "2027-09-26", "name": "国庆节", "isOffDay": False}],
    }
    assert desk.call("calendar", "import", desk.write("b.json", json.dumps(other))).exit_code == 0
    after = desk.settings.read_text("utf-8")
    raw = tomllib.loads(after)["calendar"]["notices"]
    assert list(raw) == ["2027"]
    assert raw["2027"]["make_up_days"]["国庆节"] == [date(2027, 9, 26)]
    assert after.count("# 已核对") == 1
    assert after.count("# 工作时间 / business hours") == 1


def test_import_of_a_second_year_keeps_the_first(desk: Desk, notice: str) -> None:
    assert desk.call("calendar", "import", notice).exit_code == 0
    more = "日期,类型,节日\n2028-10-01,放假,国庆节\n2028-10-07,补班,国庆节\n"
    assert desk.call("calendar", "import", desk.write("2028.csv", more)).exit_code == 0
    raw = tomllib.loads(desk.settings.read_text("utf-8"))["calendar"]["notices"]
    assert list(raw) == ["2027", "2028"]


def test_import_takes_effect_on_the_calendar(desk: Desk, notice: str) -> None:
    assert desk.call("calendar", "import", notice).exit_code == 0
    days = desk.data("calendar", "show", "2027", "--month", "2")["days"]
    assert [day["why"] for day in days] == ["imported"] * 28
    assert days[19]["make_up"]


def test_a_dry_run_says_what_would_change_and_writes_nothing(desk: Desk, notice: str) -> None:
    before = desk.settings.read_bytes()
    result = desk.call("calendar", "import", notice, "--dry-run")
    assert result.exit_code == 0
    assert (
        "2027 年：放假 28 天（元旦 3、春节 8、清明节 3、劳动节 5、端午节 1、中秋节 1、国庆节 7），补班 2 天"
        in result.output
    )
    assert "只是演练" in result.output
    assert desk.settings.read_bytes() == before


@UNPUBLISHED
def test_import_names_the_days_it_changes(desk: Desk, notice: str) -> None:
    told = desk.data("calendar", "import", notice, "--dry-run")
    assert told["years"][0]["changed"] == [
        *("2027-02-11", "2027-02-12", "2027-02-20", "2027-05-05", "2027-10-06", "2027-10-07", "2027-10-09"),
    ]


def test_a_notice_without_make_up_days_is_taken_with_a_warning(desk: Desk) -> None:
    result = desk.call("calendar", "import", desk.write("a.csv", "日期,类型\n2027-10-01,放假\n"))
    assert result.exit_code == 0
    assert "请核对：2027 年没有一天补班" in result.output
    assert "法定节假日不在其中，会算作上班" in result.output


def test_a_file_that_cannot_be_read_leaves_the_settings_as_they_are(desk: Desk) -> None:
    before = desk.settings.read_bytes()
    result = desk.call("calendar", "import", desk.write("a.csv", "日期,类型\n2027-02-30,放假\n"))
    assert result.exit_code == 1
    assert "第 2 行「日期」 “2027-02-30”：不是日期" in result.output
    assert desk.call("calendar", "import", "absent.csv").exit_code == 1
    assert desk.settings.read_bytes() == before


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("calendar = { days_off = [] } # 别动\n", ""),
        ("calendar.days_off = []\n", ""),
        ("calendar.days_off = []\nschedules.deliver.enabled = false\n", ""),
        ("", "[calendar]\ndays_off = []\n[retention]\n[calendar.notices.2026.days_off]\nx = [2026-01-01]\n"),
    ],
    ids=["in one line", "dotted", "dotted among others", "in two places"],
)
def test_settings_that_cannot_be_changed_safely_are_told_and_stay_as_they_were_or_lose_nothing(
    tmp_path: Path, first: str, last: str
) -> None:
    plain = SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr="")
    desk = make_desk(tmp_path, settings=first + plain + last)
    before = desk.settings.read_text("utf-8")
    result = desk.call("calendar", "import", desk.write("a.csv", "日期,类型\n2027-10-01,放假\n"))
    after = desk.settings.read_text("utf-8")
    if result.exit_code:
        assert result.exit_code == 1
        assert "不能自动修改" in result.output
        assert after == before
    else:
        raw = tomllib.loads(after)
        del raw["calendar"]["notices"]["2027"]
        assert (raw["calendar"].pop("notices", None) or None) == tomllib.loads(before)["calendar"].get(
            "notices"
        )
        assert first in after


def test_a_settings_file_with_windows_line_ends_keeps_them(tmp_path: Path) -> None:
    desk = make_calendar_desk(tmp_path)
    desk.settings.write_bytes(desk.settings.read_text("utf-8").replace("\n", "\r\n").encode())
    assert desk.call("calendar", "import", desk.write("a.csv", "日期,类型\n2027-10-01,放假\n")).exit_code == 0
    data = desk.settings.read_bytes()
    assert b"[calendar.notices.2027]\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")


def test_a_settings_file_behind_a_link_stays_behind_it(tmp_path: Path) -> None:
    desk = make_calendar_desk(tmp_path)
    real = tmp_path / "real.toml"
    desk.settings.rename(real)
    desk.settings.symlink_to(real)
    assert desk.call("calendar", "import", desk.write("a.csv", "日期,类型\n2027-10-01,放假\n")).exit_code == 0
    assert desk.settings.is_symlink()
    assert "notices.2027" in real.read_text("utf-8")
