"""What wakes APScheduler: the slots of a plan, so that it rings when `schedule next` says and never else."""

from __future__ import annotations

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from steward.clock.plan import Plan, rings_at, slots_after

_TICK = timedelta(microseconds=1)


class SlotTrigger(BaseTrigger):
    """Rings for each slot of a plan, jitter included.

    Not APScheduler's own CronTrigger: that one knows no working days, takes weekday 0 for Monday where crontab
    means Sunday (agronholm/apscheduler #286), and rings twice for a time the clock shows twice.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first ring after the previous one; without one, the first from `now` on. None: never again."""
        after = now - _TICK if previous_fire_time is None else previous_fire_time
        # The slot before may ring after `after` still. Jitter is shorter than the time between two slots.
        for slot in slots_after(self._plan, after - timedelta(seconds=self._plan.jitter_s)):
            if (rings := rings_at(self._plan, slot)) > after:
                return rings.astimezone(self._plan.zone)
        return None

    def __str__(self) -> str:
        return f"slots of {self._plan.job or self._plan.schedule}"
