"""When a command fails in a way nobody foresaw: one sentence, a file with the details, exit 1."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steward.cli.words import _

if TYPE_CHECKING:
    import click

INTERRUPTED: Final = 130
"""128 + SIGINT: what a shell expects of a command that was stopped by Ctrl+C."""
_SECRET_NAME: Final = re.compile(r"SECRET|TOKEN|PASSWORD|KEY", re.IGNORECASE)
_IN_URL: Final = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")


def run_guarded(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; whatever goes wrong ends in a sentence."""
    import click

    try:
        code = command.main(list(arguments), standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # `… | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        folder = settings_folder(arguments, os.environ) / "var"
        click.echo(report(error, folder, os.environ), err=True)
        return 1
    return code if isinstance(code, int) else 0


def settings_folder(arguments: Sequence[str], environment: Mapping[str, str]) -> Path:
    """Return the folder of the settings file a command was called with; asked after everything else failed."""
    named = environment.get("STEWARD_SETTINGS") or "settings.toml"
    for number, argument in enumerate(arguments):
        if argument.startswith("--settings="):
            named = argument.removeprefix("--settings=")
        elif argument == "--settings" and number + 1 < len(arguments):
            named = arguments[number + 1]
    return Path(named).resolve().parent


def report(error: BaseException, folder: Path, environment: Mapping[str, str]) -> str:
    """Write the whole story to last-error.txt and return the sentence for people, both without secrets."""
    import traceback

    secrets = [value for name, value in environment.items() if _SECRET_NAME.search(name)]
    said = _conceal(to_sentence(error), secrets)
    story = _conceal("".join(traceback.format_exception(error)), secrets)
    target = folder / "last-error.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(story, encoding="utf8", errors="backslashreplace")
    except OSError:
        return said + "\n" + _("（详情也写不进 {path}：没有权限或磁盘已满）").format(path=target)
    return said + "\n" + _("详情：{path}").format(path=target)


def _conceal(text: str, secrets: Iterable[str]) -> str:
    from steward.wecom.concealment import conceal

    return _IN_URL.sub(r"\1:***@", conceal(text, secrets))


def to_sentence(error: BaseException) -> str:
    """Return what went wrong and what to do about it, in one sentence."""
    for one in _causes(error):
        known = _known(one)
        if known:
            return known
    first_line = next(iter(str(error).splitlines()), "")
    return _("程序出错：{kind}：{text}。这是程序的问题，请把下面的文件交给维护者").format(
        kind=type(error).__name__, text=first_line[:300]
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _known(error: BaseException) -> str | None:
    if isinstance(error, ModuleNotFoundError):
        return _("缺少依赖包 {name}：请先运行 make setup，并用 .venv/bin/python main.py 启动").format(
            name=error.name
        )
    if type(error).__module__ in ("sqlite3", "psycopg", "psycopg.errors"):
        return _database_sentence(str(error))
    if isinstance(error, OSError) and error.filename is not None:
        return _("文件 {path} 用不了：{why}。请检查它是否存在、有没有权限、磁盘是否已满").format(
            path=error.filename, why=error.strerror
        )
    return None


def _database_sentence(cause: str) -> str | None:
    for sign, sentence in (
        ("malformed", _("数据库文件已损坏：请停止服务，运行 main.py db check，再用最近的备份恢复")),
        ("not a database", _("数据库文件不是 SQLite 数据库，或已损坏：请核对 database.url，或用备份恢复")),
        ("locked", _("数据库正被别的进程占用，等了一会儿仍未空出来：请稍后再试，或停止占用它的程序")),
        (
            "readonly",
            _("数据库只能读、不能写：请让运行本程序的用户对数据库文件和它所在的目录都有写权限"),
        ),
        ("unable to open", _("打不开数据库文件：请检查 database.url 的目录是否存在、有没有读写权限")),
        ("disk is full", _("磁盘已满，数据库写不进去：请腾出空间后再试")),
        ("disk I/O", _("读写数据库时磁盘出错：请检查磁盘，必要时用备份恢复")),
        ("no such table", _("数据库缺少表：请运行 main.py db upgrade")),
        ("connection failed", _("连不上 PostgreSQL：请检查数据库是否在运行、database.url 是否正确")),
    ):
        if sign in cause:
            return sentence
    return None
