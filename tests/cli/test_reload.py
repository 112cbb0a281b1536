"""A settings file that changes under a running service."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steward.cli import reload
from steward.cli.reload import Broken, SettingsWatch, Sound, restart_keys
from tests.cli.desk import make_desk
from tests.factories import make_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_desk(tmp_path).settings


def make_watch(path: Path) -> SettingsWatch:
    watch = SettingsWatch(path, {}, "zh")
    watch._looked_at -= 10 * reload.LOOK_EVERY_S
    return watch


def look(watch: SettingsWatch, times: int = 2) -> Sound | Broken | None:
    """Look as often as it takes to see a change through, without waiting between the looks."""
    found = None
    for _ in range(times):
        watch._looked_at -= 10 * reload.LOOK_EVERY_S
        found = watch.look() or found
    return found


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf8") + text, encoding="utf8")


def test_nothing_is_new_when_nothing_changed(path: Path) -> None:
    watch = make_watch(path)
    assert look(watch) is None
    os.utime(path, (1, 1))
    assert look(watch) is None


def test_changed_file_is_taken_up_once(path: Path) -> None:
    watch = make_watch(path)
    append(path, "[retention]\nreports_days = 60\n")
    found = look(watch)
    assert isinstance(found, Sound)
    assert found.settings.retention.reports_days == 60
    assert look(watch) is None


def test_file_still_being_written_is_left_alone_until_it_rests(path: Path) -> None:
    watch = make_watch(path)
    append(path, "[reten")
    assert look(watch, 1) is None
    append(path, "tion]\nreports_days = 60\n")
    assert look(watch, 1) is None
    assert isinstance(look(watch, 1), Sound)


def test_broken_file_is_told_with_line_and_what_is_wrong(path: Path) -> None:
    watch = make_watch(path)
    append(path, "[retention]\nreports_days = 1\nx = 2\n")
    found = look(watch)
    assert isinstance(found, Broken)
    assert "reports_days" in found.why
    assert found.brief.startswith("settings.toml:")
    assert "共 2 处" in found.brief
    assert str(path.parent) not in found.brief


def test_file_that_is_gone_is_told_and_its_return_is_taken_up(path: Path) -> None:
    watch = make_watch(path)
    text = path.read_text(encoding="utf8")
    path.unlink()
    gone = look(watch)
    assert isinstance(gone, Broken)
    assert str(path) in gone.why
    path.write_text(text, encoding="utf8")
    assert isinstance(look(watch), Sound)


def test_file_that_is_no_text_is_told(path: Path) -> None:
    watch = make_watch(path)
    path.write_bytes(b"\xff\xfe\x00garbage\x9d")
    assert isinstance(look(watch), Broken)


def test_signal_has_the_file_judged_at_once_changed_or_not(path: Path) -> None:
    watch = make_watch(path)
    assert isinstance(watch.look(at_once=True), Sound)


def test_what_only_a_restart_brings_into_force_is_named() -> None:
    old = make_settings()
    assert restart_keys(old, make_settings(company={"name": "另一个名字"})) == []
    assert restart_keys(old, make_settings(company={"corp_id": "ww9999"})) == ["company.corp_id"]
    new = make_settings(database={"url": "sqlite:///x.db"}, observability={"listen": "127.0.0.1:9"})
    assert restart_keys(old, new) == ["database.url", "observability.listen"]
