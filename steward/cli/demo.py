"""`demo`: three working days of a made-up company, through the real client, in less than a minute."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from steward.cli.start import complain
from steward.cli.words import LANGUAGE, _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.simulator import Simulator

ZONE: Final = ZoneInfo("Asia/Shanghai")
DAYS: Final = (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20))
ROUND: Final = (
    ("sync_directory", time(7, 12)),
    ("sync_groups", time(7, 24)),
    ("check_members", time(8, 13)),
    ("daily_digest", time(8, 37)),
    ("deliver", time(8, 38)),
    ("deliver", time(8, 52)),
    ("housekeeping", time(9, 17)),
)
UNFILED: Final = 12
"""Of so many groups one is not in the register: HR is to find it."""


@click.command(help=_("在模拟的企业微信上过三个工作日：同步、检查、日报、提醒，全部经过真实的客户端"))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("var/demo"), show_default=True
)
@click.option("--people", type=click.IntRange(20, 100_000), default=120, show_default=True)
@click.option("--groups", type=click.IntRange(1, 50_000), default=24, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
def demo(out: Path, people: int, groups: int, seed: int) -> None:
    from steward.cli.log import set_up_logging
    from steward.simulator import Simulator

    set_up_logging(quiet=True)
    _clear(out)
    with Simulator(seed=seed, people=people, groups=groups, now=_at(DAYS[0], time(7, 0))) as simulator:
        click.echo(
            _("模拟的企业微信：{url}（{people} 人，{groups} 个群）").format(
                url=simulator.base_url, people=people, groups=groups
            )
        )
        house = _move_in(simulator, out)
        try:
            for number, day in enumerate(DAYS, start=1):
                _live_through(house, simulator, day, number)
            _write_received(simulator, out)
            _show(house, simulator, out)
        finally:
            house.database.close()


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=ZONE)


def _clear(out: Path) -> None:
    """Remove what an earlier demo left; a folder that is not a demo's is left alone."""
    if out.exists() and any(out.iterdir()) and not (out / "received.jsonl").exists():
        complain(_("{out} 不是空目录，也不是演示的目录：请用 --out 换一个").format(out=out))
    for name in ("reports", "backups"):
        shutil.rmtree(out / name, ignore_errors=True)
    for file in (
        *out.glob("steward.db*"),
        out / "received.jsonl",
        out / "settings.toml",
        out / "register.csv",
    ):
        file.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "received.jsonl").touch()


def _move_in(simulator: Simulator, out: Path) -> House:
    """Do what an admin does on the first day: settings, secrets, the group register."""
    from steward.cli.house import build_house
    from steward.model.settings.load import parse_settings

    credentials = simulator.credentials()
    environment = {
        "WECOM_APP_SECRET": credentials["secrets"]["app"],
        "WECOM_CONTACTS_SECRET": credentials["secrets"]["contacts"],
        "WECOM_ARCHIVE_SECRET": credentials["secrets"]["archive"],
        "BOT_OPS_KEY": credentials["bot_keys"][0],
    }
    bosses = _bosses(credentials)
    text = _settings_text(credentials, bosses)
    (out / "settings.toml").write_text(text, encoding="utf8")
    settings = parse_settings(text, file=str(out / "settings.toml"))
    house = build_house(settings, out.resolve(), environment, now=simulator.now)
    house.files = out.resolve()
    register = out / "register.csv"
    _write_register(register, simulator.rooms(), bosses)
    _import_register(house, register)
    return house


def _bosses(credentials: dict[str, Any]) -> dict[int, str]:
    """Ask WeCom who leads which department; the root is led by the general manager."""
    import random
    import time as clock

    from steward.cli.house import real_now
    from steward.wecom.client import WeComClient
    from steward.wecom.departments import list_departments

    client = WeComClient(
        base_url=credentials["base_url"],
        corp_id=credentials["corp_id"],
        secrets={"app": credentials["secrets"]["app"]},
        now=real_now,
        sleep=clock.sleep,
        random=random.Random(),
    )
    departments = list_departments(client)
    bosses = {d.id: d.leader_userids[0] for d in departments if d.leader_userids}
    hr = next((d.id for d in departments if d.name and "人力" in d.name), departments[0].id)
    return {**bosses, 0: bosses.get(hr) or next(iter(bosses.values()))}


