"""Changing settings.toml by a command: comments kept, validated before it is written, never half written."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward.cli.start import FAILED, USAGE, complain, read_settings_text
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Change = Callable[["TOMLDocument"], None]


class NotEditable(Exception):
    """The text cannot be changed without losing something of it; says what."""


def change_settings(path: Path, change: Change, *, dry_run: bool = False) -> str:
    """Change the settings file and return its new text; what would break it is told, and nothing is written.

    Args:
        change: changes the parsed document in place.
        dry_run: everything but the writing.
    """
    before = read_settings_text(path)
    try:
        after = changed_text(before, change)
    except NotEditable as error:
        text = _("没有写入：{path} 不能自动修改：{why}；请手工修改，原来的不动")
        complain(text.format(path=path, why=error), FAILED)
    refuse_broken(after, path)
    if not dry_run and after != before:
        _write(path, before, after)
    return after


def changed_text(text: str, change: Change) -> str:
    """Return a TOML text with a change made by tomlkit; line ends stay what they were.

    Raises:
        NotEditable: a remark would be lost, or the text is written in a way that cannot be changed in place.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    document = tomlkit.parse(text)
    try:
        change(document)
        changed = tomlkit.dumps(document)
        # What tomlkit writes is not always what it holds: keys after a table would become that table's.
        is_meant = tomllib.loads(changed) == document.unwrap()
    except (TOMLKitError, AttributeError, TypeError, ValueError) as error:
        raise NotEditable(_("要改的那一节没有写成连续的 [节名] 及其下各行")) from error
    if not is_meant:
        raise NotEditable(_("要改的那一节没有写成连续的 [节名] 及其下各行"))
    changed = changed.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else changed
    lost = Counter(_remarks(text)) - Counter(_remarks(changed))
    if lost:
        raise NotEditable(_("会丢掉注释 {remark}").format(remark=next(iter(lost))))
    return changed


def _remarks(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]


def refuse_broken(text: str, path: Path) -> None:
    """Stop with every problem of a text that is to become the settings; exit 2."""
    from steward.cli.config import parse

    _settings, problems = parse(text, str(path), os.environ)
    if problems:
        said = "\n".join(problem.text(LANGUAGE) for problem in problems)
        complain(_("没有写入：改过的设置会有错误，原来的不动\n{problems}").format(problems=said), USAGE)


def _write(path: Path, before: str, after: str) -> None:
    """Put the new text in the file's place in one step: a crash leaves the old file or the new one."""
    target = path.resolve()  # a link stays a link
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            _look_alike(draft, target)
            if read_settings_text(path) != before:
                complain(_("没有写入：{path} 刚刚被别人改过；请再运行一次").format(path=path), FAILED)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        complain(_("写不了设置文件 {path}：{why}；原来的不动").format(path=path, why=why), FAILED)


def _look_alike(draft: Path, target: Path) -> None:
    shutil.copymode(target, draft)
    owner = target.stat()
    with suppress(PermissionError):  # only root may give a file away; who may write here may own it
        os.chown(draft, owner.st_uid, owner.st_gid)


def put_table(section: Any, keys: tuple[str, ...], value: Any) -> None:
    """Set a sub-table of a section, such as ("notices", "2027") of [calendar]; remarks stay where they belong.

    tomlkit counts what stands between two headers to the first of them: the remarks that lead over to the next
    section would end up before the new sub-table, or be lost with the one it takes the place of.
    """
    import tomlkit
    from tomlkit.items import Comment

    trailing = _take_lead_over(_last_table(section))
    table = section
    for key in keys[:-1]:
        if key not in table:
            table.append(key, tomlkit.table(is_super_table=True))
        table = table[key]
    if keys[-1] in table:
        own = [
            item
            for old in _tables(table[keys[-1]])
            for item in old.value.body
            if isinstance(item[1], Comment)
        ]
        _last_table(value).value.body.extend(own)
        table[keys[-1]] = value
    else:
        table.append(keys[-1], value)
    _last_table(section).value.body.extend(trailing)


def _tables(table: Any) -> Iterator[Any]:
    from tomlkit.items import Table

    yield table
    for _name, item in table.value.body:
        if isinstance(item, Table):
            yield from _tables(item)


def _last_table(table: Any) -> Any:
    """Return the innermost table that is written last."""
    *_others, last = _tables(table)
    return last


def _take_lead_over(table: Any) -> list[Any]:
    """Take what stands from the first blank line after the last key on: it leads over to the next section."""
    body = table.value.body
    place = max((n for n, (name, _item) in enumerate(body) if name is not None), default=-1) + 1
    while place < len(body) and body[place][1].as_string().strip():
        place += 1
    taken = list(body[place:])
    del body[place:]
    return taken
