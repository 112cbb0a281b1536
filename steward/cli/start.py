"""From a settings file to a house, and from an error to a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.settings import Settings

OK, FAILED, USAGE, NOTHING, PARTLY = 0, 1, 2, 3, 4
"""Exit codes of every command: done · failed · called or configured wrongly · nothing to do · partly done."""


def settings_option(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command `--settings FILE`."""
    option = click.option(
        "--settings",
        "settings_path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("settings.toml"),
        envvar="STEWARD_SETTINGS",
        show_default=True,
        help=_("设置文件"),
    )
    return option(command)


def json_option(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command `--json`."""
    return click.option("--json", "as_json", is_flag=True, help=_("输出 JSON，便于程序读取"))(command)


def by_option(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command `--by NAME`: who did it, for the records; the name of the login unless told."""
    option = click.option("--by", default=login_name, help=_("谁做的（记录用）；默认登录名"))
    return option(command)


def login_name() -> str:
    """Return the name of whoever works at this terminal; "?" where the machine knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


def complain(text: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong on standard error and stop."""
    click.echo(text, err=True)
    sys.exit(code)


def read_settings_text(path: Path) -> str:
    """Return the text of the settings file; a file that cannot be read is told, exit 2."""
    from steward.model.settings.errors import SettingsError
    from steward.model.settings.load import decode_settings

    try:
        return decode_settings(path.read_bytes(), file=str(path))
    except FileNotFoundError:
        complain(_("找不到设置文件 {path}：请在项目目录运行，或用 --settings 指明").format(path=path), USAGE)
    except OSError as error:
        complain(_("读不到设置文件 {path}：{why}").format(path=path, why=error.strerror), USAGE)
    except SettingsError as error:
        complain(error.text(LANGUAGE), USAGE)


def load_settings(path: Path) -> Settings:
    """Read and validate the settings; every error at once, then exit 2."""
    from steward.checks import all_checks
    from steward.clock.judging import judge_schedules
    from steward.model.settings.errors import SettingsError
    from steward.model.settings.load import parse_settings

    text = read_settings_text(path)
    try:
        return parse_settings(
            text, file=str(path), env=os.environ, checks=tuple(all_checks()), judge=judge_schedules
        )
    except SettingsError as error:
        complain(error.text(LANGUAGE), USAGE)


@contextmanager
def open_house(settings_path: Path) -> Iterator[House]:
    """Open the house of a settings file; what cannot be mended here is said in one sentence, exit 1."""
    from steward.cli.house import build_house
    from steward.engine.embedded import AlreadyRunning
    from steward.model.settings.errors import SettingsError
    from steward.store.database import DatabaseError

    settings = load_settings(settings_path)
    house = None
    try:
        house = build_house(settings, settings_path.resolve().parent, os.environ)
        yield house
    except SettingsError as error:  # a secret's file that is there and cannot be read
        complain(error.text(LANGUAGE), USAGE)
    except (KeyError, IndexError):  # LookupErrors too, but mistakes of ours
        raise
    except (DatabaseError, AlreadyRunning, LookupError) as error:
        complain(str(error))
    finally:
        if house is not None:
            house.database.close()
