"""`db`: the database as an admin handles it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.desk import SETTINGS, Desk, make_desk


def test_check_says_what_to_run_when_there_is_no_database(desk: Desk) -> None:
    result = desk.call("db", "check")
    assert result.exit_code == 1
    assert "main.py db upgrade" in result.stderr
    assert not (desk.folder / "var" / "steward.db").exists()


def test_database_is_sound_when_it_was_just_made(desk: Desk) -> None:
    assert "已建立数据库" in desk.call("db", "upgrade").stdout
    assert "已是最新" in desk.call("db", "upgrade").stdout
    told = desk.data("db", "check")
    assert told["ok"]
    assert told["problems"] == []


def test_backup_is_a_whole_database_when_it_is_copied_elsewhere(desk: Desk, tmp_path: Path) -> None:
    desk.call("db", "upgrade")
    copies = tmp_path / "copies"
    result = desk.call("db", "backup", "--to", str(copies))
    (copy,) = copies.iterdir()
    assert result.stdout.strip() == str(copy)
    other = make_desk(
        tmp_path,
        settings=SETTINGS.format(corp_id="ww1111", base_url="http://127.0.0.1:9/", hr="")
        + f'\n[database]\nurl = "sqlite:///{copy}"\n',
    )
    assert other.data("db", "check")["ok"]


def test_every_command_says_the_file_is_damaged_when_it_is(desk: Desk) -> None:
    (desk.folder / "var").mkdir()
    (desk.folder / "var" / "steward.db").write_bytes(b"no database at all " * 500)
    for arguments in (("db", "check"), ("db", "upgrade"), ("db", "backup"), ("groups", "list"), ("runs",)):
        result = desk.call(*arguments)
        assert result.exit_code == 1
        assert "数据库文件已损坏" in result.stderr


def test_lists_are_empty_and_exit_is_0_when_nothing_was_ever_done(desk: Desk) -> None:
    for arguments in (
        ("groups", "list"),
        ("people", "list"),
        ("reports", "list"),
        ("runs",),
        ("outbox", "list"),
    ):
        result = desk.call(*arguments)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr
        assert desk.data(*arguments) == []
