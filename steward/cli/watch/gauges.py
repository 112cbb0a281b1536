"""What the rows tell, as Prometheus wants it: read when it is scraped, so that every process tells the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily

from steward.cli.watch.state import ALIVE_FOR, State, public_lane
from steward.model.delivery import DeliveryStatus
from steward.store.figures import Figures

HELP: Final = {
    "database_up": "1 when the database answered within 2 seconds.",
    "settings_valid": "1 when the settings file is the one in force; 0: it has errors, the old one is in force.",
    "scheduler_tick_age_seconds": "Since the scheduler last came round.",
    "job_next_slot_timestamp_seconds": "When the job runs next; absent while it is switched off or paused.",
    "job_last_success_timestamp_seconds": "When the job last ended well (ok, partial or nothing to do).",
    "schedule_paused": "1 while a person has paused the schedule.",
    "outbox_messages": "Messages in the outbox, by state.",
    "outbox_oldest_pending_age_seconds": "Since when the oldest message that could be sent has been due; 0: none.",
    "budget_used_ratio": "Share of a sending budget that is used up; of members the highest.",
    "lane_paused": "1 while a way out is paused.",
    "data_age_seconds": "Since a source last answered fully; of many rosters the oldest; +Inf: never.",
    "processes_alive": "Processes heard of within the last 90 seconds.",
    "clock_offset_seconds": "How far this machine's clock is ahead of the database's (PostgreSQL).",
}


class Gauges:
    """A collector over one look at how things stand."""

    def __init__(self, state: Callable[[], State], registry: CollectorRegistry) -> None:
        self._state = state
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Return the families without looking at anything."""
        return [_family(name) for name in HELP]

    def collect(self) -> Iterable[Metric]:
        """Return everything; without an answer of the database only what is known without it."""
        state = self._state()
        figures = state.seen.figures
        yield _gauge("database_up", float(figures is not None))
        yield _gauge("settings_valid", float(state.settings_trouble is None))
        yield _gauge("scheduler_tick_age_seconds", state.tick_age_s)
        slots = {job: at.timestamp() for job, at in state.next_at.items() if job not in state.paused_jobs}
        yield _family("job_next_slot_timestamp_seconds", "name", slots.items())
        if figures is not None:
            yield from _jobs(state, figures)
            yield from _outbox(state, figures)
            yield from _rest(state, figures)


def _jobs(state: State, figures: Figures) -> Iterator[Metric]:
    good = {run.job: run.good_at.timestamp() for run in figures.runs if run.good_at is not None}
    yield _family("job_last_success_timestamp_seconds", "name", good.items())
    paused = state.paused_jobs
    jobs = sorted({*state.next_at, *paused})
    yield _family("schedule_paused", "name", [(job, float(job in paused)) for job in jobs])


def _outbox(state: State, figures: Figures) -> Iterator[Metric]:
    counts = [(status, float(figures.messages.get(status, 0))) for status in get_args(DeliveryStatus)]
    yield _family("outbox_messages", "state", counts)
    due_since = figures.due_since
    yield _gauge("outbox_oldest_pending_age_seconds", _age_s(due_since, state.now) if due_since else 0.0)
    yield _family("budget_used_ratio", "budget", state.public_budgets.items())
    lanes: dict[str, float] = {}
    for lane in figures.lanes:
        is_paused = lane.paused_until is not None and lane.paused_until > state.now
        lanes[public_lane(lane.name)] = max(float(is_paused), lanes.get(public_lane(lane.name), 0.0))
    yield _family("lane_paused", "lane", sorted(lanes.items()))


def _rest(state: State, figures: Figures) -> Iterator[Metric]:
    ages = state.source_ages.items()
    in_s = [(kind, float("inf") if age is None else max(age.total_seconds(), 0)) for kind, age in ages]
    yield _family("data_age_seconds", "source", in_s)
    alive = sum(state.now - process.beat_at <= ALIVE_FOR for process in figures.processes)
    yield _gauge("processes_alive", float(alive))
    if figures.clock_offset is not None:
        yield _gauge("clock_offset_seconds", figures.clock_offset.total_seconds())


def _age_s(at: datetime, now: datetime) -> float:
    return max((now - at).total_seconds(), 0.0)


def _family(name: str, label: str | None = None, values: Iterable[tuple[str, float]] = ()) -> Metric:
    family = GaugeMetricFamily(f"steward_{name}", HELP[name], labels=[label] if label else None)
    for word, value in values:
        family.add_metric([word], value)
    return family


def _gauge(name: str, value: float) -> Metric:
    return GaugeMetricFamily(f"steward_{name}", HELP[name], value=value)
