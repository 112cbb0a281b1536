"""`outbox`: what was queued, what became of it. No secret is ever in a row: bots are named, not keyed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from steward.cli.outbox_change import cancel, release, retry
from steward.cli.outbox_stats import stats
from steward.cli.show import align, echo_json, minute, show_fields, show_list, to_cell
from steward.cli.start import USAGE, complain, json_option, open_house, settings_option
from steward.cli.words import _

STATES = ("held", "pending", "sending", "sent", "unknown", "dead", "expired", "cancelled", "merged")
CHANNELS = ("app", "bot", "appchat", "email", "webhook")


@click.group(help=_("发件箱：列表、查看、重发、放行、取消、统计"))
def outbox() -> None:
    """Hold the commands."""


for command in (retry, release, cancel, stats):
    outbox.add_command(command)


@outbox.command("list", help=_("列出消息，最近的在前"))
@click.option(
    "--status", "statuses", type=click.Choice(STATES), multiple=True, help=_("只看这种状态，可写多次")
)
@click.option("--channel", type=click.Choice(CHANNELS), help=_("只看这种渠道"))
@click.option("--recipient", help=_("只看发给他的：账号、机器人名、群ID、邮箱地址"))
@click.option("--topic", help=_("只看这种内容，例如 daily_digest"))
@click.option("--since", help=_("只看从这一天（2026-11-20）或这一刻（2026-11-20T08:37）起建立的"))
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help=_("多少条"))
@json_option
@settings_option
def list_outbox(
    statuses: tuple[str, ...],
    channel: str | None,
    recipient: str | None,
    topic: str | None,
    since: str | None,
    limit: int,
    as_json: bool,
    settings_path: Path,
) -> None:
    from steward.cli.terms import DELIVERY_STATES
    from steward.store.outbox import OutboxFilter, load_outbox

    with open_house(settings_path) as house:
        wanted = OutboxFilter(
            statuses=statuses or None,  # type: ignore[arg-type]
            channel=channel,  # type: ignore[arg-type]
            recipient=recipient,
            topic=topic,
            since=to_moment(since, house.zone) if since else None,
        )
        with house.database.read() as connection:
            found = load_outbox(connection, wanted=wanted, limit=limit)
        rows = [{name: value for name, value in asdict(row).items() if name != "body"} for row in found]
        columns = [
            ("#", lambda row: str(row["id"])),
            (_("状态"), lambda row: DELIVERY_STATES[row["status"]]),
            (_("内容"), lambda row: row["topic"]),
            (_("发给"), lambda row: f"{row['channel']}:{_clipped(row['recipient'])}"),
            (_("建立"), lambda row: minute(row["created_at"], house.zone)),
            (_("下次发送"), lambda row: _next(row, house.zone)),
            (_("次数"), lambda row: str(row["attempts"])),
            (_("原因"), lambda row: row["detail"] or ""),
        ]
        show_list(
            rows, columns, as_json=as_json, empty=_("发件箱里没有这样的消息"), spare=[_("次数"), _("建立")]
        )


def to_moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment somebody typed, a day from its beginning, in the company's time; else say so, exit 2."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        complain(_("--since 请写成 2026-11-20 或 2026-11-20T08:37，收到的是 {seen}").format(seen=text), USAGE)
    if len(text) == len("2026-11-20"):
        moment = datetime.combine(moment, time(0))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _clipped(recipient: str) -> str:
    first, *others = recipient.split("|")
    return _("{first} 等 {count} 人").format(first=first, count=len(others) + 1) if others else first


def _next(row: dict[str, Any], zone: ZoneInfo) -> str:
    return minute(row["next_attempt_at"], zone) if row["status"] == "pending" else ""


@outbox.command("show", help=_("查看一条消息：内容、状态、每一次发送"))
@click.argument("message_id", metavar="ID", type=int)
@json_option
@settings_option
def show(message_id: int, as_json: bool, settings_path: Path) -> None:
    from steward.store.outbox import load_attempts, load_delivery

    with open_house(settings_path) as house:
        with house.database.read() as connection:
            row = load_delivery(connection, message_id)
            tries = [asdict(attempt) for attempt in load_attempts(connection, message_id)]
        if row is None:
            complain(_("发件箱里没有 {id} 号消息；用 outbox list 查看").format(id=message_id))
        if as_json:
            echo_json({**asdict(row), "tries": tries})
            return
        _show_message(asdict(row), house.zone)
        _show_tries(tries, house.zone)
        from steward.cli.rehearsal import body_text

        click.echo("\n" + _("── 内容 ──"))
        click.echo(body_text(row))


def _show_message(row: dict[str, Any], zone: ZoneInfo) -> None:
    from steward.cli.terms import DELIVERY_STATES

    is_over = row["status"] not in ("held", "pending", "sending")
    fields = [
        ("#", str(row["id"])),
        (_("状态"), DELIVERY_STATES[row["status"]]),
        (_("内容"), row["topic"]),
        (_("发给"), f"{row['channel']}:{row['recipient']}"),
        (_("建立"), minute(row["created_at"], zone)),
        (_("下次发送"), _next(row, zone)),
        (_("过期"), minute(row["expires_at"], zone)),
        (_("了结"), minute(row["settled_at"], zone) if is_over else ""),
        (_("并入"), f"#{row['merged_into']}" if row["merged_into"] else ""),
        ("errcode", str(row["errcode"] or "")),
        (_("原因"), row["detail"] or ""),
        (_("处理办法"), row["remedy"] or ""),
    ]
    show_fields((name, value) for name, value in fields if value)


def _show_tries(tries: list[dict[str, Any]], zone: ZoneInfo) -> None:
    from steward.cli.terms import OUTCOMES

    click.echo("\n" + _("── 发送 {count} 次 ──").format(count=len(tries)))
    lines = [
        (
            minute(one["started_at"], zone),
            one["lane"] or "",
            OUTCOMES.get(one["outcome"] or "", _("没有结果：进程中断，可能已送达")),
            to_cell(one["detail"] or ""),
        )
        for one in tries
    ]
    for line in align(lines):
        click.echo(f"  {line}")
