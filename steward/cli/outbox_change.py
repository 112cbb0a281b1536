"""`outbox retry | release | cancel`: a person decides about messages; who it was is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steward.cli.show import echo_json
from steward.cli.start import (
    FAILED,
    NOTHING,
    OK,
    PARTLY,
    USAGE,
    complain,
    json_option,
    open_house,
    settings_option,
)
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.actions.outbox import Act, Change
    from steward.cli.house import House

_RETRIABLE = ("dead", "unknown", "expired", "cancelled")
_CANCELLABLE = ("held", "pending", "unknown")

ids_argument = click.argument("message_ids", metavar="ID...", type=int, nargs=-1)
all_option = click.option(
    "--all", "every", is_flag=True, help=_("所有处于这种状态的消息（与 --status 一起用）")
)
topic_option = click.option("--topic", help=_("与 --all 一起用：只要这种内容的"))
by_option = click.option("--by", help=_("谁决定的；默认当前系统用户"))
yes_option = click.option("--yes", is_flag=True, help=_("不再询问"))


@click.command("retry", help=_("重新发送：已放弃、不确定是否送达、已过期或已取消的消息"))
@ids_argument
@all_option
@click.option("--status", type=click.Choice(_RETRIABLE), help=_("与 --all 一起用：哪种状态的"))
@topic_option
@by_option
@yes_option
@json_option
@settings_option
def retry(
    message_ids: tuple[int, ...],
    every: bool,
    status: str | None,
    topic: str | None,
    by: str | None,
    yes: bool,
    as_json: bool,
    settings_path: Path,
) -> None:
    from steward.actions.outbox import retry_message

    with open_house(settings_path) as house:
        ids = _chosen(house, message_ids, every, status, topic)

        def change(message_id: int, who: str) -> Change:
            return retry_message(house.database, message_id, by=who, now=house.now(), ways=house.ways)

        question = _("重新发送 {count} 条消息？").format(count=len(ids)) + _risk(house, ids)
        _carry_out(ids, change, "retry", question, by=by, yes=yes, as_json=as_json)


@click.command("release", help=_("放行被扣留的消息"))
@ids_argument
@click.option("--all", "every", is_flag=True, help=_("所有被扣留的消息"))
@topic_option
@by_option
@yes_option
@json_option
@settings_option
def release(
    message_ids: tuple[int, ...],
    every: bool,
    topic: str | None,
    by: str | None,
    yes: bool,
    as_json: bool,
    settings_path: Path,
) -> None:
    from steward.actions.outbox import release_message

    with open_house(settings_path) as house:
        ids = _chosen(house, message_ids, every, "held", topic)

        def change(message_id: int, who: str) -> Change:
            return release_message(house.database, message_id, by=who, now=house.now())

        question = _("放行 {count} 条消息？").format(count=len(ids))
        _carry_out(ids, change, "release", question, by=by, yes=yes, as_json=as_json)


@click.command("cancel", help=_("取消还没发出的消息，或搁置不确定是否送达的消息"))
@ids_argument
@click.option("--reason", required=True, help=_("为什么取消"))
@all_option
@click.option("--status", type=click.Choice(_CANCELLABLE), help=_("与 --all 一起用：哪种状态的"))
@topic_option
@by_option
@yes_option
@json_option
@settings_option
def cancel(
    message_ids: tuple[int, ...],
    reason: str,
    every: bool,
    status: str | None,
    topic: str | None,
    by: str | None,
    yes: bool,
    as_json: bool,
    settings_path: Path,
) -> None:
    from steward.actions.outbox import cancel_message

    if not reason.strip():
        complain(_("请用 --reason 写明为什么取消"), USAGE)
    with open_house(settings_path) as house:
        ids = _chosen(house, message_ids, every, status, topic)

        def change(message_id: int, who: str) -> Change:
            return cancel_message(house.database, message_id, by=who, reason=reason.strip(), now=house.now())

        question = _("取消 {count} 条消息？").format(count=len(ids))
        _carry_out(ids, change, "cancel", question, by=by, yes=yes, as_json=as_json)


def _chosen(
    house: House, message_ids: Sequence[int], every: bool, status: str | None, topic: str | None
) -> list[int]:
    """Return the ids meant: those named, or all in one state. Both or neither is told, exit 2."""
    from steward.store.outbox import OutboxFilter, load_ids

    if bool(message_ids) == every:
        complain(_("请写消息编号，或用 --all（二者选一）；编号见 outbox list"), USAGE)
    if not every:
        if topic:
            complain(_("--topic 只与 --all 一起用"), USAGE)
        return list(dict.fromkeys(message_ids))
    if status is None:
        complain(_("--all 要和 --status 一起用：写明哪种状态的消息"), USAGE)
    with house.database.read() as connection:
        return load_ids(connection, OutboxFilter(statuses=(status,), topic=topic))  # type: ignore[arg-type]


def _risk(house: House, ids: Sequence[int]) -> str:
    """Return what a person should know before sending again: what may have arrived may arrive twice."""
    from steward.store.outbox import load_delivery

    with house.database.read() as connection:
        rows = [row for one in ids if (row := load_delivery(connection, one)) is not None]
    doubtful = sum(row.status == "unknown" for row in rows)
    if not doubtful:
        return ""
    return _("其中 {count} 条可能已经送达，重发可能重复。").format(count=doubtful)


def _carry_out(
    ids: Sequence[int],
    change: Callable[[int, str], Change],
    act: Act,
    question: str,
    *,
    by: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Do it to one message after the other; what is refused keeps back none of the others."""
    from getpass import getuser

    from steward.actions.outbox import Refusal

    if ids and not yes:
        click.confirm(question, abort=True, err=True)
    who = (by or getuser()).strip()
    results: list[dict[str, Any]] = []
    for message_id in ids:
        try:
            results.append({**asdict(change(message_id, who)), "refused": None})
        except Refusal as refusal:
            results.append({"id": message_id, "done": False, "refused": str(refusal)})
    if as_json:
        echo_json(results)
    else:
        _say(results, act)
    raise SystemExit(_exit_code(results))


def _say(results: Sequence[dict[str, Any]], act: Act) -> None:
    for one in results:
        if one["refused"]:
            click.echo(one["refused"], err=True)
    done = sum(one["done"] for one in results)
    already = sum(not one["done"] and not one["refused"] for one in results)
    said = {
        "retry": _("已排队重新发送 {count} 条"),
        "release": _("已放行 {count} 条"),
        "cancel": _("已取消 {count} 条"),
    }[act].format(count=done)
    if already:
        said += _("；{count} 条本来就是这样").format(count=already)
    click.echo(said if results else _("没有这样的消息"))


def _exit_code(results: Sequence[dict[str, Any]]) -> int:
    refused = sum(one["refused"] is not None for one in results)
    if refused:
        return FAILED if refused == len(results) else PARTLY
    return OK if any(one["done"] for one in results) else NOTHING
