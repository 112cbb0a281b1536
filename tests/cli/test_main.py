"""The front door: every command is there, and asking for help costs next to nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from main import COMMANDS, main
from steward import __version__
from tests.cli.desk import Desk, make_desk

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_explains_itself_when_asked(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_every_command_is_listed_when_help_is_asked_for() -> None:
    result = CliRunner().invoke(main, ["--help"], catch_exceptions=False)
    assert all(f"  {name} " in result.output for name in COMMANDS)


def test_nothing_heavy_is_imported_when_help_is_asked_for() -> None:
    code = (
        "import sys; sys.argv = ['main.py', '--help']\n"
        "import main\n"
        "main.main(['--help'], standalone_mode=False)\n"
        "heavy = {'sqlalchemy', 'pydantic', 'requests', 'rich', 'babel', 'jinja2', 'structlog', 'alembic'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_nearest_command_is_offered_when_one_is_misspelt() -> None:
    result = CliRunner().invoke(main, ["grops"])
    assert result.exit_code == 2
    assert "groups" in result.output


def test_version_is_the_packages_when_asked() -> None:
    assert CliRunner().invoke(main, ["version"]).output == f"steward {__version__}\n"


def test_simulate_prints_one_line_and_serves_until_stopped() -> None:
    command = [sys.executable, str(ROOT / "main.py"), "simulate", "--people", "20", "--groups", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    given = json.loads(process.stdout.readline())
    query = f"corpid={given['corp_id']}&corpsecret={given['secrets']['app']}"
    with urlopen(f"{given['base_url']}gettoken?{query}", timeout=5) as answer:
        assert json.load(answer)["errcode"] == 0
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)
    assert (process.returncode, rest) == (0, "")


def test_simulate_is_refused_when_the_company_is_too_small() -> None:
    result = CliRunner().invoke(main, ["simulate", "--people", "3"])
    assert result.exit_code == 2


def test_command_line_speaks_english_when_asked(tmp_path: Path) -> None:
    make_desk(tmp_path)
    command = [sys.executable, str(ROOT / "main.py"), "--lang", "en", "schedule", "next", "daily_digest"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.startswith("daily_digest：Every working day at 08:37\nDate ")
    assert "working day" in result.stdout


def test_pipe_that_closes_early_is_no_traceback_when_a_list_is_long(desk: Desk) -> None:
    desk.call(
        "people",
        "import",
        desk.write("p.csv", "账号,姓名\n" + "".join(f"u{n},名{n}\n" for n in range(6_000))),
    )
    reader = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert reader.stdin is not None
    command = [sys.executable, str(ROOT / "main.py"), "people", "list", "--settings", str(desk.settings)]
    writer = subprocess.Popen(command, stdout=reader.stdin, stderr=subprocess.PIPE, text=True)
    reader.stdin.close()
    _, said = writer.communicate(timeout=60)
    reader.wait(timeout=20)
    assert said == ""
