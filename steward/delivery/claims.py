"""Choose and take the messages that go next: priority, order for each recipient, lanes and budgets.

A look at the outbox costs a scan of what is due, so candidates are looked up by the page and taken one by one. Whoever
cannot be written to now (no budget, lane closed or held) is left out of the next look, so ten thousand messages of one
bot hide nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from steward.delivery.budget import Limit, Log, Reach, Ways, is_exclusive, members_of, room_at
from steward.model.delivery import Channel, Openings
from steward.store import lanes as store
from steward.store.outbox import OutboxRow
from steward.store.outbox_claim import (
    Candidate,
    claim,
    defer,
    load_candidates,
    load_under_way,
)

LOOK_AGAIN = timedelta(seconds=5)
"""After this long candidates are looked up anew: something more urgent may have been queued."""
_REACH_HOLDS = timedelta(minutes=10)
_SHORTEST_WAIT = timedelta(milliseconds=20)
_HELD_FOR = timedelta(seconds=1)
"""After this long it is worth asking whether another worker has let go of a lane."""
_LOOKS = 20
"""So many pages of nothing but closed ways are passed over in one transaction, then others get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One message that is ours until `lease_until`, with the lane it goes by."""

    row: OutboxRow
    attempt_id: int
    lane: str
    lease_until: datetime

    @property
    def members(self) -> tuple[str, ...]:
        """Those to whom nothing else may be on the way meanwhile."""
        return members_of(self.row.channel, self.row.recipient)


@dataclass(frozen=True, slots=True)
class _Shut:
    """Why a message cannot go now: there is room `until`; `everybody`: nor can any other of its channel."""

    until: datetime
    everybody: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A message that will be claimed, by which lane, and what it takes from the budgets."""

    candidate: Candidate
    lane: str
    logs: tuple[Log, ...]


@dataclass(slots=True, kw_only=True)
class Claimer:
    """Takes messages for one worker. Not for several threads at once.

    Args:
        worker: whose claims these are.
        lease: for how long.
        openings: by which channels may be sent at a moment.
    """

    worker: str
    lease: timedelta
    ways: Ways
    openings: Callable[[datetime], Openings]
    _shut: dict[tuple[Channel, str | None], datetime] = field(default_factory=dict)
    _page: list[Candidate] = field(default_factory=list)
    _looked_at: datetime | None = None
    _reach: dict[str, tuple[datetime, Reach]] = field(default_factory=dict)

    def claim(self, connection: Connection, now: datetime, at_most: int) -> list[Claimed]:
        """Take up to so many messages, inside the caller's transaction, which has locked the claims."""
        self._shut = {to: until for to, until in self._shut.items() if until > now}
        if self._looked_at is None or not timedelta() <= now - self._looked_at < LOOK_AGAIN:
            self._page = []
        blocked = store.load_blocked(connection, now=now)
        under_way = load_under_way(connection)
        busy = {member for channel, to in under_way for member in members_of(channel, to)}
        taken = self._take(connection, now, at_most, blocked, busy)
        for _ in range(_LOOKS):
            if len(taken) >= at_most or self._page or not self._look(connection, now):
                break
            taken += self._take(connection, now, at_most - len(taken), blocked, busy)
        return taken

    def next_at(self) -> datetime | None:
        """Return when somebody who cannot be written to now can be; None: nobody is known."""
        return min(self._shut.values(), default=None)

    @property
    def is_waiting(self) -> bool:
        """Whether something is due whose recipient is being written to just now."""
        return bool(self._page)

    def _look(self, connection: Connection, now: datetime) -> bool:
        openings = self.openings(now)
        shut = {channel for channel, to in self._shut if to is None}
        openings = Openings(
            channels=openings.channels - shut, urgent_channels=openings.urgent_channels - shut
        )
        closed = [(channel, to) for channel, to in self._shut if to is not None]
        self._page = load_candidates(connection, now=now, openings=openings, closed=closed)
        self._looked_at = now
        return bool(self._page)

    def _take(
        self,
        connection: Connection,
        now: datetime,
        at_most: int,
        blocked: store.Blocked,
        busy: set[str],
    ) -> list[Claimed]:
        chosen: list[_Chosen] = []
        waiting: list[Candidate] = []
        page = iter(self._page)
        for candidate in page:
            members = members_of(candidate.channel, candidate.recipient)
            if self._is_shut(candidate):
                continue
            if not busy.isdisjoint(members):
                waiting.append(candidate)
                # What comes later for the same recipient must not overtake it.
                busy.update(members)
                continue
            if (one := self._choose(connection, candidate, now, blocked, chosen)) is not None:
                chosen.append(one)
                busy.update(members)
                if len(chosen) == at_most:
                    break
        self._page = [*waiting, *page]
        return self._claim(connection, chosen, now)

    def _claim(self, connection: Connection, chosen: Sequence[_Chosen], now: datetime) -> list[Claimed]:
        until = now + self.lease
        by_id = {one.candidate.id: one for one in chosen}
        taken = claim(
            connection,
            {row_id: one.lane for row_id, one in by_id.items()},
            worker=self.worker,
            now=now,
            lease_until=until,
        )
        amounts = [
            (attempt_id, log.name, log.units) for row, attempt_id in taken for log in by_id[row.id].logs
        ]
        store.insert_spent(connection, amounts, at=until)
        for row_id in by_id.keys() - {row.id for row, _ in taken}:
            if is_exclusive(by_id[row_id].lane):
                store.free_lane(connection, by_id[row_id].lane, worker=self.worker, until=until)
        return [
            Claimed(row=row, attempt_id=attempt_id, lane=by_id[row.id].lane, lease_until=until)
            for row, attempt_id in taken
        ]

    def _is_shut(self, candidate: Candidate) -> bool:
        channel = candidate.channel
        return (channel, candidate.recipient) in self._shut or (channel, None) in self._shut

    def _choose(
        self,
        connection: Connection,
        candidate: Candidate,
        now: datetime,
        blocked: store.Blocked,
        chosen: Sequence[_Chosen],
    ) -> _Chosen | None:
        found = self._open_lane(connection, candidate, now, blocked, chosen)
        if isinstance(found, _Shut):
            self._pass_over(connection, candidate, found)
            return None
        if is_exclusive(found.lane) and not store.take_lane(
            connection, found.lane, worker=self.worker, now=now, until=now + self.lease
        ):
            self._pass_over(connection, candidate, _Shut(now + _HELD_FOR, held=True))
            return None
        return found

    def _pass_over(self, connection: Connection, candidate: Candidate, shut: _Shut) -> None:
        # The first of them shows people when it goes on; those behind it are left out of every look until then.
        if not shut.held:
            defer(connection, candidate.id, until=shut.until)
        self._shut[candidate.channel, None if shut.everybody else candidate.recipient] = shut.until

    def _open_lane(
        self,
        connection: Connection,
        candidate: Candidate,
        now: datetime,
        blocked: store.Blocked,
        chosen: Sequence[_Chosen],
    ) -> _Chosen | _Shut:
        """Return the lane with the most room and what the message takes there, or when there will be room."""
        best: tuple[int, _Chosen] | None = None
        shut: list[_Shut] = []
        for lane in self.ways.lanes(candidate.channel, candidate.recipient):
            if (closed := _blocked(lane, candidate, blocked, now)) is not None:
                shut.append(closed)
                continue
            logs = self._logs(connection, lane, candidate, now)
            room = _room(connection, logs, now, chosen)
            if isinstance(room, _Shut):
                shut.append(room)
            elif best is None or room > best[0]:
                best = room, _Chosen(candidate, lane, logs)
        return best[1] if best is not None else min(shut, key=lambda one: one.until)

    def _logs(
        self, connection: Connection, lane: str, candidate: Candidate, now: datetime
    ) -> tuple[Log, ...]:
        if self.ways.budgets is None:
            return ()
        reach = self._reach_of(connection, candidate, now)
        return self.ways.logs(lane, candidate.channel, candidate.recipient, reach)

    def _reach_of(self, connection: Connection, candidate: Candidate, now: datetime) -> Reach:
        if candidate.channel not in ("app", "appchat"):
            return Reach()
        key = candidate.recipient if candidate.channel == "appchat" else ""
        known = self._reach.get(key)
        if known is not None and timedelta() <= now - known[0] < _REACH_HOLDS:
            return known[1]
        reach = (
            Reach(chat_size=store.load_chat_size(connection, key))
            if key
            else Reach(accounts=store.count_accounts(connection))
        )
        self._reach[key] = now, reach
        return reach


