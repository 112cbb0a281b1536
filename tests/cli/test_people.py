"""`people`: the employee list as a file."""

from __future__ import annotations

from tests.cli.desk import Desk

LIST = "账号,姓名,部门\n"
THREE = LIST + "zhangsan,张三,公司/财务部\nlisi,李四,公司/研发部\nwangwu,王五,公司/研发部\n"


def many(count: int) -> str:
    return LIST + "".join(f"user{number},员工{number},研发部\n" for number in range(count))


def test_people_are_listed_with_departments_when_a_list_was_imported(desk: Desk) -> None:
    result = desk.call("people", "import", desk.write("p.csv", THREE))
    assert result.exit_code == 0
    assert "员工 3 人" in result.stdout
    rows = desk.data("people", "list")
    assert [(row["userid"], row["departments"]) for row in rows] == [
        ("lisi", ["研发部"]),
        ("wangwu", ["研发部"]),
        ("zhangsan", ["财务部"]),
    ]
    assert "王五" in desk.call("people", "list").stdout


def test_person_is_a_leaver_when_a_whole_list_does_not_name_them(desk: Desk) -> None:
    desk.call("people", "import", desk.write("p.csv", THREE))
    two = THREE.replace("wangwu,王五,公司/研发部\n", "")
    assert desk.data("people", "import", desk.write("p.csv", two))["left"] == 1
    assert [row["userid"] for row in desk.data("people", "list", "--left")] == ["wangwu"]


def test_nobody_is_a_leaver_when_a_row_could_not_be_read(desk: Desk) -> None:
    desk.call("people", "import", desk.write("p.csv", THREE))
    broken = THREE.replace("wangwu,", ",")
    result = desk.call("people", "import", desk.write("p.csv", broken))
    assert result.exit_code == 4
    assert "不据此判断谁离职" in result.stderr
    assert desk.data("people", "list", "--left") == []


def test_list_is_not_taken_when_it_would_make_most_people_leavers(desk: Desk) -> None:
    desk.call("people", "import", desk.write("p.csv", many(40)))
    half = desk.write("half.csv", many(20))
    result = desk.call("people", "import", half)
    assert result.exit_code == 1
    assert "40 人里有 20 人离职" in result.stderr
    assert len(desk.data("people", "list")) == 40
    assert desk.call("people", "import", half, "--yes").exit_code == 0
    assert len(desk.data("people", "list")) == 20


def test_nothing_is_kept_when_an_import_is_rehearsed(desk: Desk) -> None:
    assert desk.data("people", "import", desk.write("p.csv", THREE), "--dry-run")["employees"] == 3
    assert desk.data("people", "list") == []


def test_list_does_not_push_wecoms_directory_aside_when_that_is_fresh(synced: Desk) -> None:
    before = synced.data("people", "list")
    result = synced.call("people", "import", synced.write("p.csv", THREE))
    assert result.exit_code == 1
    assert "企业微信的通讯录读得到" in result.stderr
    assert synced.data("people", "list") == before
