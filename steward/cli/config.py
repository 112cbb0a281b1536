"""`config`: whether the settings hold, and what is in force."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.show import echo_json
from steward.cli.start import USAGE, json_option, load_settings, read_settings_text, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.model.settings import Settings
    from steward.model.settings.errors import Problem


@click.group(help=_("检查或显示设置"))
def config() -> None:
    """Hold the two commands."""


@config.command("check", help=_("检查设置：一次列出所有错误和提醒，以及每个任务接下来的运行时间"))
@json_option
@settings_option
def check(as_json: bool, settings_path: Path) -> None:
    from steward.cli.agenda import agenda, real_now
    from steward.model.settings.warn import warnings

    text = read_settings_text(settings_path)
    settings, errors = parse(text, str(settings_path), os.environ)
    if settings is None or errors:
        _show_errors(errors, settings_path, as_json)
        raise SystemExit(USAGE)
    warned = warnings(
        settings, os.environ, file=str(settings_path), text=text, is_file=_is_file(settings_path)
    )
    planned = agenda(settings, real_now(), count=3)
    if as_json:
        told = [_to_json(problem) for problem in warned]
        echo_json(
            {"file": str(settings_path), "ok": True, "errors": [], "warnings": told, "schedules": planned}
        )
        return
    click.echo(_("{path}：没有错误").format(path=settings_path))
    if warned:
        click.echo(_("提醒 {count} 条（不影响启动）：").format(count=len(warned)))
        for problem in warned:
            click.echo(f"  {problem.text(LANGUAGE)}")
    _show_agenda(settings, planned)


def parse(text: str, file: str, environment: Mapping[str, str]) -> tuple[Settings | None, list[Problem]]:
    """Return the settings, or everything that is wrong with them: also schedules that cannot be kept."""
    from steward.checks import all_checks
    from steward.clock.judging import judge_schedules
    from steward.model.settings.errors import SettingsError
    from steward.model.settings.load import parse_settings

    try:
        settings = parse_settings(
            text, file=file, env=environment, checks=tuple(all_checks()), judge=judge_schedules
        )
    except SettingsError as error:
        return None, list(error.problems)
    return settings, []


def _is_file(settings_path: Path) -> Any:
    return lambda path: (settings_path.resolve().parent / path).is_file()


def _show_errors(errors: list[Problem], path: Path, as_json: bool) -> None:
    if as_json:
        told = [_to_json(problem) for problem in errors]
        echo_json({"file": str(path), "ok": False, "errors": told, "warnings": [], "schedules": []})
        return
    for problem in errors:
        click.echo(problem.text(LANGUAGE), err=True)
    click.echo(_("{count} 处错误；改好后再运行一次 config check").format(count=len(errors)), err=True)


def _to_json(problem: Problem) -> dict[str, Any]:
    return {
        "where": problem.where,
        "line": problem.line,
        "key": problem.key,
        "text": problem.text(LANGUAGE),
    }


def _show_agenda(settings: Settings, planned: list[dict[str, Any]]) -> None:
    from steward.cli.agenda import brief
    from steward.cli.show import align

    click.echo(_("日程（{zone}）：").format(zone=settings.company.timezone))
    lines = align(
        [
            (one["job"], one["wording"], "，".join(brief(moment) for moment in one["next"]) or _("不运行"))
            for one in planned
        ]
    )
    for line in lines:
        click.echo(f"  {line}")


@config.command("show", help=_("显示生效的设置；密钥只显示放在哪里、是否已设置"))
@json_option
@settings_option
def show(as_json: bool, settings_path: Path) -> None:
    from steward.model.settings.secrets import masked

    shown = masked(load_settings(settings_path), os.environ, _is_file(settings_path))
    if as_json:
        echo_json(shown)
        return
    import tomlkit

    click.echo(tomlkit.dumps(_without_none(shown)), nl=False)


def _without_none(value: Any) -> Any:
    """Return the value without keys that have none: TOML has no word for it."""
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list) else value
