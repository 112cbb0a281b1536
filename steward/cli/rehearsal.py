"""What a dry run shows: exactly what would go to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import click

from steward.cli.words import _
from steward.delivery.send import KeepBody
from steward.model.delivery import Accepted, Outcome
from steward.store.outbox import OutboxRow


class PrintingSender:
    """Takes the place of WeCom in a dry run: prints, and sends nothing."""

    def send(self, row: OutboxRow, keep_body: KeepBody) -> Outcome:
        """Print one message."""
        click.echo(_heading(row))
        click.echo(body_text(row))
        return Accepted()


def _heading(row: OutboxRow) -> str:
    return f"── {row.topic} → {row.channel}:{row.recipient}"


def body_text(row: OutboxRow) -> str:
    """Return the message as people read it."""
    if row.channel == "email":
        return _mail_text(row.body)
    if row.channel == "webhook":
        return str(row.body["text"])
    if row.body["msgtype"] == "file":
        return _("［文件］{name}").format(name=row.body["file"].get("filename", "?"))
    return str(row.body[row.body["msgtype"]].get("content", row.body))


def _mail_text(body: Mapping[str, Any]) -> str:
    files = [one["filename"] for one in body.get("attachments", ())]
    attached = "".join("\n" + _("［附件］{name}").format(name=name) for name in files)
    return _("主题：{subject}").format(subject=body["subject"]) + f"\n\n{body['text'].rstrip()}{attached}"


def print_deliveries(rows: Iterable[OutboxRow], zone: ZoneInfo) -> None:
    """Print what would be queued, in order, with its time."""
    count = 0
    for row in rows:
        count += 1
        due = row.next_attempt_at.astimezone(zone)
        click.echo(f"{_heading(row)} · {due:%m-%d %H:%M}")
        click.echo(body_text(row))
    click.echo(
        _("演练结束：{count} 条消息会进入发件箱；什么都没有保存或发送。").format(count=count), err=True
    )
