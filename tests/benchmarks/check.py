"""The member check over a million memberships against only reading those rows, with peak memory.

Reading means what the check itself needs: the rows as facts, by the store. A bare cursor that makes nothing of the
rows is printed beside it.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from steward.checks.assignment import Assigner
from steward.checks.judge import judge
from steward.checks.observable import observe
from steward.checks.params import build_params
from steward.cli.house import ease_collector
from steward.model.directory import Department, DirectorySnapshot, Employee
from steward.model.group import Member, Roster
from steward.model.settings import Settings
from steward.store.database import open_database
from steward.store.directory import apply_directory, load_company
from steward.store.groups import load_group_ids, load_groups, stream_group_facts
from steward.store.memberships import apply_rosters
from steward.store.migrate import upgrade
from tests.benchmarks.measure import seconds, verdict
from tests.benchmarks.write import MEMBERS, NOW

PEOPLE = 20_000
ROOT = Path(__file__).parents[2]


def run(scale: float) -> bool:
    """Measure each way in a process of its own, so that its peak memory is its own."""
    groups = round(20_000 * scale)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steward.db"
        _child("fill", path, groups)
        bare = _child("bare", path, groups)
        read = _child("read", path, groups)
        check = _child("check", path, groups)
    print(
        f"check: {groups * MEMBERS:,} memberships of {PEOPLE:,} people; bare cursor {bare['s']:.2f} s, "
        f"read as facts {read['s']:.2f} s, check {check['s']:.2f} s ({check['s'] / bare['s']:.2f}× the bare "
        f"cursor), {check['found']:,} findings"
    )
    fast = verdict("member check / reading the rows", check["s"] / read["s"], 2)
    return verdict("peak memory of the check", check["mb"], 300, unit=" MB") and fast


def _child(mode: str, path: Path, groups: int) -> dict[str, float]:
    arguments = [sys.executable, "-m", "tests.benchmarks.check", mode, str(path), str(groups)]
    done = subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _fill(path: Path, groups: int) -> int:
    """Write a company of 20,000 and its groups; one nickname in fifty is wrong, one member in 500 has left."""
    database = open_database(f"sqlite:///{path}")
    upgrade(database, now=NOW)
    departments = tuple(
        Department(id=n, name=f"第{n}部", parent_id=None if n == 1 else 1) for n in range(1, 201)
    )
    people = [
        Employee(
            userid=f"user{n:06d}",
            name=f"员工{n:05d}",
            department_ids=(n % 200 + 1,),
            main_department_id=n % 200 + 1,
            status="left" if n % 500 == 0 else "active",
        )
        for n in range(PEOPLE)
    ]
    snapshot = DirectorySnapshot(
        departments=departments, employees=tuple(people), source="wecom", complete=True, seen_at=NOW
    )
    with database.begin() as connection:
        apply_directory(connection, snapshot)
    for at in range(0, groups, 500):
        rosters = []
        for number in range(at, min(at + 500, groups)):
            staff = [people[(number * 37 + m * 11) % PEOPLE] for m in range(MEMBERS)]
            members = tuple(
                Member(
                    e.userid,
                    "staff",
                    e.name if (number + m) % 50 == 0 else f"第{e.main_department_id}部{e.name}",
                    e.name,
                    1_767_578_400,
                )
                for m, e in enumerate(staff)
            )
            rosters.append(
                Roster(
                    chat_id=f"wr{number:08d}",
                    kind="customer",
                    name=f"项目群{number}",
                    owner_userid="user000001",
                    members=members,
                    seen_at=NOW,
                )
            )
        with database.begin() as connection:
            apply_rosters(connection, rosters)
    database.close()
    return groups


def _bare(path: Path) -> int:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT chat_id, member_id, kind, nickname, name, joined_unix_s, invited_by FROM memberships ORDER BY chat_id"
    )
    return sum(1 for _ in rows)


def _walk(path: Path, *, judging: bool) -> int:
    """Read every group's facts; judge and observe them too, if wanted. Returns members read, or findings."""
    rule = {"name": "*", "filed_on": "2026-01-01", "liaison": "user000001"}
    agent = {"agent_id": 1, "secret": {"env": "X"}}
    settings = Settings.model_validate(
        {
            "company": {"name": "基准", "corp_id": "ww0000", "agents": {"app": agent}},
            "groups": {"rules": [rule]},
        }
    )
    zone = ZoneInfo("Asia/Shanghai")
    count = 0
    database = open_database(f"sqlite:///{path}")
    with database.read() as connection:
        company = load_company(
            connection,
            now=NOW,
            zone=zone,
            trusted_for={"wecom": timedelta(days=2)},
            moved_since=timedelta(days=30),
        )
        params = build_params(settings, [], NOW)
        assigner = Assigner(settings.groups, [], company)
        chat_ids = load_group_ids(connection)
        for at in range(0, len(chat_ids), 500):
            found = load_groups(connection, chat_ids[at : at + 500])
            assigned = [(group, assigner.assign(group)) for group in found]
            for facts in stream_group_facts(connection, assigned, since=NOW, zone=zone):
                if judging:
                    count += len(judge(facts, company, params))
                    observe(facts, company, params[facts.assignment.policy])
                else:
                    count += len(facts.members or ())
    database.close()
    return count


def main() -> None:
    """Do one of these as a process of its own and print its figures as JSON."""

    ease_collector()
    mode, path, groups = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    found = 0

    def work() -> None:
        nonlocal found
        if mode == "fill":
            found = _fill(path, groups)
        elif mode == "bare":
            found = _bare(path)
        else:
            found = _walk(path, judging=mode == "check")

    took = seconds(work)
    # Not ru_maxrss: that remembers the process this one was forked from.
    status = Path("/proc/self/status").read_text(encoding="utf8")
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"s": took, "mb": peak, "found": found}))


if __name__ == "__main__":
    main()
