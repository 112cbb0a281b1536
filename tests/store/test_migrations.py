"""The schema in the files is the schema in the code, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text

from steward.store import migrate
from steward.store.database import Database, DatabaseError, open_database
from steward.store.schema import facts, metadata
from tests.factories import NOW


def differences(database: Database) -> list[object]:
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))


def test_migrations_give_the_schema_of_the_code_when_run_from_nothing(empty_database: Database) -> None:
    assert migrate.upgrade(empty_database, now=NOW) is None
    assert migrate.current_revision(empty_database) == migrate.head_revision()
    assert differences(empty_database) == []
    assert migrate.problems(empty_database) == []


def test_schema_comes_back_when_a_revision_is_undone_and_done_again(database: Database) -> None:
    for step in ("-1", "+1"):
        with database.begin() as connection:
            go = command.downgrade if step == "-1" else command.upgrade
            go(migrate._config(connection), step)
    assert differences(database) == []


def test_nothing_is_left_when_every_revision_is_undone(database: Database) -> None:
    with database.begin() as connection:
        command.downgrade(migrate._config(connection), "base")
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_revisions_have_a_single_head() -> None:
    assert ScriptDirectory.from_config(migrate._config()).get_heads() == [migrate.head_revision()]


def test_open_findings_are_unique_by_a_partial_index_on_both_databases(database: Database) -> None:
    with database.read() as connection:
        index = next(
            found
            for found in inspect(connection).get_indexes("findings")
            if found["name"] == "uq_findings_open_fingerprint"
        )
    [(_, where)] = [item for item in index["dialect_options"].items() if item[0].endswith("_where")]
    assert index["unique"]
    assert "resolved_at IS NULL" in str(where)


def test_memberships_have_no_rowid_on_sqlite(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'memberships'")
        ).scalar_one()
    assert made.rstrip().endswith("WITHOUT ROWID")


def test_upgrade_does_nothing_when_the_schema_is_new_enough(database: Database) -> None:
    assert migrate.upgrade(database, now=NOW) == migrate.head_revision()
    assert database.path is None or not (database.path.parent / "backups").exists()


def test_newer_database_is_refused_and_left_alone(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="9999 比本程序新：请升级程序"):
        migrate.upgrade(database, now=NOW)
    assert migrate.current_revision(database) == "9999"
    assert "运行 main.py db upgrade" in migrate.problems(database)[0]


def test_backup_is_whole_when_a_writer_is_in_the_middle_of_something(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.begin() as connection:
        connection.execute(insert(facts), [{"name": f"n{n}", "value": n} for n in range(500)])
    with sqlite_database.begin() as connection:
        connection.execute(facts.delete())
        copy = migrate.backup(sqlite_database, tmp_path, now=NOW)
    restored = open_database(f"sqlite:///{copy}")
    with restored.read() as connection:
        assert len(connection.execute(select(facts)).all()) == 500
    assert migrate.problems(restored) == []
    restored.close()


def test_two_backups_of_one_second_have_two_names(sqlite_database: Database, tmp_path: Path) -> None:
    moments = (NOW, NOW + timedelta(microseconds=1))
    assert len({migrate.backup(sqlite_database, tmp_path, now=at) for at in moments}) == 2


def test_backup_says_where_it_could_not_be_written(sqlite_database: Database, tmp_path: Path) -> None:
    migrate.backup(sqlite_database, tmp_path, now=NOW)
    with pytest.raises(DatabaseError, match=f"无法写备份 {tmp_path}"):
        migrate.backup(sqlite_database, tmp_path, now=NOW)


def damage_header(path: Path) -> None:
    path.write_bytes(b"this was a database once" * 400)


def damage_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for at in range(4096, len(content), 4096):
        content[at : at + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [damage_header, damage_page])
def test_damaged_file_is_named_with_its_remedy(
    sqlite_database: Database, damage: Callable[[Path], None]
) -> None:
    path = sqlite_database.path
    assert path is not None
    sqlite_database.close()
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    damage(path)
    broken = open_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match=f"数据库文件已损坏：{path}.*备份"):
        migrate.upgrade(broken, now=NOW)
    broken.close()
