"""What WeCom last said, as far as it tells whether we may call it at all. Nobody is asked for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

NOT_TRUSTED: Final = frozenset({"60020", "301042"})
"""This machine's address is not in the app's list (document path 90313)."""
UNREACHABLE: Final = frozenset({"none", "timeout", "unreadable"})
SILENT_FOR_S: Final = 300.0
Verdict = Literal["ok", "not_trusted", "unreachable", "not_asked"]


@dataclass(slots=True)
class Verdicts:
    """Keeps the last word of WeCom to this process.

    One call that failed says little: WeCom counts as unreachable when nothing came back for five minutes.
    """

    monotonic: Callable[[], float] = time.monotonic
    _not_trusted: str | None = None
    _silent_since: float | None = None
    _was_asked: bool = False

    def on_call(self, endpoint: str, errcode: str, _took_s: float) -> None:
        """Take note of an exchange."""
        self._was_asked = True
        if errcode in UNREACHABLE:
            self._silent_since = self.monotonic() if self._silent_since is None else self._silent_since
            return
        self._silent_since = None
        if errcode in NOT_TRUSTED:
            self._not_trusted = errcode
        elif errcode == "0" and endpoint != "gettoken":  # a token is given to any address
            self._not_trusted = None

    @property
    def verdict(self) -> Verdict:
        """Whether WeCom can be called, from what it said last."""
        silent_since = self._silent_since
        if silent_since is not None and self.monotonic() - silent_since >= SILENT_FOR_S:
            return "unreachable"
        if self._not_trusted is not None:
            return "not_trusted"
        return "ok" if self._was_asked else "not_asked"
