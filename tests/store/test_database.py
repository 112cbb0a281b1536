"""Write transactions lose nothing, reads are consistent, and trouble is said in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from steward.store.database import Database, DatabaseError, Rehearsal, open_database, trouble_text
from steward.store.remembered import load_fact, save_fact
from steward.store.runs import insert_run
from steward.store.schema import facts, groups, memberships, reports, runs, steps
from steward.store.steps import insert_steps
from tests.factories import NOW


def test_sqlite_keeps_its_promises_on_every_connection(sqlite_database: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with sqlite_database.read() as reading, sqlite_database.begin() as writing:
        for connection in (reading, writing):
            seen = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in expected}
            assert seen == expected


def test_nothing_is_lost_when_four_threads_read_and_write_back_one_value(database: Database) -> None:
    with database.begin() as connection:
        save_fact(connection, "counter", 0)

    def add(_: int) -> None:
        with database.begin() as connection:
            query = select(facts.c.value).where(facts.c.name == "counter").with_for_update()
            save_fact(connection, "counter", connection.execute(query).scalar_one() + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(200)))
    with database.read() as connection:
        assert load_fact(connection, "counter") == 200


def test_reader_sees_one_moment_when_somebody_writes_meanwhile(database: Database) -> None:
    with database.begin() as connection:
        save_fact(connection, "day", 1)
    with database.read() as reading:
        before = load_fact(reading, "day")
        with database.begin() as writing:
            save_fact(writing, "day", 2)
        assert (before, load_fact(reading, "day")) == (1, 1)
    with database.read() as reading:
        assert load_fact(reading, "day") == 2


def fail_after_writing(database: Database, name: str) -> None:
    with database.begin() as connection:
        save_fact(connection, name, 1)
        raise ZeroDivisionError


def test_nothing_stays_of_a_transaction_that_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(database, "half")
    with database.read() as connection:
        assert load_fact(connection, "half") is None


def test_member_without_a_group_is_refused(database: Database) -> None:
    row = {"chat_id": "nowhere", "member_id": "x", "kind": "staff", "first_seen_at": None}
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(insert(memberships), [row])


def test_rehearsal_leaves_nothing_when_it_is_over(database: Database) -> None:
    with database.begin() as connection:
        save_fact(connection, "real", 1)
    rehearsal = Rehearsal(database)
    with rehearsal.begin() as connection:
        save_fact(connection, "real", 2)
        save_fact(connection, "rehearsed", 1)
    with rehearsal.read() as connection:
        assert (load_fact(connection, "real"), load_fact(connection, "rehearsed")) == (2, 1)
    rehearsal.close()
    with database.read() as connection:
        assert (load_fact(connection, "real"), load_fact(connection, "rehearsed")) == (1, None)


def test_rehearsal_goes_on_when_a_part_of_it_failed(database: Database) -> None:
    rehearsal = Rehearsal(database)
    with rehearsal.begin() as connection:
        save_fact(connection, "good", 1)
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(rehearsal, "bad")
    with rehearsal.read() as connection:
        assert (load_fact(connection, "good"), load_fact(connection, "bad")) == (1, None)
    rehearsal.close()


def test_rehearsal_may_be_used_by_another_thread(database: Database) -> None:
    rehearsal = Rehearsal(database)

    def work() -> None:
        with rehearsal.begin() as connection:
            save_fact(connection, "there", 1)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
    with rehearsal.read() as connection:
        assert load_fact(connection, "there") == 1
    rehearsal.close()


def test_steps_go_with_their_run(database: Database) -> None:
    with database.begin() as connection:
        run_id = insert_run(connection, "deliver", "08:38", as_of=NOW, now=NOW)
        assert run_id is not None
        insert_steps(connection, run_id, 0, [{}])
        connection.execute(delete(runs))
        assert connection.execute(select(steps)).all() == []


def test_naive_moment_is_refused_before_it_is_written(database: Database) -> None:
    row = {"name": "x", "period_key": "1", "as_of": NOW.replace(tzinfo=None), "built_at": NOW}
    with pytest.raises(StatementError, match="naive datetime"), database.begin() as connection:
        connection.execute(insert(reports), [{**row, "figures": {}, "message": ""}])


def test_folder_of_the_file_is_made_when_it_is_missing(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/var/deep/steward.db")
    with opened.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    assert (tmp_path / "var/deep/steward.db").exists()
    opened.close()


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file stands here")
    with pytest.raises(DatabaseError, match=f"无法创建数据库目录 {tmp_path}/var"):
        open_database(f"sqlite:///{tmp_path}/var/steward.db")


@pytest.mark.parametrize("url", ["", "steward.db", "nosuchdb://x"])
def test_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"例如 sqlite:///var/steward\.db"):
        open_database(url)


def test_path_that_is_a_folder_is_refused_with_the_path(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}")
    with (
        pytest.raises(DatabaseError, match=f"数据库 {tmp_path} 不能使用.*请检查路径和目录权限"),
        opened.read(),
    ):
        pass


def test_server_that_is_not_there_is_said_without_a_password() -> None:
    opened = open_database("postgresql://steward:geheim@127.0.0.1:9/steward")
    with pytest.raises(DatabaseError, match="连不上 PostgreSQL") as caught, opened.read():
        pass
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("database disk image is malformed", "已损坏"),
        ("file is not a database", "已损坏"),
        ("database or disk is full", "磁盘已满"),
        ("attempt to write a readonly database", "写权限"),
        ("database is locked", "结束占用的程序"),
        ("disk I/O error", "文件大小限制"),
        ("UNIQUE constraint failed: groups.chat_id", None),
    ],
)
def test_trouble_of_the_file_has_words_and_a_fault_of_ours_has_none(cause: str, words: str | None) -> None:
    said = trouble_text(cause, Path("var/steward.db"))
    assert said is None if words is None else words in str(said)


def test_groups_table_is_empty_when_a_database_is_new(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(select(groups)).all() == []
