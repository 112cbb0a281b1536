"""What a person decides about a message: send it again, let it go, stop it. Each is written down with who did it.

Every step is one conditional update: of two people, or a person and a worker, one is first and the other is told how
the message stands. Asking for what is already so does no harm and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection

from steward.delivery.budget import Ways
from steward.delivery.policy import is_closing
from steward.model.delivery import DeliveryStatus
from steward.store.audit import AuditEntry, insert_audit
from steward.store.database import Database
from steward.store.lanes import lock_claims, open_lanes
from steward.store.outbox import OutboxRow, load_delivery
from steward.store.outbox_states import move

Act = Literal["retry", "release", "cancel"]
MAY: Final[Mapping[Act, tuple[DeliveryStatus, ...]]] = {
    "retry": ("dead", "unknown", "expired", "cancelled"),
    "release": ("held",),
    "cancel": ("held", "pending", "unknown"),
}
"""act -> of messages in which state."""
DONE: Final[Mapping[Act, tuple[DeliveryStatus, ...]]] = {
    "retry": ("pending", "sending"),
    "release": ("pending", "sending", "sent"),
    "cancel": ("cancelled",),
}
"""act -> in these states there is nothing left to do."""
_UPLOAD_GONE: Final = frozenset({40007, 40145})
"""The uploaded file is no longer there: media live three days (document path 90253)."""


class Refusal(Exception):
    """Why it was not done, in a sentence for the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was done to one message. `done` False: it was so already. `before`: its state until then."""

    id: int
    before: DeliveryStatus
    after: DeliveryStatus
    done: bool


def retry_message(database: Database, message_id: int, *, by: str, now: datetime, ways: Ways) -> Change:
    """Have a message sent again that was given up, stopped, or may have arrived. Its history stays.

    It gets the patience of a new one, an expiry that is over is lifted, and a lane that was closed because its key was
    revoked is opened: whoever asks has mended it.

    Raises:
        Refusal: there is no such message, or its state does not allow it.
    """

    def change(connection: Connection, row: OutboxRow) -> bool:
        values: dict[str, Any] = {"next_attempt_at": now, "errcode": None, "remedy": None}
        if row.expires_at is not None and row.expires_at <= now:
            values["expires_at"] = None
        if row.errcode in _UPLOAD_GONE and (fresh := _without_upload(row.body)) is not None:
            values["body"] = fresh
        if not move(connection, row.id, [row.status], "pending", **values):
            return False
        if is_closing(row.channel, row.errcode):
            open_lanes(connection, ways.lanes(row.channel, row.recipient))
        return True

    return _act(database, "retry", message_id, by=by, now=now, change=change, detail={})


def release_message(database: Database, message_id: int, *, by: str, now: datetime) -> Change:
    """Let a held message go.

    Raises:
        Refusal: there is no such message, or it is not held.
    """

    def change(connection: Connection, row: OutboxRow) -> bool:
        return move(
            connection, row.id, [row.status], "pending", next_attempt_at=max(now, row.next_attempt_at)
        )

    return _act(database, "release", message_id, by=by, now=now, change=change, detail={})


def cancel_message(database: Database, message_id: int, *, by: str, reason: str, now: datetime) -> Change:
    """Stop a message that has not left, or put aside one that may have arrived.

    Raises:
        Refusal: there is no such message, it left already, or it is being sent this moment.
    """

    def change(connection: Connection, row: OutboxRow) -> bool:
        detail = (
            f"{by} 取消：{reason}" if row.detail is None else f"{by} 取消：{reason}（此前：{row.detail}）"
        )
        return move(connection, row.id, [row.status], "cancelled", settled_at=now, detail=detail)

    return _act(database, "cancel", message_id, by=by, now=now, change=change, detail={"reason": reason})


def _act(
    database: Database,
    act: Act,
    message_id: int,
    *,
    by: str,
    now: datetime,
    change: Callable[[Connection, OutboxRow], bool],
    detail: Mapping[str, Any],
) -> Change:
    refused: str | None = None
    with database.begin() as connection:
        lock_claims(connection)
        row = load_delivery(connection, message_id)
        if row is None:
            raise Refusal(f"发件箱里没有 {message_id} 号消息：用 main.py outbox list 查看")
        if row.status in DONE[act]:
            return Change(id=row.id, before=row.status, after=row.status, done=False)
        if row.status not in MAY[act]:
            refused = _why_not(act, row)
        elif not change(connection, row):
            refused = f"{row.id} 号消息的状态刚刚变了：用 main.py outbox show {row.id} 查看，再决定"
        outcome: Literal["done", "refused"] = "refused" if refused else "done"
        insert_audit(connection, _entry(act, row, by, now, outcome, {**detail, "before": row.status}))
        after = load_delivery(connection, message_id)
    if refused is not None:
        raise Refusal(refused)
    return Change(id=row.id, before=row.status, after=after.status if after else row.status, done=True)


def _entry(
    act: Act,
    row: OutboxRow,
    by: str,
    now: datetime,
    outcome: Literal["done", "refused"],
    detail: Mapping[str, Any],
) -> AuditEntry:
    return AuditEntry(
        at=now, by=by, action=f"outbox_{act}", subject=f"outbox/{row.id}", outcome=outcome, detail=detail
    )


def _why_not(act: Act, row: OutboxRow) -> str:
    number = f"{row.id} 号消息"
    match row.status:
        case "sent":
            return f"{number}已经发送，不能再改：要再说一次，请重新运行生成它的任务"
        case "merged":
            return f"{number}的内容已并入 {row.merged_into} 号消息：请处理那一条"
        case "sending":
            return f"{number}正在发送：一两分钟后再看它的结果"
        case "held":
            return f"{number}在等人放行：用 main.py outbox release {row.id}"
        case "pending":
            return f"{number}没有被扣留，正在等待发送"
        case "cancelled":
            return f"{number}已被取消：要发送请用 main.py outbox retry {row.id}"
        case _ if act == "release":
            return f"{number}没有被扣留：要再次发送请用 main.py outbox retry {row.id}"
        case _:
            return f"{number}已经了结（{row.status}），没有什么可取消的"


def _without_upload(body: Mapping[str, Any]) -> dict[str, Any] | None:
    file = body.get("file")
    if not isinstance(file, Mapping) or "path" not in file:
        return None
    return {**body, "file": {name: file[name] for name in file if name not in ("media_id", "media_of")}}
