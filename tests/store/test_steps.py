"""Steps: one claim at a time, a lease that ends, and nothing from whoever lost his claim."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from steward.store.database import Database
from steward.store.runs import insert_run
from steward.store.steps import (
    Step,
    claim_step,
    close_step,
    count_steps,
    has_open_steps,
    insert_steps,
    load_claimable,
    note_attempt,
    release_claims,
    release_every_claim,
    renew_claims,
)
from tests.factories import NOW

LEASE = timedelta(seconds=60)


def open_steps(database: Database, count: int = 1) -> list[int]:
    with database.begin() as connection:
        run_id = insert_run(connection, "sync_groups", "08:13", as_of=NOW, now=NOW)
        assert run_id is not None
        return insert_steps(connection, run_id, 0, [{"number": n} for n in range(count)])


def claim(database: Database, step_id: int, word: str = "a 1", *, after: int = 0) -> Step | None:
    now = NOW + timedelta(seconds=after)
    with database.begin() as connection:
        return claim_step(connection, step_id, claim=word, now=now, lease_until=now + LEASE)


def taken(database: Database, step_id: int, word: str = "a 1", *, after: int = 0) -> Step:
    step = claim(database, step_id, word, after=after)
    assert step is not None
    return step


def close(database: Database, step: Step, state: str = "done") -> int | None:
    with database.begin() as connection:
        return close_step(connection, step, state=state, counts={}, error=None, now=NOW)


def claimable(database: Database, *, after: int = 0) -> list[int]:
    with database.read() as connection:
        return [step.id for step in load_claimable(connection, now=NOW + timedelta(seconds=after))]


def test_step_is_claimed_by_one_of_many(database: Database) -> None:
    ids = open_steps(database, 5)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: claim(database, ids[number % 5], f"p {number}"), range(40)))
    assert sum(step is not None for step in found) == 5
    assert claimable(database) == []


def test_step_is_closed_once_and_says_how_many_are_left(database: Database) -> None:
    first, second = (taken(database, one, f"a {one}") for one in open_steps(database, 2))
    assert [close(database, step) for step in (first, second, first)] == [1, 0, None]


def test_step_is_free_again_when_the_lease_is_over(database: Database) -> None:
    [step_id] = open_steps(database)
    assert claim(database, step_id, "frozen 1") is not None
    assert claim(database, step_id, "other 1", after=59) is None
    assert claimable(database, after=59) == []
    assert claimable(database, after=60) == [step_id]
    assert claim(database, step_id, "other 2", after=60) is not None


def test_step_stays_with_whoever_renews_his_lease(database: Database) -> None:
    [step_id] = open_steps(database)
    taken(database, step_id, "busy 1")
    with database.begin() as connection:
        assert renew_claims(connection, ["busy 1", "gone 7"], lease_until=NOW + 3 * LEASE) == 1
    assert claim(database, step_id, "other 1", after=120) is None


def test_late_end_counts_for_nothing_when_somebody_else_took_the_step(database: Database) -> None:
    [step_id] = open_steps(database)
    frozen = taken(database, step_id, "frozen 1")
    other = taken(database, step_id, "other 1", after=61)
    with database.begin() as connection:
        assert renew_claims(connection, ["frozen 1"], lease_until=NOW + 9 * LEASE) == 0
        assert not note_attempt(connection, frozen, "late")
    assert close(database, frozen, "failed") is None
    assert close(database, other) == 0


def test_late_end_counts_for_nothing_even_when_the_step_came_back_to_the_same_process(
    database: Database,
) -> None:
    [step_id] = open_steps(database)
    first = taken(database, step_id, "p 1")
    again = taken(database, step_id, "p 2", after=61)
    assert close(database, first) is None
    assert close(database, again) == 0


def test_failed_try_is_counted_and_the_step_is_free_at_once(database: Database) -> None:
    [step_id] = open_steps(database)
    with database.begin() as connection:
        step = claim_step(connection, step_id, claim="a 1", now=NOW, lease_until=NOW + LEASE)
        assert step is not None
        assert note_attempt(connection, step, "connection reset")
    assert taken(database, step_id, "a 2").attempts == 1


def test_steps_in_hand_are_let_go_when_their_process_ends(database: Database) -> None:
    ids = open_steps(database, 3)
    for number, step_id in enumerate(ids):
        taken(database, step_id, f"p {number}")
    with database.begin() as connection:
        assert release_claims(connection, ["p 0", "p 2"]) == 2
    assert claimable(database) == [ids[0], ids[2]]


def test_every_claim_ends_at_the_start_of_the_only_process_there_is(database: Database) -> None:
    [step_id] = open_steps(database)
    taken(database, step_id, "dead 1")
    with database.begin() as connection:
        released = release_every_claim(connection)
    # On PostgreSQL others may be at work: their leases end by themselves.
    assert (released, claimable(database)) == ((1, [step_id]) if database.is_sqlite else (0, []))


def test_steps_are_counted_as_closed_known_and_in_hand(database: Database) -> None:
    ids = open_steps(database, 3)
    close(database, taken(database, ids[0], "a 1"))
    step = taken(database, ids[1], "a 2")
    with database.read() as connection:
        assert count_steps(connection, step.run_id, now=NOW) == (1, 3, 1)
        assert count_steps(connection, step.run_id, now=NOW + LEASE) == (1, 3, 0)
        assert has_open_steps(connection, step.run_id)
        assert not has_open_steps(connection, step.run_id + 1)
