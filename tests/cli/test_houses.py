"""Which settings hold for a run: those it began with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steward.cli.houses import Houses
from steward.store.database import Database
from tests.jobs.home import Home


def test_run_keeps_the_settings_it_began_with_and_the_next_has_the_new_ones(
    sqlite_database: Database, tmp_path: Path
) -> None:
    old = Home(sqlite_database, tmp_path).house
    new = replace(old)
    houses = Houses(old)
    assert houses.of_run(1) is old
    houses.replace(new)
    assert houses.current is new
    assert houses.of_run(1) is old
    assert houses.of_run(2) is new
    assert houses.forget(1) is old
    assert houses.of_run(1) is new


def test_runs_nobody_ends_here_are_forgotten(sqlite_database: Database, tmp_path: Path) -> None:
    old = Home(sqlite_database, tmp_path).house
    houses = Houses(old)
    for run_id in range(1000):
        houses.of_run(run_id)
    houses.replace(replace(old))
    assert houses.of_run(0) is houses.current
    assert houses.of_run(999) is old
