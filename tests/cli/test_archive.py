"""`runs`, `outbox`, `reports`: what was done, sent and said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from steward.simulator import Simulator
from tests.cli.desk import Desk, make_desk_for


def make_day(simulator: Simulator, folder: Path) -> Desk:
    """Return a desk after one whole round, its messages queued and the first of them sent."""
    hr = simulator.rooms()[0]["owner"]
    desk = make_desk_for(simulator, folder, hr=hr)
    # These commands live by the real clock: whoever runs them at night has no quiet hours.
    never = {f"STEWARD__POLICIES__WORK__QUIET_{end}": "03:00" for end in ("FROM", "UNTIL")}
    desk = replace(desk, environment={**desk.environment, **never})
    for job in ("sync_directory", "sync_groups", "check_members", "daily_digest", "deliver"):
        assert desk.call("run", job).exit_code == 0
    return desk


def test_runs_are_told_newest_first_when_listed(synced: Desk) -> None:
    assert [run["job"] for run in synced.data("runs")] == ["sync_groups", "sync_directory"]
    assert [run["state"] for run in synced.data("runs", "--job", "sync_groups")] == ["ok"]
    assert len(synced.data("runs", "--limit", "1")) == 1
    assert "sync_groups" in synced.call("runs").stdout


def test_message_is_shown_with_every_try_when_it_was_sent(company: Simulator, tmp_path: Path) -> None:
    desk = make_day(company, tmp_path)
    sent = desk.data("outbox", "list", "--status", "sent")
    assert sent
    assert all("body" not in row for row in sent)
    first = sent[-1]
    shown = desk.data("outbox", "show", str(first["id"]))
    assert [one["outcome"] for one in shown["tries"]] == ["accepted"]
    told = desk.call("outbox", "show", str(first["id"])).stdout
    assert "对方已接收" in told
    assert "群管日报" in told


def test_no_secret_is_shown_when_messages_are(company: Simulator, tmp_path: Path) -> None:
    desk = make_day(company, tmp_path)
    shown = [desk.call("outbox", "show", str(row["id"]), "--json") for row in desk.data("outbox", "list")]
    text = "".join(result.output for result in shown) + desk.call("outbox", "list").output
    assert not [secret for secret in desk.environment.values() if secret in text]


def test_unknown_message_is_one_sentence_when_asked_for(desk: Desk) -> None:
    result = desk.call("outbox", "show", "99")
    assert result.exit_code == 1
    assert "99" in result.stderr


def test_digest_is_printed_with_its_files_when_shown(company: Simulator, tmp_path: Path) -> None:
    desk = make_day(company, tmp_path)
    (listed,) = desk.data("reports", "list")
    result = desk.call("reports", "show")
    assert result.stdout.startswith("**群管日报")
    for path in (listed["html_path"], listed["xlsx_path"]):
        assert path in result.stdout
        assert Path(path).exists()
    again = json.loads(desk.call("reports", "show", listed["period_key"], "--json").stdout)
    assert result.stdout.startswith(again["message"])
    Path(listed["html_path"]).unlink()
    assert "文件已不在" in desk.call("reports", "show").stdout


def test_exit_is_3_when_there_is_no_report_and_2_when_the_date_is_none(desk: Desk) -> None:
    assert desk.call("reports", "show").exit_code == 3
    assert desk.call("reports", "show", "2026-01-01").exit_code == 3
    assert desk.call("reports", "show", "yesterday").exit_code == 2
