"""Everything one simulated WeCom knows, behind one lock."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from steward.simulator.access import Access
from steward.simulator.clock import COMPANY_TIME, SimulatedClock
from steward.simulator.company import Company
from steward.simulator.limits import Limits
from steward.simulator.media import MediaStore
from steward.simulator.outgoing import Outgoing
from steward.simulator.pace import Gate, SlidingCount
from steward.simulator.postbox import Postbox
from steward.simulator.records import Person


class Site:
    """The state of one WeCom. Hold `lock` while reading or changing anything but `clock` and `limits`."""

    def __init__(
        self, *, seed: int, people: int, groups: int, now: datetime, members: int | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.clock = SimulatedClock(now)
        self.limits = Limits()
        self.company = Company(seed=seed, people=people, groups=groups, now=now, members=members)
        self.world = self.company.world
        self.access = Access(seed, self.limits)
        self.media = MediaStore(seed, self.limits)
        self.outgoing = Outgoing(seed)
        self.postbox = Postbox(self.limits, lambda: self.clock.now().isoformat(timespec="milliseconds"))
        self.bot_gates: defaultdict[str, Gate] = defaultdict(lambda: Gate(60))
        self.endpoint_gates: defaultdict[str, Gate] = defaultdict(lambda: Gate(60))
        self.chats_created = SlidingCount(86400)
        self.chats_updated = SlidingCount(3600)
        self.person_times: Counter[int] = Counter()
        self.wrong_mobiles = SlidingCount(86400)
        self._visible: tuple[tuple[int, ...], frozenset[int]] = ((), frozenset())
        self._cache: dict[tuple[Any, ...], tuple[Any, bytes]] = {}

    def live(self) -> float:
        """Catch the company up with the clock and return the simulated Unix seconds."""
        now = self.clock.seconds()
        if now >= self.company.next_closing_s:
            self.company.live_until(now)
        return now

    def today(self) -> int:
        """Return the number of the natural day in UTC+8, by which daily limits are counted."""
        return self.clock.now().astimezone(COMPANY_TIME).toordinal()

    def set_now(self, now: datetime, speed: float, since_s: float | None) -> None:
        """Jump to a moment and let the company live until then."""
        with self.lock:
            self.clock.set(now, speed=speed, since_s=since_s)
            self.live()

    def visible_departments(self) -> frozenset[int]:
        """Return the ids of the departments the application may see, those below the chosen ones included."""
        chosen = tuple(self.limits.visible_departments)
        if self._visible[0] != chosen:
            ids = {i for key in chosen if key in self.world.departments for i in self.world.subtree(key)}
            self._visible = (chosen, frozenset(ids))
        return self._visible[1]

    def visible_person(self, userid: object) -> Person | None:
        """Return an employee whom the application may see. WeCom reads userids without regard to case."""
        person = self.world.people.get(userid.lower()) if isinstance(userid, str) else None
        if person and not self.visible_departments().isdisjoint(person.department_ids):
            return person
        return None

    def visible_people(self) -> list[str]:
        """Return the userids of everybody the application may see."""
        visible = sorted(self.visible_departments())
        return list(dict.fromkeys(u for key in visible for u in self.world.staff_of[key]))

    def cached(self, key: tuple[Any, ...], version: Any, build: Callable[[], dict[str, Any]]) -> bytes:
        """Return the JSON of an answer, built once for each version of what it shows."""
        known = self._cache.get(key)
        if known is None or known[0] != version:
            known = (version, to_json({"errcode": 0, "errmsg": "ok", **build()}))
            self._cache[key] = known
        return known[1]


def to_json(value: Any) -> bytes:
    """Return JSON as WeCom writes it: UTF-8, no escapes for Chinese."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
