"""Three working days in a made-up company, through the real client: what is found, who is told, what is said."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.scenarios.town import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    WEDNESDAY,
    Town,
    at,
    open_town,
)


def check_against_the_truth(town: Town) -> None:
    planted = town.simulator.planted
    strangers = town.found("non_employee") | town.found("former_employee")
    assert strangers == set(planted["outsiders"]) | set(planted["former_employees"])
    assert town.found("nickname") == set(planted["bad_nicknames"])
    assert town.found("ownerless_group") == {(chat_id, chat_id) for chat_id, _ in planted["ownerless_groups"]}


@pytest.mark.parametrize("seed", [7, 8])
def test_what_is_open_is_what_is_wrong_in_the_company_on_every_day(tmp_path: Path, seed: int) -> None:
    with open_town(tmp_path, seed=seed, people=80, groups=20) as town:
        for day in (WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY):
            town.clock.set(at(day, time(7, 0)))
            town.file_groups()
            runs = town.live(day)
            assert {job: run.state for job, run in runs.items() if run.state not in ("ok", "nothing")} == {}
            check_against_the_truth(town)


def test_round_is_the_same_on_postgresql(tmp_path: Path, postgresql: Server) -> None:
    with open_town(tmp_path, database=postgresql.migrated()) as town:
        for day in (WEDNESDAY, THURSDAY):
            town.clock.set(at(day, time(7, 0)))
            town.file_groups()
            assert {run.state for run in town.live(day).values()} == {"ok"}
            check_against_the_truth(town)


def test_everybody_who_left_a_group_is_reported_once_and_nobody_else(tmp_path: Path) -> None:
    with open_town(tmp_path, seed=5, people=120, groups=60) as town:
        reported: list[tuple[str | None, str]] = []
        for day in (WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, MONDAY):
            town.clock.set(at(day, time(7, 0)))
            town.file_groups()
            town.live(day)
            town.run("check_members")  # a second check on the same day reports nobody again
            reported += town.events(day)
        planted = town.simulator.planted
        excused = set(planted["left_company"]) | {userid for userid, _ in planted["moved_department"]}
        expected = [pair for pair in planted["left_group"] if pair[1] not in excused]
        assert sorted(map(str, reported)) == sorted(map(str, expected))
        assert len(reported) >= 2


def messages_by_day(town: Town) -> Counter[tuple[str, str, str]]:
    """Return how many messages of a topic each person was sent on each day."""
    return Counter(
        (row.topic, row.recipient, row.created_at.astimezone(town.house.zone).date().isoformat())
        for row in town.outbox
        if row.topic in ("owner_tasks", "head_reminder")
    )


def test_owners_get_one_message_a_day_and_nobody_any_on_days_off(tmp_path: Path) -> None:
    with open_town(tmp_path, seed=3, people=120, groups=40) as town:
        for day in (WEDNESDAY, THURSDAY, FRIDAY):
            town.live(day)
        town.deliver_for(2)
        told = messages_by_day(town)
        assert max(told.values()) == 1
        assert {topic for topic, _, _ in told} == {"owner_tasks", "head_reminder"}
        before = len(town.simulator.received)
        for day in (SATURDAY, SUNDAY):
            for job, moment in (("sync_directory", time(7, 12)), ("sync_groups", time(7, 24))):
                town.run(job, day, moment)
            town.run("check_members", day, time(8, 13))
            town.run("deliver", day, time(9, 0))
        assert len(town.simulator.received) == before
        # Who is owner and head gets both in one message.
        assert {row.status for row in town.outbox} == {"sent", "merged"}


def digests(town: Town, day: date) -> list[str]:
    """Return the digests of that day HR received."""
    title = f"**群管日报 · {day.month}月{day.day}日"
    return [text for to, text in town.texts() if to == town.heads[1] and title in text]


def test_one_digest_and_its_two_files_come_a_day_when_everything_is_run_twice(tmp_path: Path) -> None:
    with open_town(tmp_path, people=40, groups=10) as town:
        for day in (THURSDAY, FRIDAY, MONDAY):
            for minutes in (0, 30):
                for job, moment in (
                    ("sync_directory", time(7, 12)),
                    ("sync_groups", time(7, 24)),
                    ("check_members", time(8, 13)),
                    ("daily_digest", time(8, 37)),
                    ("deliver", time(8, 52)),
                ):
                    town.clock.set(at(day, moment) + timedelta(minutes=minutes))
                    town.run(job)
            assert len(digests(town, day)) == 1
        files = [
            one for one in town.received() if one["body"]["msgtype"] == "file" and one["to"] == town.heads[1]
        ]
        assert len(files) == 6
        names = {town.simulator.media(one["body"]["file"]["media_id"])[0] for one in files}
        assert {name.rpartition(".")[2] for name in names} == {"html", "xlsx"}
        assert len(names) == 6


def test_digest_is_compared_with_that_of_the_working_day_before(tmp_path: Path) -> None:
    with open_town(tmp_path, people=40, groups=10) as town:
        for day in (THURSDAY, FRIDAY, MONDAY):
            town.live(day)
        first, second, third = (digests(town, day)[0] for day in (THURSDAY, FRIDAY, MONDAY))
    assert "相比" not in first
    assert "括号内为与 11月19日 周四 相比" in second
    assert "括号内为与 11月20日 周五 相比" in third


def test_group_that_is_dismissed_is_closed_with_everything_open_about_it(tmp_path: Path) -> None:
    with open_town(tmp_path) as town:
        town.live(WEDNESDAY)
        chat_ids = {one.finding.chat_id for one in town.open if one.finding.check_id != "stale_data"}
        by_kind = {
            room["kind"]: room["chat_id"] for room in town.simulator.rooms() if room["chat_id"] in chat_ids
        }
        assert len(by_kind) >= 2
        for chat_id in by_kind.values():
            town.simulator.dismiss_group(chat_id)
        runs = town.live(THURSDAY)
        assert runs["sync_groups"].counts["gone_groups"] == len(by_kind)
        assert not {one.finding.chat_id for one in town.open} & set(by_kind.values())
        assert town.live(FRIDAY)["sync_groups"].state == "ok"


def test_unfiled_group_and_group_without_liaison_are_found_and_closed_when_it_is_filed(
    tmp_path: Path,
) -> None:
    with open_town(tmp_path) as town:
        customer = [room["chat_id"] for room in town.simulator.rooms() if room["kind"] == "customer"]
        town.file_groups(without=frozenset(customer[:1]), no_liaison=frozenset(customer[1:2]))
        town.live(WEDNESDAY)
        assert town.found("unfiled_group") == {(customer[0], customer[0])}
        assert town.found("no_liaison") == {(customer[1], customer[1])}
        town.clock.set(at(THURSDAY, time(7, 0)))
        town.file_groups()
        town.live(THURSDAY)
        assert town.found("unfiled_group") == town.found("no_liaison") == set()
