from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from steward.cli.settings_file import NotEditable, change_settings, changed_text, put_table
from tests.cli.desk import Desk


def stop_people(document: tomlkit.TOMLDocument) -> None:
    document["people"]["hr"] = ["zhangsan"]


def test_a_change_is_written_and_given_back(desk: Desk) -> None:
    text = change_settings(desk.settings, stop_people)
    assert 'hr = ["zhangsan"]' in text
    assert desk.settings.read_text("utf-8") == text


def test_a_dry_run_gives_the_text_and_leaves_the_file(desk: Desk) -> None:
    before = desk.settings.read_bytes()
    assert 'hr = ["zhangsan"]' in change_settings(desk.settings, stop_people, dry_run=True)
    assert desk.settings.read_bytes() == before


def test_what_would_break_the_settings_is_told_by_its_line_and_not_written(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desk.settings.read_bytes()

    def break_it(document: tomlkit.TOMLDocument) -> None:
        document["people"]["hr"] = "zhangsan"

    with pytest.raises(SystemExit) as stopped:
        change_settings(desk.settings, break_it)
    assert stopped.value.code == 2
    assert "people.hr：" in capsys.readouterr().err
    assert desk.settings.read_bytes() == before


def test_what_somebody_else_wrote_meanwhile_is_not_lost(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = desk.settings.read_text("utf-8") + "# theirs\n"

    def change_late(document: tomlkit.TOMLDocument) -> None:
        stop_people(document)
        desk.settings.write_text(theirs, "utf-8")

    with pytest.raises(SystemExit) as stopped:
        change_settings(desk.settings, change_late)
    assert stopped.value.code == 1
    assert "刚刚被别人改过" in capsys.readouterr().err
    assert desk.settings.read_text("utf-8") == theirs
    assert leftovers(desk.folder) == []


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_change_that_loses_a_remark_is_refused() -> None:
    def drop(document: tomlkit.TOMLDocument) -> None:
        del document["people"]

    with pytest.raises(NotEditable, match="# who is told"):
        changed_text("[people]\n# who is told\nhr = []\n", drop)


def test_a_new_table_comes_before_what_leads_over_to_the_next_section() -> None:
    text = "[a]\nx = 1\n# of x\n\n# about b\n[b]\ny = 2\n"
    after = changed_text(text, lambda document: put_table(document["a"], ("n", "1"), tomlkit.item({"z": 3})))
    assert after == "[a]\nx = 1\n# of x\n\n[a.n.1]\nz = 3\n\n# about b\n[b]\ny = 2\n"
