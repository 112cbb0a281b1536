"""Walks over the rows: no slot without a row, no slot with two, whatever was up, down, paused or changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.engine.runs import start_run
from steward.store.database import Database
from steward.store.schedule_state import load_walks
from tests.engine.keeping import MINUTE, Keeper, at, make_timetable


def keep(database: Database, now: Any = None, **said: Any) -> Keeper:
    keeper = Keeper(database, make_timetable(**said), now=now or at(0, 30))
    keeper.walk()
    return keeper


def test_first_walk_ever_begins_now(database: Database) -> None:
    keeper = keep(database, at(12, 30))
    assert (keeper.rows, keeper.walk(at(12, 59))) == ([], None)


def test_slot_is_run_once_at_its_time_and_is_of_its_time(database: Database) -> None:
    keeper = keep(database)
    keeper.live(at(0, 31), at(3, 30))
    assert keeper.states == {"18 01:00": "ok", "18 02:00": "ok", "18 03:00": "ok"}
    assert keeper.done == [at(1), at(2), at(3)]


def test_slots_missed_while_nobody_served_are_told_with_the_time_of_the_outage(database: Database) -> None:
    keeper = keep(database, missed="skip")
    keeper.walk(at(5, 30))
    assert set(keeper.states.values()) == {"missed"}
    assert len(keeper.rows) == 5
    assert keeper.rows[0].error == "服务没有运行（11-18 00:30 至 11-18 05:30）"
    assert [(row.slot, row.why) for row in keeper.missed] == [(run.slot, "down") for run in keeper.rows]


def test_only_the_newest_missed_slot_is_run_by_policy_once(database: Database) -> None:
    keeper = keep(database, missed="once")
    keeper.walk(at(5, 30))
    keeper.finish()
    assert keeper.done == [at(5)]
    assert list(keeper.states.values()) == ["missed"] * 4 + ["ok"]


def test_every_missed_slot_is_run_in_order_by_policy_each(database: Database) -> None:
    keeper = keep(database, missed="each")
    for minute in range(30, 36):
        keeper.walk(at(5, minute))
        keeper.finish()
    assert keeper.done == [at(hour) for hour in range(1, 6)]
    assert set(keeper.states.values()) == {"ok"}


def test_slot_waits_for_the_run_under_way_and_is_found_again(database: Database) -> None:
    keeper = keep(database)
    first = keeper.walk(at(1))
    assert first is not None
    assert keeper.walk(at(2)) is None
    assert keeper.walk(at(2, 30)) is None
    keeper.finish()
    assert keeper.walk(at(2, 31)) is not None
    keeper.finish()
    assert keeper.done == [at(1), at(2)]


def test_slot_waits_for_a_run_a_person_asked_for(database: Database) -> None:
    keeper = keep(database)
    job = keeper.workshop.jobs["sync_groups"]
    assert start_run(keeper.workshop, job, "manual now", as_of=at(0, 59)) is not None
    assert keeper.walk(at(1)) is None
    keeper.finish()
    assert keeper.walk(at(1, 1)) is not None


def test_paused_slots_are_missed_with_who_and_why_and_the_rest_runs_by_itself_after(
    database: Database,
) -> None:
    keeper = keep(database, cron="0 9 * * *")
    keeper.pause(since=at(1), until_on=date(2026, 11, 20))
    for day in (18, 19, 20):
        keeper.walk(at(9, day=day))
        keeper.finish()
    assert keeper.states == {"18 09:00": "missed", "19 09:00": "missed", "20 09:00": "ok"}
    error = str(keeper.rows[0].error)
    assert "hr.wang" in error
    assert "装修" in error
    assert "2026-11-20" in error


def test_slots_of_a_pause_stay_missed_when_nobody_served_in_it(database: Database) -> None:
    keeper = keep(database, cron="0 9 * * *")
    keeper.pause(since=at(1), until_on=date(2026, 11, 20))
    keeper.walk(at(8, day=20))
    assert keeper.states == {"18 09:00": "missed", "19 09:00": "missed"}
    assert all("装修" in str(run.error) for run in keeper.rows)


def test_changed_schedule_invents_no_slots_in_the_past(database: Database) -> None:
    keeper = keep(database, cron="0 9 * * *")
    keeper.timetable = make_timetable(cron="*/10 * * * *")
    keeper.walk(at(8, 55))
    assert keeper.rows == []
    keeper.walk(at(9))
    keeper.finish()
    assert keeper.states == {"18 09:00": "ok"}


def test_slot_of_the_old_schedule_that_nobody_ran_is_told_when_it_was_changed_meanwhile(
    database: Database,
) -> None:
    keeper = keep(database, cron="0 9,10 * * *")
    keeper.timetable = make_timetable(cron="0 10,11 * * *")
    # Nobody served from 00:30 to 11:30. Ten o'clock both schedules mean; eleven was not in force then.
    keeper.walk(at(11, 30))
    keeper.finish()
    assert keeper.states == {"18 09:00": "missed", "18 10:00": "ok"}
    assert "日程改了" in str(keeper.rows[0].error)
    with database.read() as connection:
        assert len(load_walks(connection, "sync_groups")) == 1


def test_slot_both_schedules_mean_still_waits_for_its_run_after_the_change(database: Database) -> None:
    keeper = keep(database, cron="0 9,10 * * *", missed="each")
    keeper.walk(at(9))
    keeper.timetable = make_timetable(cron="0 10,11 * * *", missed="each")
    keeper.walk(at(10, 30))
    keeper.finish()
    keeper.walk(at(10, 31))
    keeper.finish()
    assert keeper.done == [at(9), at(10)]


def test_other_policy_or_jitter_is_no_other_schedule(database: Database) -> None:
    keeper = keep(database, missed="skip")
    keeper.timetable = make_timetable(missed="once", jitter_s=60)
    keeper.walk(at(1, 30))
    keeper.finish()
    assert keeper.done == [at(1)]


def test_slots_are_told_when_their_schedule_was_switched_off_meanwhile(database: Database) -> None:
    keeper = keep(database, cron="0 9 * * *")
    keeper.walk_off(at(9, 30))
    assert keeper.states == {"18 09:00": "missed"}
    assert "停用" in str(keeper.rows[0].error)
    # Switched on again it begins anew.
    keeper.walk(at(9, 40))
    assert len(keeper.rows) == 1


def test_schedule_of_another_process_is_left_alone_until_nobody_keeps_it(database: Database) -> None:
    old = Keeper(database, make_timetable(cron="0 9 * * *"), now=at(0, 30), name="a:1")
    new = Keeper(database, make_timetable(cron="30 9 * * *"), now=at(0, 30), name="b:1")
    for keeper in (old, new):
        keeper.walk(alone=False)
    for minute in range(0, 40, 5):
        for keeper in (old, new):
            keeper.walk(at(9, minute), alone=False)
            keeper.finish()
    assert old.states == {"18 09:00": "ok", "18 09:30": "ok"}
    # The old one is gone; what it would have run after that is nobody's.
    for hour in range(10, 34):
        new.walk(at(hour % 24, 30, day=18 + hour // 24), alone=False)
        new.finish()
    with database.read() as connection:
        assert [walk.plan_id for walk in load_walks(connection, "sync_groups")] == [new.timetable.plan_id]
    assert new.states == {"18 09:00": "ok", "18 09:30": "ok", "19 09:30": "ok"}


def test_frequent_schedule_has_one_row_for_an_outage(database: Database) -> None:
    keeper = keep(database, every_minutes=1, missed="skip")
    keeper.walk(at(8, 30))
    # The last five minutes are on time: the newest is run, the others were in vain.
    *others, newest = keeper.rows
    assert newest.state == "running"
    assert [run.counts["slots"] for run in others] == [474, 5]
    assert str(others[0].error).startswith("11-18 00:31 至 11-18 08:24 共 474 次：服务没有运行")
    keeper.walk(at(8, 31))
    assert len(keeper.rows) == 3


def test_frequent_schedule_has_one_row_for_a_pause_that_grows(database: Database) -> None:
    keeper = keep(database, every_minutes=1)
    keeper.pause(since=at(0, 30))
    keeper.live(at(0, 31), at(2, 0))
    [row] = keeper.rows
    assert (row.state, row.counts) == ("missed", {"slots": 90})
    assert "共 90 次" in str(row.error)
    assert len(keeper.missed) == 1


def test_work_done_as_it_comes_leaves_rows_only_for_outages(database: Database) -> None:
    keeper = keep(database, every_minutes=1, as_it_comes=True)
    keeper.live(at(0, 31), at(1, 30))
    assert keeper.rows == []
    keeper.walk(at(9, 30))
    [row] = keeper.rows
    assert (row.state, row.counts["slots"]) == ("missed", 474)


def test_clock_that_was_ahead_and_is_put_back_leaves_no_gap(database: Database) -> None:
    keeper = keep(database, at(0, 30))
    keeper.walk(at(0, 30, day=25))
    keeper.finish()
    keeper.walk(at(0, 40))
    keeper.live(at(0, 41), at(2, 30))
    assert keeper.states["18 01:00"] in ("ok", "missed")
    assert keeper.states["18 02:00"] in ("ok", "missed")


def test_jitter_delays_the_run_and_not_the_slot(database: Database) -> None:
    keeper = keep(database, jitter_s=1800)
    rings_at = keeper.timetable.slots(at(0, 30), at(1))[0].rings_at
    assert keeper.walk(rings_at - timedelta(seconds=1)) is None
    assert keeper.walk(rings_at) is not None
    assert keeper.rows[0].as_of == at(1)


def test_settling_alone_runs_nothing_and_hides_no_outage(database: Database) -> None:
    keeper = keep(database, missed="skip")
    assert keeper.walk(at(1, 2), may_run=False) is None
    assert keeper.rows == []
    keeper.walk(at(5, 30))
    assert "服务没有运行（11-18 00:30" in str(keeper.rows[0].error)


def test_each_slot_has_one_row_when_four_processes_walk_at_once(database: Database) -> None:
    keepers = [Keeper(database, make_timetable(), now=at(0, 30), name=f"p{n}:1") for n in range(4)]
    keepers[0].walk()

    def ring(number: int) -> int | None:
        return keepers[number % 4].walk(at(1 + number // 8), alone=False)

    for hour in range(5):
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(ring, range(8 * hour, 8 * hour + 8)))
        assert sum(one is not None for one in opened) == 1
        keepers[0].finish()
    assert list(keepers[0].states.values()) == ["ok"] * 5


Life = st.lists(
    st.tuples(
        st.sampled_from(["up", "down", "busy", "pause", "resume"]),
        st.integers(1, 300),
    ),
    min_size=1,
    max_size=12,
)


@given(life=Life, policy=st.sampled_from(["skip", "once", "each"]), every=st.sampled_from([7, 45, 60, 90]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_history_has_no_hole_and_no_slot_twice_over_any_life(
    sqlite_url: Any, life: list[tuple[str, int]], policy: str, every: int
) -> None:
    from steward.store.database import open_database

    database = open_database(sqlite_url())
    try:
        keeper = Keeper(database, make_timetable(every_minutes=every, missed=policy), now=at(0))
        keeper.walk()
        now = at(0)
        for kind, minutes in life:
            now = live(keeper, kind, now, minutes)
        # At the end it is up long enough for whatever waited.
        now = live(keeper, "resume", now, 1)
        for _ in range(400):
            if keeper.walk(now) is None and not running(keeper):
                break
            keeper.finish()
        slots = keeper.timetable.slots(at(0), now)
        covered = sum(run.counts.get("slots", 1) if run.state == "missed" else 1 for run in keeper.rows)
        assert covered == len(slots)
        assert all(run.state in ("ok", "missed") for run in keeper.rows)
        assert sorted(keeper.done) == sorted(set(keeper.done))
    finally:
        database.close()


def running(keeper: Keeper) -> bool:
    return any(run.state == "running" for run in keeper.rows)


def live(keeper: Keeper, kind: str, now: Any, minutes: int) -> Any:
    until = now + minutes * MINUTE
    if kind == "pause":
        keeper.pause(since=now)
    if kind == "resume":
        keeper.walk(now, may_run=False)
        with keeper.database.begin() as connection:
            from steward.store.schedule_state import delete_pause

            delete_pause(connection, keeper.timetable.job)
    while kind != "down" and now < until:
        now = min(until, now + 11 * MINUTE)
        keeper.walk(now)
        if kind != "busy":
            keeper.finish()
    return until
