"""When a command fails in a way nobody foresaw."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from steward.cli.trouble import report, run_guarded, settings_folder, to_sentence
from tests.cli.desk import make_desk

ROOT = Path(__file__).resolve().parents[2]
SECRET = "S3cret-in-the-environment"


@click.command()
@click.option("--settings")
@click.argument("what")
def fail(what: str, settings: str | None) -> None:
    """Fail as told."""
    if what == "ctrl-c":
        raise KeyboardInterrupt
    if what == "usage":
        raise click.UsageError("so nicht")
    if what == "exit":
        raise SystemExit(4)
    if what == "bug":
        raise ZeroDivisionError(f"with {SECRET} and postgresql://me:pass-word@host/db")


def run_main(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_bug_is_one_sentence_and_a_file_when_nobody_foresaw_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SECRET", SECRET)
    assert run_guarded(fail, ["bug", "--settings", str(tmp_path / "settings.toml")]) == 1
    said = capsys.readouterr().err
    story = (tmp_path / "var" / "last-error.txt").read_text(encoding="utf8")
    assert "ZeroDivisionError" in said
    assert "last-error.txt" in said
    assert "Traceback" not in said
    assert "Traceback" in story
    for text in (said, story):
        assert SECRET not in text
        assert "pass-word" not in text


@pytest.mark.parametrize(("what", "code"), [("ctrl-c", 130), ("usage", 2), ("fine", 0)])
def test_exit_code_tells_how_it_ended(what: str, code: int) -> None:
    assert run_guarded(fail, [what]) == code


def test_exit_code_of_a_command_is_kept_when_it_chose_one() -> None:
    with pytest.raises(SystemExit) as stopped:
        run_guarded(fail, ["exit"])
    assert stopped.value.code == 4


def test_sentence_comes_all_the_same_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    said = report(ZeroDivisionError("x"), tmp_path / "var", {})
    assert "写不进" in said


def test_cause_is_named_when_it_stands_behind_another_error() -> None:
    error = RuntimeError("wrapped")
    error.__cause__ = sqlite3.OperationalError("database is locked")
    assert "被别的进程占用" in to_sentence(error)


def test_database_says_who_holds_it_when_it_is_locked_or_read_only(tmp_path: Path) -> None:
    file = tmp_path / "steward.db"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN IMMEDIATE")
    other = sqlite3.connect(file, timeout=0)
    with pytest.raises(sqlite3.OperationalError) as locked:
        other.execute("INSERT INTO t VALUES (1)")
    holder.execute("ROLLBACK")
    reader = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as readonly:
        reader.execute("INSERT INTO t VALUES (1)")
    for connection in (holder, other, reader):
        connection.close()
    assert "被别的进程占用" in to_sentence(locked.value)
    assert "写权限" in to_sentence(readonly.value)


def test_file_is_named_when_the_system_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(OSError) as refused:
        (tmp_path / "nowhere" / "x").write_text("")
    assert str(tmp_path / "nowhere" / "x") in to_sentence(refused.value)


def test_setup_is_named_when_a_package_is_missing() -> None:
    assert "make setup" in to_sentence(ModuleNotFoundError("No module named 'x'", name="x"))


def test_folder_of_the_settings_is_found_however_they_were_named() -> None:
    assert settings_folder(["runs", "--settings", "/a/s.toml"], {}) == Path("/a")
    assert settings_folder(["runs", "--settings=/b/s.toml"], {}) == Path("/b")
    assert settings_folder(["runs"], {"STEWARD_SETTINGS": "/c/s.toml"}) == Path("/c")
    assert settings_folder([], {}) == Path.cwd()


def test_read_only_place_is_a_sentence_when_the_database_cannot_be_made(tmp_path: Path) -> None:
    make_desk(tmp_path)
    (tmp_path / "var").write_text("a file where a folder should be")
    result = run_main("db", "upgrade", folder=tmp_path)
    assert result.returncode == 1
    assert str(tmp_path / "var") in result.stderr
    assert "Traceback" not in result.stderr


def test_process_ends_quietly_with_130_when_it_is_interrupted(tmp_path: Path) -> None:
    code = (
        "import sys, time, click\n"
        "from steward.cli.trouble import run_guarded\n"
        "@click.command()\n"
        "def wait():\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "sys.exit(run_guarded(wait, []))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said.strip()) == (130, "")
