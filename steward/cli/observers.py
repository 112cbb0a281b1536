"""Who is told what happens, so that it can be counted. The house tells; nobody listens unless `serve` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from steward.model.delivery import Channel
from steward.model.run import Run
from steward.wecom.client import OnCall


class Sent(Protocol):
    """What is told of a message: by which way it went."""

    @property
    def channel(self) -> Channel:
        """The channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observers:
    """Whom to tell. None of them may raise, wait, or touch the database.

    Args:
        on_call: (endpoint, errcode, seconds) of each exchange with WeCom.
        on_attempt: (message, outcome word, seconds since it was due) of each try to bring a message.
        on_run: a run that is over.
        on_missed: (job, how many) planned moments that passed without a run although nobody wanted that.
    """

    on_call: OnCall = lambda endpoint, errcode, took_s: None
    on_attempt: Callable[[Sent, str, float], None] = lambda message, outcome, waited_s: None
    on_run: Callable[[Run], None] = lambda run: None
    on_missed: Callable[[str, int], None] = lambda job, count: None
