"""Killed in the middle and started again: nothing lost, nothing twice, and the same rows as if nothing had been."""

from __future__ import annotations

import random
import signal
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from steward.store.outbox import OutboxRow
from steward.store.schema import findings, groups, membership_events, memberships, outbox
from steward.store.sources import load_sources
from tests.factories import make_delivery
from tests.processes import run_in_a_process
from tests.scenarios.dying import work
from tests.scenarios.town import Town, at, environment_of, open_town

KILLS = 10
# What two services may differ in: numbers of rows, and the minute in which something was seen.
IGNORED = {"id", "claimed_by", "message_id", "fingerprint", "evidence", "subject_id", "observed"}


def rows_of(town: Town, table: Table) -> list[str]:
    """Return what a table holds, but for what two undisturbed services may differ in."""
    with town.house.database.read() as connection:
        found = connection.execute(select(table)).mappings().all()
    return sorted(
        str([told(name, value) for name, value in row.items() if name not in IGNORED]) for row in found
    )


def told(name: str, value: Any) -> Any:
    """Of a moment only whether there is one counts."""
    is_moment = name.endswith("_at") or name in ("at", "members_as_of")
    return (name, value is not None) if is_moment else (name, value)


def copy_of(town: Town, folder: Path) -> Town:
    """Return a second service of the same company, which nobody will kill."""
    folder.mkdir()
    return Town(folder, town.simulator, town.clock)


def kill_and_start_again(town: Town, job: str, as_of: Any, dies_at: int) -> None:
    environment = environment_of(town.simulator.credentials())
    assert run_in_a_process(work, town.folder, environment, job, as_of, dies_at) == -signal.SIGKILL
    assert run_in_a_process(work, town.folder, environment, job, as_of + timedelta(minutes=1)) == 0


def shares(seed: int) -> list[float]:
    """Return how far a job comes before it is killed, from its first statement to nearly its last."""
    generator = random.Random(seed)
    return [(number + generator.random()) / KILLS * 0.95 for number in range(KILLS)]


@pytest.mark.parametrize(
    ("job", "moment", "tables"),
    [
        ("sync_groups", time(7, 24), (groups, memberships, membership_events)),
        ("check_members", time(8, 13), (findings, outbox, membership_events)),
    ],
)
def test_rows_are_those_of_an_undisturbed_service_when_a_job_is_killed_and_started_again(
    tmp_path: Path, job: str, moment: time, tables: tuple[Table, ...]
) -> None:
    (tmp_path / "killed").mkdir()
    with open_town(tmp_path / "killed", seed=11, people=40, groups=24) as town:
        control = copy_of(town, tmp_path / "control")
        environment = environment_of(town.simulator.credentials())
        for one in (town, control):
            for first in ("sync_directory", "sync_groups"):
                one.run(first)
        day = date(2026, 11, 18)
        for number, share in enumerate(shares(3)):
            day = town.house.working_days.next(day)
            as_of = at(day, moment)
            town.clock.set(as_of)
            for one in (town, control):
                one.run("sync_directory")
                if job == "check_members":
                    one.run("sync_groups")
            most = work(control.folder, environment, job, as_of)
            work(control.folder, environment, job, as_of + timedelta(minutes=1))
            kill_and_start_again(town, job, as_of, 1 + int(share * most))
            for table in tables:
                assert rows_of(town, table) == rows_of(control, table), (table.name, number, share)
        with town.house.database.read() as connection:
            assert not any(source.detail for source in load_sources(connection))
        control.house.database.close()


def queue_some(town: Town, number: int) -> list[str]:
    """Queue persons' messages, a bot's, and a file."""
    report = town.house.files / f"report{number}.html"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(f"<p>report {number}</p>")
    body = {"msgtype": "file", "file": {"path": report.name, "filename": report.name}}
    people = sorted(set(town.heads.values()))[:3]
    made = [
        *(
            make_delivery(
                f"app {number} {one}", recipient=one, body=text(f"app {number} {one}"), topic="test"
            )
            for one in people
        ),
        make_delivery(
            f"bot {number}", channel="bot", recipient="hr", body=text(f"bot {number}"), topic="test"
        ),
        make_delivery(f"file {number}", recipient=people[0], body=body, topic="test"),
    ]
    with town.house.database.begin() as connection:
        town.house.gate.enqueue(connection, made, now=town.clock.now())
    return [one.idempotency_key for one in made]


def text(key: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": f"请处理 <{key}>"}}


def arrivals(town: Town, key: str) -> int:
    if not key.startswith("file"):
        return sum(f"<{key}>" in str(one["body"]) for one in town.simulator.received)
    number = key.split()[1]
    files = [one for one in town.received() if one["body"]["msgtype"] == "file"]
    names = [town.simulator.media(one["body"]["file"]["media_id"])[0] for one in files]
    return names.count(f"report{number}.html")


def test_every_message_arrives_once_when_delivery_is_killed_and_started_again(tmp_path: Path) -> None:
    with open_town(tmp_path, seed=11, people=40, groups=6) as town:
        environment = environment_of(town.simulator.credentials())
        as_of = at(date(2026, 11, 18), time(9, 0))
        town.clock.set(as_of)
        queue_some(town, 0)
        most = work(tmp_path, environment, "deliver", as_of)
        for number, share in enumerate(shares(5), start=1):
            as_of += timedelta(minutes=5)
            town.clock.set(as_of)
            keys = queue_some(town, number)
            kill_and_start_again(town, "deliver", as_of, 1 + int(share * most))
            # What was interrupted is due again after a pause.
            assert run_in_a_process(work, tmp_path, environment, "deliver", as_of + timedelta(minutes=2)) == 0
            fates = {row.idempotency_key: row for row in town.outbox}
            for key in keys:
                check_fate(town, key, fates, (number, share))


def check_fate(town: Town, key: str, fates: Mapping[str, OutboxRow], what: object) -> None:
    row, arrived = fates[key], arrivals(town, key)
    if row.channel == "app":
        assert (row.status, arrived) == ("sent", 1), (what, row)
        return
    # A bot knows no duplicate check: where the process died in the act, a person is asked and nothing repeated.
    told = any(other.startswith("admin_alert:outbox:unknown:bot:") for other in fates)
    assert (row.status, arrived) == ("sent", 1) or (row.status == "unknown" and arrived <= 1 and told), (
        what,
        row,
    )
