"""What the other side does to us: cuts, hangs, garbage, every class of errcode, tokens taken back, nobody at home."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from steward.simulator import Simulator
from tests.scenarios.campaign.judge import Disturbance
from tests.scenarios.campaign.line import Line
from tests.scenarios.campaign.mail import CIVIL, MailServer, Manners

MAIL_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 0.6
"""Real seconds a process waits for an answer: what hangs, hangs longer."""
BAD_MANNERS = Manners(
    dies_after_data=0.03,
    dies_before_data=0.02,
    greylists=0.03,
    refuses=0.005,
    greets_late=0.03,
    late_s=MAIL_TIMEOUT_S * 1.3,
)
SENDS = ("message/send", "webhook/send", "appchat/send")
UPLOADS = ("media/upload", "webhook/upload_media")
_HTML = b"<html><body>502 Bad Gateway</body></html>"
_TRUNCATED = b'{"errcode":0,"errmsg":"o'

_UNANSWERED: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.010, {"cut": "before"}),
    (0.015, {"cut": "after"}),
    (0.004, {"body": _HTML, "status": 502}),
    (0.004, {"body": _HTML, "status": 502, "takes_effect": True}),
    (0.004, {"body": _TRUNCATED, "takes_effect": True}),
    (0.002, {"delay_s": READ_TIMEOUT_S * 1.3, "cut": "after"}),
)
_PASSING: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.010, {"errcode": -1}),
    (0.006, {"errcode": 6000}),
    (0.006, {"errcode": 45033}),
    (0.005, {"errcode": 45009}),
    (0.020, {"delay_s": 0.05}),
)
_TOKENS: tuple[tuple[float, dict[str, Any]], ...] = ((0.006, {"errcode": 40014}), (0.006, {"errcode": 42001}))
_FINAL = (40003, 40008, 40058, 44004, 45002, 48002, 60011, 81013, 82001, 93000, 86003, 301002, 987654)


def order_mix(simulator: Simulator) -> None:
    """Let a share of all calls go wrong, in every way but the final ones, until cleared."""
    for endpoint in SENDS:
        for share, fault in (*_UNANSWERED, *_PASSING, *(() if endpoint == "webhook/send" else _TOKENS)):
            simulator.fail_next(endpoint, share=share, times=None, **fault)
    for endpoint in UPLOADS:
        for share, fault in (*_UNANSWERED, *_PASSING):
            simulator.fail_next(endpoint, share=share * 2, times=None, **fault)
    simulator.fail_next("gettoken", share=0.05, times=None, cut="before")
    simulator.fail_next("gettoken", share=0.05, times=None, errcode=-1)


@dataclass(slots=True, kw_only=True)
class Weather:
    """Does, at moments of the day, what does not happen by chance to single calls. A thread of its own."""

    simulator: Simulator
    mail: MailServer
    line: Line
    seed: int
    events: list[tuple[datetime, str, Callable[[], None]]] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    ordered: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def plan(
        self, from_at: datetime, hours: float, *, outages: int, refusals: int, windows: Iterable[str]
    ) -> None:
        """Spread over the day: final refusals of every kind, tokens taken back, and a WeCom nobody can reach."""
        rng = random.Random(f"{self.seed}:weather")

        def sometime() -> datetime:
            return from_at + timedelta(hours=rng.uniform(0, hours))

        for number in range(refusals):
            errcode = _FINAL[number % len(_FINAL)]
            endpoint = rng.choice(SENDS)
            self.events.append((sometime(), f"{endpoint} {errcode}", self._refusal(endpoint, errcode)))
        for window in windows:
            self.events.append(
                (sometime(), f"45009 of {window}", self._too_often(_closed_by(window, rng), window))
            )
        for _ in range(int(hours / 3) + 1):
            self.events.append((sometime(), "tokens revoked", self.simulator.revoke_tokens))
        for _ in range(outages):
            self.events.append((sometime(), "nobody at home", self._outage))
        self.events.sort(key=lambda event: event[0])

    def _refusal(self, endpoint: str, errcode: int) -> Callable[[], None]:
        return lambda: self._order(endpoint, errcode=errcode)

    def _too_often(self, endpoint: str, window: str) -> Callable[[], None]:
        return lambda: self._order(endpoint, errcode=45009, errmsg=f"api freq out of limit of {window}")

    def _order(self, endpoint: str, **fault: Any) -> None:
        self.ordered += 1
        self.simulator.fail_next(endpoint, **fault)

    def _outage(self) -> None:
        """Close the door for a while: connections are refused, and those that are open end."""
        port = int(self.simulator.base_url.split(":")[2].split("/")[0])
        from_at = self.line.now()
        self.simulator.stop()
        self._stop.wait(0.15)
        self.simulator.start(port)
        self.disturbances.append(
            Disturbance(kind="nobody at home", from_at=from_at, until_at=self.line.now())
        )

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for at, _, happen in self.events:
            while (remaining_s := (at - self.line.now()).total_seconds() / self.line.speed) > 0:
                if self._stop.wait(min(remaining_s, 0.2)):
                    return
            happen()

    def stop(self) -> None:
        """Let the sun shine: nothing goes wrong any more."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.simulator.clear_faults()
        self.mail.manners = CIVIL


def _closed_by(window: str, rng: random.Random) -> str:
    # A lane that is closed for the day brings nothing to watch; one bot's is enough of it.
    return "webhook/send" if window == "one day" else rng.choice(SENDS)