def _settings_text(credentials: dict[str, Any], bosses: dict[int, str]) -> str:
    return f"""\
# 演示用的设置；密钥来自环境变量。 Settings of the demo; secrets come from the environment.
[company]
name = "华辰实业（演示）"
corp_id = "{credentials["corp_id"]}"
base_url = "{credentials["base_url"]}"
language = "{LANGUAGE}"

[company.agents.app]
agent_id = {credentials["agent_id"]}
secret = {{ env = "WECOM_APP_SECRET" }}

[company.agents.contacts]
secret = {{ env = "WECOM_CONTACTS_SECRET" }}

[company.agents.archive]
secret = {{ env = "WECOM_ARCHIVE_SECRET" }}

[database]
url = "sqlite:///steward.db"

[people]
hr = ["{bosses[0]}"]
admins = {{ bot = "ops" }}

[people.bots.ops]
key = {{ env = "BOT_OPS_KEY" }}

[groups]
default_policy = "work"
"""


def _write_register(path: Path, rooms: list[dict[str, Any]], bosses: dict[int, str]) -> None:
    kinds = {"customer": "客户群", "archived": "会话存档", "app": "应用群"}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["群ID", "群名称", "来源", "制度", "部门", "文字编辑", "人群", "备案日期"])
        for number, room in enumerate(rooms, start=1):
            customers = room["audience"] == "customers"
            unfiled = number % UNFILED == 0
            if unfiled and room["kind"] == "customer":
                continue
            table.writerow(
                [
                    room["chat_id"],
                    room["name"],
                    kinds[room["kind"]],
                    "交流群" if customers else "工作群",
                    room["department_id"],
                    "" if number % 7 == 0 else bosses.get(room["department_id"], ""),
                    "客户" if customers else "员工",
                    "2026-09-01",
                ]
            )


def _import_register(house: House, path: Path) -> None:
    from steward.intake.register import read_register
    from steward.store.registry import save_registry

    intake = read_register(path.read_bytes(), filename=path.name)
    with house.database.begin() as connection:
        save_registry(connection, intake.entries, now=house.now(), filed_on=DAYS[0], replace_all=True)


def _live_through(house: House, simulator: Simulator, day: date, number: int) -> None:
    from steward.cli.run import run_job
    from steward.cli.terms import RUN_STATES, count_words
    from steward.clock.wording import day_words

    click.echo("\n" + _("第 {number} 天 · {day}").format(number=number, day=day_words(day, LANGUAGE)))
    for job, moment in ROUND:
        simulator.set_now(_at(day, moment))
        finished = run_job(house, job, house.now(), slot=f"demo {day} {moment}")
        counts = count_words(finished.counts)
        click.echo(
            f"  {moment:%H:%M} {job}：{RUN_STATES[finished.state]}" + (f"（{counts}）" if counts else "")
        )
        if finished.error:
            click.echo(f"        {finished.error}", err=True)


def _write_received(simulator: Simulator, out: Path) -> None:
    with (out / "received.jsonl").open("w", encoding="utf8") as file:
        for message in simulator.received:
            file.write(json.dumps(message, ensure_ascii=False) + "\n")


def _show(house: House, simulator: Simulator, out: Path) -> None:
    from steward.store.reports import load_reports

    with house.database.read() as connection:
        last = load_reports(connection, limit=1)[0]
    click.echo("\n" + _("── HR 在企业微信里看到的日报 ──") + "\n")
    click.echo(as_seen(last.message))
    owner = next((m for m in reversed(simulator.received) if _is_for_owner(m)), None)
    if owner is not None:
        click.echo("\n" + _("── 群主 {who} 收到的提醒 ──").format(who=owner["to"]) + "\n")
        click.echo(as_seen(owner["body"]["markdown"]["content"]))
    click.echo("\n" + _("都在这里：") + f" {out}")
    for label, name in (
        (_("完整日报（网页）"), last.html_path),
        (_("Excel"), last.xlsx_path),
        (_("发出的每一条消息"), "received.jsonl"),
        (_("演示用的设置和群台账"), "settings.toml, register.csv"),
    ):
        click.echo(f"  {label}：{name}")


def _is_for_owner(message: dict[str, Any]) -> bool:
    content = message["body"].get("markdown", {}).get("content", "")
    return (
        message["endpoint"] == "message/send"
        and content.startswith("**请")
        and "群主已收到提醒" not in content
    )


def as_seen(markdown: str) -> str:
    """Return WeCom's markdown as a terminal shows it: bold and colours, without the marks."""
    colours = {"warning": "yellow", "info": "green", "comment": "bright_black"}
    text = re.sub(
        r'<font color="(\w+)">(.*?)</font>', lambda m: click.style(m[2], fg=colours.get(m[1])), markdown
    )
    text = re.sub(r"\*\*(.+?)\*\*", lambda m: click.style(m[1], bold=True), text)
    return re.sub(r"^> ?", "│ ", text, flags=re.MULTILINE)
