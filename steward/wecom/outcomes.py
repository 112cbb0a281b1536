"""From a send that ended somehow to what the outbox must know: did it arrive, may it be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from steward.model import delivery
from steward.wecom.answers import to_userids
from steward.wecom.errcodes import classify
from steward.wecom.errors import BadAnswer, NoAnswer, NotConfigured, TooOften, WeComError


def send_and_judge(send: Callable[[], Mapping[str, Any]]) -> delivery.Outcome:
    """Run `send` and return what became of the message; only errors that are no `WeComError` are raised."""
    try:
        answer = send()
    except WeComError as error:
        return to_outcome(error)
    message_id = answer.get("msgid")
    return delivery.Accepted(
        message_id=str(message_id) if message_id else None,
        refused_recipients=(
            *to_userids(answer.get("invaliduser")),
            *to_userids(answer.get("unlicenseduser")),
        ),
    )


def to_outcome(error: WeComError) -> delivery.Outcome:
    """Return what a failed send means for the message."""
    never_left = isinstance(error, NoAnswer) and not error.maybe_arrived
    if never_left or error.endpoint == "gettoken" or isinstance(error, NotConfigured):
        return delivery.NotSent(detail=error.detail, remedy=error.remedy)
    if isinstance(error, NoAnswer | BadAnswer) or error.errcode is None:
        return delivery.Unknown(detail=error.detail)
    return delivery.Refused(
        errcode=error.errcode,
        detail=error.detail,
        # The error's own class: 40001 of a fresh token is final, though its row says "token".
        retry_class=error.retry_class,
        wait=error.wait if isinstance(error, TooOften) else None,
        remedy=error.remedy or classify(error.errcode).remedy,
    )
