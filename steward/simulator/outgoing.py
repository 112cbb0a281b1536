"""What a sent application message leaves behind: its id, its card's codes, its place in the duplicate check."""

import json
import random
from dataclasses import dataclass
from typing import Any

from steward.simulator.errors import Refused

DUPLICATE_INTERVAL_S = 1800
LONGEST_DUPLICATE_INTERVAL_S = 14400


@dataclass(slots=True)
class _Sent:
    sent_at: float
    is_recalled: bool = False


class Outgoing:
    """Ids and codes handed out by message/send (document paths 90236, 94867, 94888)."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"{seed}:outgoing")
        self._sent: dict[str, _Sent] = {}
        self._codes: dict[str, float] = {}
        self._first_sent: dict[str, tuple[float, str]] = {}
        self.used_task_ids: dict[str, None] = {}

    def _id(self, prefix: str) -> str:
        return f"{prefix}{self._rng.getrandbits(240):060x}"

    def new_msgid(self, now: float) -> str:
        """Note a message and return its id."""
        msgid = self._id("v")
        self._sent[msgid] = _Sent(now)
        return msgid

    def new_chat_id(self) -> str:
        """Return an id for a chat opened by call; the company's own ids are not drawn from for it."""
        return f"wr{self._rng.getrandbits(120):030x}"

    def new_response_code(self, now: float) -> str:
        """Return a code that is good for one update of the card."""
        code = self._id("rc")
        self._codes[code] = now
        return code

    def use_response_code(self, code: object, now: float, lifetime_s: int) -> None:
        """Use a code up.

        Raises:
            Refused: 60140, unknown, used before, or too old.
        """
        given_at = self._codes.pop(code, None) if isinstance(code, str) else None
        if given_at is None or now - given_at >= lifetime_s:
            raise Refused(60140)

    def recall(self, msgid: object, now: float, window_s: int) -> None:
        """Withdraw a message.

        Raises:
            Refused: 40058 no such message, 42052 the window is over.
        """
        sent = self._sent.get(msgid) if isinstance(msgid, str) else None
        if sent is None:
            raise Refused(40058, "msgid invalid")
        if now - sent.sent_at >= window_s:
            raise Refused(42052)
        sent.is_recalled = True

    def earlier_msgid(self, body: dict[str, Any], now: float) -> str | None:
        """Return the id of an identical request within the interval it asks for, None if there is none."""
        sent_at, msgid = self._first_sent.get(_fingerprint(body), (0.0, ""))
        asked = body.get("duplicate_check_interval")
        wanted = asked if isinstance(asked, int) and asked > 0 else DUPLICATE_INTERVAL_S
        interval = min(wanted, LONGEST_DUPLICATE_INTERVAL_S)
        return msgid if msgid and sent_at <= now < sent_at + interval else None

    def remember(self, body: dict[str, Any], msgid: str, now: float) -> None:
        """Keep a request so that a repetition of it is recognised."""
        self._first_sent[_fingerprint(body)] = (now, msgid)


def _fingerprint(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False)
