"""PostgreSQL restarts under our feet: it is said, it is waited for, and what must be written is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from steward.store.database import Database, DatabaseAway, DatabaseError, is_away, open_database
from steward.store.migrate import upgrade
from steward.store.remembered import load_fact, save_fact
from tests.factories import NOW
from tests.postgresql import MISSING, PostgreSQL, run_restartable


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with run_restartable() as found:
        if found is None:
            pytest.skip(MISSING)
        yield found


@pytest.fixture
def database(server: PostgreSQL) -> Iterator[Database]:
    opened = open_database(server.url.render_as_string(hide_password=False))
    upgrade(opened, now=NOW)
    yield opened
    opened.close()


def one_more(connection: Connection) -> int:
    value = (load_fact(connection, "count") or 0) + 1
    save_fact(connection, "count", value)
    return value


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_database_is_said_to_be_away_while_it_is_and_used_again_when_it_is_back(
    server: PostgreSQL, database: Database, mode: str
) -> None:
    def write() -> None:
        with database.begin() as connection:
            save_fact(connection, "lost", 1)
            server.stop(mode)  # type: ignore[arg-type]
            save_fact(connection, "lost", 2)

    with pytest.raises(DatabaseAway, match="连不上 PostgreSQL"):
        write()
    with pytest.raises(DatabaseAway, match="连不上 PostgreSQL"), database.read():
        pass
    server.start()
    with database.read() as connection:
        assert load_fact(connection, "lost") is None


def test_write_is_done_once_when_the_database_comes_back_in_time(
    server: PostgreSQL, database: Database
) -> None:
    with database.begin() as connection:
        before = one_more(connection)
    server.stop("immediate")
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            server.start()

    assert database.insist(one_more, sleep=sleep) == before + 1
    assert waited == [0.05, 0.1, 0.2]


def test_write_is_given_up_aloud_when_the_database_stays_away(server: PostgreSQL, database: Database) -> None:
    server.stop("fast")
    waited: list[float] = []
    with pytest.raises(DatabaseAway):
        database.insist(one_more, for_s=5, sleep=waited.append)
    assert 5 <= sum(waited) < 8
    server.start()


def test_other_errors_are_not_waited_out(sqlite_url: Callable[[], str]) -> None:
    def fail(_: Connection) -> None:
        raise ValueError("a fault of ours")

    opened = open_database(sqlite_url())
    with pytest.raises(ValueError, match="a fault of ours"):
        opened.insist(fail, sleep=lambda _: pytest.fail("nothing to wait for"))
    opened.close()


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        ('connection failed: connection to server on socket "/x" failed: No such file or directory', True),
        ("connection failed: FATAL:  the database system is starting up", True),
        ("terminating connection due to administrator command", True),
        ("consuming input failed: server closed the connection unexpectedly", True),
        ("connection is bad: connection to server at 10.0.0.1 failed: No route to host", True),
        ('connection failed: FATAL:  password authentication failed for user "x"', False),
        ('connection failed: FATAL:  database "x" does not exist', False),
        ('relation "outbox" does not exist', False),
    ],
)
def test_being_away_is_told_from_not_being_let_in(cause: str, away: bool) -> None:
    assert is_away(OperationalError("SELECT 1", {}, Exception(cause))) is away


def test_wrong_database_name_is_no_reason_to_wait(server: PostgreSQL) -> None:
    opened = open_database(server.url.set(database="nowhere").render_as_string(hide_password=False))
    with pytest.raises(DatabaseError) as caught, opened.read():
        pass
    assert not isinstance(caught.value, DatabaseAway)


def test_patience_with_a_silent_host_is_short_unless_the_url_says_otherwise(server: PostgreSQL) -> None:
    url = server.url.update_query_dict({"connect_timeout": "3"})
    opened = open_database(url.render_as_string(hide_password=False))
    with opened.engine.connect() as connection:
        settings = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert settings["connect_timeout"] == "3"
    assert settings["tcp_user_timeout"] == "30000"
    opened.close()
