"""`doctor`: looks at everything the service needs and says, line by line, what to do. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.show import echo_json, to_cell, width
from steward.cli.start import FAILED, OK, json_option, settings_option
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.diagnosis import Line
    from steward.model.settings import Settings


@click.command(
    help=_(
        "逐项体检：设置、凭证、权限、可信 IP、数据库、时钟、日历、日程、发件箱、端口、字体。"
        "只读不写、不发消息；没有配置时也能运行。有“需处理”时退出码为 1"
    )
)
@json_option
@settings_option
def doctor(as_json: bool, settings_path: Path) -> None:
    found = []
    for line in examine(settings_path):
        found.append(line)
        if not as_json:
            _say(line)
    if as_json:
        echo_json([asdict(line) for line in found])
    else:
        _sum_up(found)
    raise SystemExit(FAILED if any(line.state == "refused" for line in found) else OK)


def _say(line: Line) -> None:
    words = {
        "ok": click.style(_("正常"), fg="green"),
        "refused": click.style(_("需处理"), fg="red"),
        "unknown": click.style(_("未知"), fg="yellow"),
    }
    state = words[line.state] + " " * (8 - width(click.unstyle(words[line.state])))
    click.echo(f"{state}{line.name}{' ' * max(2, 22 - width(line.name))}{to_cell(line.detail)}")
    if line.remedy:
        click.echo(f"{' ' * 8}→ {to_cell(line.remedy)}")


def _sum_up(found: list[Line]) -> None:
    refused = sum(line.state == "refused" for line in found)
    unknown = sum(line.state == "unknown" for line in found)
    if refused:
        text = _("{refused} 项需处理，{unknown} 项未知，{ok} 项正常")
    else:
        text = _("没有需要处理的；{unknown} 项未知，{ok} 项正常")
    ok = len(found) - refused - unknown
    click.echo("\n" + text.format(refused=refused, unknown=unknown, ok=ok))


def examine(settings_path: Path) -> Iterator[Line]:
    """Yield every line; each part works whatever the others found."""
    from steward.cli import probes_here as here
    from steward.cli.diagnosis import unknown
    from steward.cli.probes_service import service

    line, settings = _settings_line(settings_path)
    yield line
    yield from here.machine(settings, settings_path.resolve().parent, os.environ)
    if settings is None:
        yield unknown("wecom", _("企业微信"), _("设置读不了，没有检查"))
    else:
        yield from service(settings, settings_path.resolve().parent, os.environ)
        yield from _wecom(settings, settings_path.resolve().parent)


def _settings_line(path: Path) -> tuple[Line, Settings | None]:
    from steward.cli.config import parse
    from steward.cli.diagnosis import ok, refused
    from steward.model.settings.company import PLACEHOLDER_CORP_ID
    from steward.model.settings.load import SettingsError, decode_settings
    from steward.model.settings.warn import warnings

    name = _("设置")
    try:
        text = decode_settings(path.read_bytes(), file=str(path))
        settings, problems = parse(text, str(path), os.environ)
    except OSError as error:
        detail = _("读不到 {path}：{why}").format(path=path, why=error.strerror)
        remedy = _("在项目目录运行（那里有 settings.toml），或用 --settings 指明")
        return refused("settings", name, detail, remedy), None
    except SettingsError as error:
        settings, problems = None, list(error.problems)
    if problems:
        detail = _("{count} 处错误，第一处：{text}").format(
            count=len(problems), text=problems[0].text(LANGUAGE)
        )
        return refused("settings", name, detail, _("运行 main.py config check 查看全部")), None
    if settings is not None and settings.company.corp_id == PLACEHOLDER_CORP_ID:
        detail = _("{path} 还是模板：没有填写企业ID").format(path=path)
        remedy = _(
            "企业微信管理后台 → 我的企业 → 页面最下方的企业ID，写进 settings.toml 的 corp_id；"
            "再填应用的 agent_id 和 Secret"
        )
        return refused("settings", name, detail, remedy), settings
    count = len(warnings(settings, os.environ)) if settings else 0
    more = _("，提醒 {count} 条（config check 查看）").format(count=count) if count else ""
    return ok("settings", name, _("{path} 没有错误").format(path=path) + more), settings


def _wecom(settings: Settings, root: Path) -> Iterator[Line]:
    from steward.cli.agenda import real_now
    from steward.cli.diagnosis import refused
    from steward.cli.diagnosis_here import judge_clock
    from steward.cli.house import build_client
    from steward.cli.probes import WeComProbe, bots, clock_offset
    from steward.cli.probes_channels import channels
    from steward.model.settings.company import PLACEHOLDER_CORP_ID
    from steward.model.settings.errors import SettingsError
    from steward.model.settings.secrets import is_set

    is_ready = settings.company.corp_id != PLACEHOLDER_CORP_ID
    try:
        client = build_client(settings, os.environ, root)
    except SettingsError as error:
        yield refused("secrets", _("密钥文件"), error.text(LANGUAGE), _("让运行本程序的用户可以读它"))
        return
    with client:
        yield from WeComProbe(settings, client, is_ready=is_ready).lines()
    yield from bots(settings, lambda key: bool(is_set(key, os.environ, lambda file: (root / file).is_file())))
    yield from channels(settings, os.environ, root)
    timeout_s = settings.wecom.connect_timeout_s + 2
    yield judge_clock(clock_offset(str(settings.company.base_url), real_now, timeout_s) if is_ready else None)
