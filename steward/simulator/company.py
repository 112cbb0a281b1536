"""The company and its calendar: builds it once and lets it live on, one working day after the other."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from steward.simulator import trouble
from steward.simulator.clock import COMPANY_TIME
from steward.simulator.first_day import open_groups
from steward.simulator.founding import add_bots, found_company
from steward.simulator.gathering import Gatherer
from steward.simulator.life import WorkingDay
from steward.simulator.world import World

_CLOSING = time(18, 0, tzinfo=COMPANY_TIME)


class Company:
    """A world with a past. A day's events have happened once it is 18:00 there."""

    def __init__(
        self, *, seed: int, people: int, groups: int, now: datetime, members: int | None = None
    ) -> None:
        """Build the company as it stands at `now`.

        Raises:
            ValueError: fewer than 20 people or fewer than 1 group.
        """
        if groups < 1:
            raise ValueError(f"groups={groups}: at least 1")
        self.seed = seed
        self.world: World = found_company(seed, people)
        self._gatherer = Gatherer(self.world, members)
        open_groups(self._gatherer, seed, groups, int(now.timestamp()))
        add_bots(self.world, min(50, max(3, groups // 8)))
        self._former_at_start = list(self.world.former)
        self.diary: dict[str, dict[str, list[list[str]]]] = {}
        today = now.astimezone(COMPANY_TIME).date()
        self._next_day = today if now < datetime.combine(today, _CLOSING) else today + timedelta(days=1)

    @property
    def next_closing_s(self) -> float:
        """Unix seconds at which the next day's events will have happened."""
        return datetime.combine(self._next_day, _CLOSING).timestamp()

    def live_until(self, seconds: float) -> None:
        """Live every day that has closed by then; weekends pass without events."""
        while self.next_closing_s <= seconds:
            if self._next_day.weekday() < 5:
                self._live(self._next_day)
            self._next_day += timedelta(days=1)

    def _live(self, day: date) -> None:
        midnight = datetime.combine(day, time(0, tzinfo=COMPANY_TIME))
        diary = WorkingDay(self._gatherer, self.seed, day, int(midnight.timestamp())).live()
        self.diary[day.isoformat()] = dict(diary)

    def planted(self) -> dict[str, Any]:
        """Return what is wrong now and what has happened since the first day; see `trouble` for the pairs."""
        world = self.world
        history: defaultdict[str, list[list[str]]] = defaultdict(list)
        for diary in self.diary.values():
            for event, rows in diary.items():
                history[event].extend(rows)
        return {
            "outsiders": trouble.outsiders(world),
            "former_employees": trouble.former_employees(world),
            "bad_nicknames": trouble.bad_nicknames(world),
            "ownerless_groups": trouble.ownerless_groups(world),
            "odd_names": trouble.odd_names(world),
            "left_group": _pairs(history["left_group"]),
            "moved_department": [
                (userid, int(department)) for userid, department in history["moved_department"]
            ],
            "left_company": self._former_at_start + [row[0] for row in history["left_company"]],
            "hired": [row[0] for row in history["hired"]],
            "new_groups": _pairs(history["new_groups"]),
            "foreign_rooms": list(world.foreign_rooms),
            "by_day": {day: dict(diary) for day, diary in self.diary.items()},
        }

    def rooms(self) -> list[dict[str, Any]]:
        """Return every group as a company's own register would hold it."""
        return [
            {
                "chat_id": group.chat_id,
                "kind": group.kind,
                "name": group.name,
                "owner": group.owner,
                "department_id": group.department_id,
                "audience": group.audience,
            }
            for group in self.world.live_groups()
        ]


def _pairs(rows: list[list[str]]) -> list[tuple[str, str]]:
    return [(chat_id, member_id) for chat_id, member_id in rows]
