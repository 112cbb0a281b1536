"""`outbox stats`: how the outbox stands: states, what waits, budgets in use, lanes that are closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from steward.cli.show import echo_json, minute, show_cells, show_fields, to_cell
from steward.cli.start import json_option, open_house, settings_option
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House

_MEMBER = "member:"
_MOST_MEMBERS = 5


@click.command("stats", help=_("统计：各状态多少条、积压多久、额度用了多少、哪些通道暂停到几时"))
@json_option
@settings_option
def stats(as_json: bool, settings_path: Path) -> None:
    with open_house(settings_path) as house:
        now = house.now()
        found = collect(house, now)
        if as_json:
            echo_json(found)
            return
        _show(found, now, house.zone)


def collect(house: House, now: datetime) -> dict[str, Any]:
    """Return how the outbox stands, as JSON: states, channels, oldest_due_at, budgets, lanes.

    `budgets`: what was sent within each window, and the most that may be; of the members only those who got most.
    """
    from steward.store import lanes, outbox

    with house.database.read() as connection:
        in_a_minute = lanes.sum_all_spent(connection, since=now - timedelta(minutes=1))
        today = lanes.sum_spent(connection, ["app"], since=_midnight(now))
        accounts = lanes.count_accounts(connection)
        return {
            "states": outbox.count_by_status(connection),
            "waiting": outbox.count_waiting_by_channel(connection),
            "oldest_due_at": outbox.oldest_due_at(connection, now),
            "budgets": _budgets(house, in_a_minute, today.get("app", 0), accounts),
            "lanes": [
                {"name": lane.name, "paused_until": lane.paused_until, "why": lane.why}
                for lane in lanes.load_lanes(connection)
                if lane.paused_until is not None and lane.paused_until > now
            ],
        }


def _midnight(now: datetime) -> datetime:
    from steward.delivery.budget import Limit

    return Limit(most=1, window=None).since(now)


def _budgets(house: House, in_a_minute: Mapping[str, int], today: int, accounts: int) -> list[dict[str, Any]]:
    from steward.delivery.budget import PERSON_TIMES_PER_ACCOUNT

    limits = house.settings.delivery.budgets
    most = {
        "bot": limits.bot_per_minute,
        "appchat": limits.chat_messages_per_minute,
        "appchat:persons": limits.chat_person_times_per_minute,
    }
    found = [
        {"name": name, "window_s": 60, "used": used, "most": most.get(name, most[name.partition(":")[0]])}
        for name, used in sorted(in_a_minute.items())
        if name.partition(":")[0] in ("bot", "appchat")
    ]
    members = [(used, name) for name, used in in_a_minute.items() if name.startswith(_MEMBER)]
    found += [
        {"name": name, "window_s": 60, "used": used, "most": limits.member_per_minute}
        for used, name in sorted(members, reverse=True)[:_MOST_MEMBERS]
    ]
    per_day = limits.app_person_times_per_day or accounts * PERSON_TIMES_PER_ACCOUNT
    if per_day:
        found.append({"name": "app", "window_s": 86400, "used": today, "most": per_day})
    return found


def _show(found: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> None:
    from steward.cli.terms import DELIVERY_STATES

    states = [(DELIVERY_STATES[state], str(count)) for state, count in sorted(found["states"].items())]
    show_fields(states or [(_("消息"), "0")])
    if found["waiting"]:
        click.echo("\n" + _("── 等待发送 ──"))
        show_fields((channel, str(count)) for channel, count in sorted(found["waiting"].items()))
    if found["oldest_due_at"] is not None:
        age = int((now - found["oldest_due_at"]).total_seconds() // 60)
        click.echo(_("最早的一条已到时 {minutes} 分钟").format(minutes=age))
    if found["budgets"]:
        click.echo("\n" + _("── 额度 ──"))
        headings = [_("额度"), _("已用"), _("上限"), _("时段")]
        cells = [
            [one["name"], str(one["used"]), str(one["most"]), _window(one["window_s"])]
            for one in found["budgets"]
        ]
        show_cells(headings, cells)
    if found["lanes"]:
        click.echo("\n" + _("── 暂停的通道 ──"))
        headings = [_("通道"), _("暂停到"), _("原因")]
        show_cells(
            headings,
            [
                [lane["name"], minute(lane["paused_until"], zone), to_cell(lane["why"] or "")]
                for lane in found["lanes"]
            ],
        )


def _window(seconds: int) -> str:
    return _("一分钟内") if seconds == 60 else _("今天")