def _blocked(lane: str, candidate: Candidate, blocked: store.Blocked, now: datetime) -> _Shut | None:
    if (until := blocked.paused.get(lane)) is not None:
        return _Shut(until, everybody=lane == candidate.channel)
    return _Shut(now + _HELD_FOR, held=True) if lane in blocked.held else None


def _room(
    connection: Connection, logs: Sequence[Log], now: datetime, chosen: Sequence[_Chosen]
) -> int | _Shut:
    """Return how many units are left in the tightest budget, or when there will be room again."""
    pairs = [(log, limit) for log in logs for limit in log.limits]
    if not pairs:
        return 0
    used = _used(connection, pairs, now)
    for one in chosen:  # taken in this very transaction
        for its_log in one.logs:
            for limit in its_log.limits:
                if (its_log.name, limit) in used:
                    used[its_log.name, limit] += its_log.units
    full = [(log, limit) for log, limit in pairs if not limit.has_room(used[log.name, limit], log.units)]
    if not full:
        return min(limit.most - used[log.name, limit] for log, limit in pairs)
    frees = (
        room_at(store.load_spent(connection, log.name, since=limit.since(now)), log, limit, now)
        for log, limit in full
    )
    return _Shut(max(*frees, now + _SHORTEST_WAIT), everybody=any(log.shared for log, _ in full))


def _used(
    connection: Connection, pairs: Iterable[tuple[Log, Limit]], now: datetime
) -> dict[tuple[str, Limit], int]:
    by_limit: dict[Limit, list[str]] = {}
    for log, limit in pairs:
        by_limit.setdefault(limit, []).append(log.name)
    used: dict[tuple[str, Limit], int] = {}
    for limit, names in by_limit.items():
        sums = store.sum_spent(connection, names, since=limit.since(now))
        used.update({(name, limit): sums.get(name, 0) for name in names})
    return used
