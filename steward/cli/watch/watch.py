"""Puts the watch together: what is looked at, who counts, who answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import generate_latest

from steward import __version__
from steward.cli.agenda import real_now
from steward.cli.observers import Observers
from steward.cli.watch.budgets import used_ratios, windows_at
from steward.cli.watch.gauges import Gauges
from steward.cli.watch.look import Look
from steward.cli.watch.metrics import Metrics
from steward.cli.watch.readiness import OLDEST_TICK_S, judge
from steward.cli.watch.server import Answer, HealthServer
from steward.cli.watch.slots import NextSlots
from steward.cli.watch.state import ALIVE_FOR, State
from steward.cli.watch.ticks import Ticks
from steward.cli.watch.verdicts import Verdicts
from steward.delivery.budget import Ways
from steward.store.figures import Figures, load_figures

if TYPE_CHECKING:
    from steward.cli.house import House

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_JSON: Final = "application/json; charset=utf-8"


class Watch:
    """What `serve` tells about itself. It starts listening when it is made, if the settings say so.

    Args:
        house: returns the house in force; its settings may change while it serves.
        ticks: the scheduler's pulse.
        settings_trouble: why the settings file as it is now is not in force; None: it is.
        machine_now: this machine's own clock.
    """

    def __init__(
        self,
        house: Callable[[], House],
        ticks: Ticks,
        *,
        settings_trouble: Callable[[], str | None] = lambda: None,
        machine_now: Callable[[], datetime] = real_now,
    ) -> None:
        self._machine_now = machine_now
        self._house, self._ticks, self._settings_trouble = house, ticks, settings_trouble
        first = house()
        database = "sqlite" if first.database.is_sqlite else "postgresql"
        self.metrics = Metrics(first.settings.schedules, version=__version__, database=database)
        self._verdicts = Verdicts()
        self._next_slots = NextSlots()
        self._look = Look(self._load)
        Gauges(self._state, self.metrics.registry)
        routes = {"/healthz": self.healthz, "/readyz": self.readyz, "/metrics": self.scrape}
        address = first.settings.observability.address
        self.server = HealthServer(address, routes) if address is not None else None

    @property
    def observers(self) -> Observers:
        """What the house is to tell."""
        counted = self.metrics.observers

        def on_call(endpoint: str, errcode: str, took_s: float) -> None:
            self._verdicts.on_call(endpoint, errcode, took_s)
            counted.on_call(endpoint, errcode, took_s)

        return replace(counted, on_call=on_call)

    def close(self) -> None:
        """Stop answering."""
        if self.server is not None:
            self.server.close()

    def healthz(self) -> Answer:
        """Tell whether this process is alive: the scheduler came round within the last minute. Asks no database."""
        age_s = self._ticks.age_s
        is_alive = age_s < OLDEST_TICK_S
        body = {"status": "ok" if is_alive else "stuck", "tick_age_s": round(age_s, 1)}
        return Answer(status=200 if is_alive else 503, body=_to_json(body), content_type=_JSON)

    def readyz(self) -> Answer:
        """Tell whether the service can do its work, and what is in its way."""
        state = self._state()
        items = judge(state)
        is_ready = not any(item.state == "fail" for item in items)
        body = {
            "status": "ready" if is_ready else "not_ready",
            "at": state.now.isoformat(timespec="seconds"),
            "process": state.process,
            "version": __version__,
            "items": [asdict(item) for item in items],
            **(_numbers(state, state.seen.figures) if state.seen.figures is not None else {}),
        }
        return Answer(status=200 if is_ready else 503, body=_to_json(body), content_type=_JSON)

    def scrape(self) -> Answer:
        """Return every metric in Prometheus's text form."""
        text = generate_latest(self.metrics.registry).decode()
        return Answer(status=200, body=text, content_type=_METRICS_TYPE)

    def _load(self) -> Figures:
        house = self._house()
        with house.database.read() as connection:
            now = house.now()
            return load_figures(
                connection,
                now=now,
                machine_now=self._machine_now(),
                jobs=house.settings.schedules,
                openings=house.gate.openings(now),
                windows=windows_at(now),
            )

    def _state(self) -> State:
        house = self._house()
        seen = self._look.get()
        # Never house.now() here: it may ask the database, and that may take for ever.
        figures = seen.figures
        now = figures.at if figures is not None else self._machine_now()
        return State(
            now=now,
            process=house.name,
            seen=seen,
            tick_age_s=self._ticks.age_s,
            verdict=self._verdicts.verdict,
            refused_secrets=house.client.refused_secrets(now) if "client" in vars(house) else {},
            settings_trouble=_place(self._settings_trouble()),
            next_at=self._next_slots.of(house, now),
            budgets=used_ratios(figures.spent, _ways(house), figures.accounts) if figures else {},
            zone=house.zone,
        )


def start_watch(
    house: Callable[[], House],
    ticks: Ticks,
    *,
    settings_trouble: Callable[[], str | None] = lambda: None,
    machine_now: Callable[[], datetime] = real_now,
) -> Watch:
    """Start watching a house and return the watch; the house tells it of calls, messages and runs from now on.

    A house that takes the first one's place (other settings) is to be given the same `observers`.
    """
    watch = Watch(house, ticks, settings_trouble=settings_trouble, machine_now=machine_now)
    house().observers = watch.observers
    return watch


def _place(trouble: str | None) -> str | None:
    """Return where the first fault stands, without the values seen there: accounts are among them."""
    if trouble is None:
        return None
    return re.split("：|: ", trouble, maxsplit=1)[0][:100]


def _ways(house: House) -> Ways:
    return Ways(budgets=house.settings.delivery.budgets)


def _numbers(state: State, figures: Figures) -> dict[str, Any]:
    """Return the figures behind the items, for people who look closer."""
    due_since = figures.due_since
    return {
        "outbox": {
            "messages": dict(figures.messages),
            "oldest_due_s": round((state.now - due_since).total_seconds()) if due_since else 0,
        },
        "budgets": {name: round(ratio, 3) for name, ratio in state.public_budgets.items()},
        "jobs": {run.job: _run(run.state, run.slot, run.finished_at, run.good_at) for run in figures.runs},
        "next": {job: _iso(at) for job, at in sorted(state.next_at.items())},
        "processes": [
            {
                "name": process.name,
                "alive": state.now - process.beat_at <= ALIVE_FOR,
                "beat_at": _iso(process.beat_at),
                "started_at": _iso(process.started_at),
                "version": process.version,
            }
            for process in figures.processes
        ],
    }


def _run(state: str, slot: str, finished_at: datetime | None, good_at: datetime | None) -> Mapping[str, Any]:
    return {"last": state, "slot": slot, "finished_at": _iso(finished_at), "good_at": _iso(good_at)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at is not None else None


def _to_json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
