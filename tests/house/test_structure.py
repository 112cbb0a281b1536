"""The house is built as docs/house.md says."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import all_jobs
from steward.checks import all_checks
from steward.model.settings.operation import DEFAULT_SCHEDULES

ROOT = Path(__file__).parents[2]
CODE = ("main.py", "steward", "jobs", "reports")
ROOMS = {
    "actions", "checks", "cli", "clock", "delivery", "engine", "intake", "model", "simulator", "store", "wecom",
}  # fmt: skip
BANNED_NAMES = {"utils", "util", "core", "services", "helpers", "helper", "common", "misc"}


def sources() -> Iterator[Path]:
    for name in CODE:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sources():
        if "migrations" in path.parts:
            continue
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf8"))


def test_top_level_holds_what_an_admin_or_author_changes() -> None:
    for name in ("main.py", "settings.toml", "jobs", "reports", "templates", "steward", "tests"):
        assert (ROOT / name).exists(), name


def test_rooms_are_those_of_the_house() -> None:
    rooms = {path.parent.name for path in (ROOT / "steward").glob("*/__init__.py")}
    assert rooms == ROOMS


def test_no_room_or_file_is_called_by_a_name_that_says_nothing() -> None:
    for path in sources():
        assert not {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} & BANNED_NAMES, path


@pytest.mark.parametrize("check_id", sorted(all_checks()))
def test_check_has_its_file_template_and_test_of_one_name(check_id: str) -> None:
    (file,) = (ROOT / "steward" / "checks").glob(f"*/{check_id}.py")
    room = file.parent.name
    assert (ROOT / "templates" / "messages" / f"{check_id}.md.j2").is_file()
    assert (ROOT / "tests" / "checks" / room / f"test_{check_id}.py").is_file()


def test_every_check_file_is_found() -> None:
    files = {path.stem for path in (ROOT / "steward" / "checks").glob("*/*.py")} - {"__init__"}
    assert files == set(all_checks())


def test_every_job_has_a_schedule_and_every_schedule_a_job() -> None:
    assert set(all_jobs()) == set(DEFAULT_SCHEDULES)


def test_every_job_file_names_itself() -> None:
    assert {name: job.name for name, job in all_jobs().items()} == {name: name for name in all_jobs()}


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf8").splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_functions_stay_short() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    assert statistics.median(lengths) <= 10


def test_sql_is_written_in_the_store_only() -> None:
    """Others hold a connection for the length of a transaction; they say nothing to it themselves."""
    for path, tree in trees():
        if path.parts[:2] == ("steward", "store"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                assert {alias.name for alias in node.names} <= {"Connection"}, path
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("sqlalchemy") for alias in node.names), path


def test_pure_rooms_never_read_the_clock() -> None:
    pure = [("steward", "model"), ("steward", "clock"), ("steward", "checks"), ("reports",)]
    for path, tree in trees():
        if not any(path.parts[: len(room)] == room for room in pure):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in {"now", "utcnow", "today"}, f"{path}:{node.lineno}"


def test_nothing_is_left_for_later() -> None:
    for path in sources():
        found = re.search(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b", path.read_text(encoding="utf8"))
        assert found is None, f"{path}: {found}"


def test_public_functions_say_what_they_give_back() -> None:
    for path, tree in trees():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                is_command = any(isinstance(d, ast.Call) for d in node.decorator_list)
                assert ast.get_docstring(node) or is_command, f"{path}:{node.lineno} {node.name}"
