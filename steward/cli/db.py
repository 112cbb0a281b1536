"""`db`: the database itself: its schema, its copies, its health."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.show import echo_json
from steward.cli.start import FAILED, complain, json_option, load_settings, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.store.database import Database


@click.group(help=_("数据库：升级、备份、检查"))
def db() -> None:
    """Hold the three commands."""


@contextmanager
def _open(settings_path: Path, *, must_exist: bool) -> Iterator[Database]:
    """Open the rows as they are, without upgrading them."""
    from steward.cli.house import database_url
    from steward.store.database import DatabaseError, open_database

    settings = load_settings(settings_path)
    database = None
    try:
        database = open_database(database_url(settings, os.environ, settings_path.resolve().parent))
        if must_exist and database.path is not None and not database.path.exists():
            raise DatabaseError(
                _("数据库还没有建立：{path}。运行 main.py db upgrade").format(path=database.path)
            )
        yield database
    except DatabaseError as error:
        complain(str(error))
    finally:
        if database is not None:
            database.close()


@db.command("upgrade", help=_("把数据库升级到本程序的结构版本；升级前自动备份"))
@settings_option
def upgrade_schema(settings_path: Path) -> None:
    from steward.cli.agenda import real_now
    from steward.store.migrate import head_revision, upgrade

    with _open(settings_path, must_exist=False) as database:
        before = upgrade(database, now=real_now())
    if before == head_revision():
        click.echo(_("已是最新的结构版本 {revision}").format(revision=before))
    elif before is None:
        click.echo(_("已建立数据库，结构版本 {revision}").format(revision=head_revision()))
    else:
        text = _("已从结构版本 {before} 升级到 {after}；升级前的备份在数据库旁的 backups 目录")
        click.echo(text.format(before=before, after=head_revision()))


@db.command("backup", help=_("备份 SQLite 数据库；服务可以照常运行"))
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), help=_("备份到这个目录"))
@json_option
@settings_option
def copy(folder: Path | None, as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import real_now
    from steward.store.migrate import backup

    with _open(settings_path, must_exist=True) as database:
        beside = database.path.parent / "backups" if database.path else Path("backups")
        target = backup(database, folder or beside, now=real_now())
    size = target.stat().st_size
    if as_json:
        echo_json({"path": str(target), "bytes": size})
        return
    click.echo(str(target))
    click.echo(_("已备份（{size:.1f} MB）").format(size=size / 1_000_000), err=True)


@db.command("check", help=_("检查数据库：能否打开、结构版本、数据是否完好"))
@json_option
@settings_option
def check(as_json: bool, settings_path: Path) -> None:
    from steward.store.migrate import current_revision, problems

    with _open(settings_path, must_exist=True) as database:
        found = problems(database)
        revision = current_revision(database)
        place = str(database.path) if database.path else database.engine.url.render_as_string()
    if as_json:
        echo_json({"database": place, "revision": revision, "ok": not found, "problems": found})
    elif found:
        click.echo("\n".join(found), err=True)
    else:
        click.echo(_("{place}：完好，结构版本 {revision}").format(place=place, revision=revision))
    if found:
        raise SystemExit(FAILED)
