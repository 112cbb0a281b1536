"""What this process counts itself. What the rows tell is read when it is asked for: `gauges`."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from threading import Lock
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client import disable_created_metrics as _without_created

from steward.cli.observers import Observers, Sent
from steward.model.delivery import Channel
from steward.model.run import Run, RunState
from steward.wecom.errcodes import ERRCODES

OUTCOMES: Final = ("accepted", "refused", "not_sent", "unknown")
_RUN_BUCKETS: Final = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)
_WAIT_BUCKETS: Final = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
_CALL_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_MOST_UNKNOWN: Final = 50


class Metrics:
    """Counters of one process, in a registry of its own, and the last word of WeCom.

    A counter that can be foretold starts at 0: Prometheus sees an increase only where it saw a value before. The
    label of a job is `name`: Prometheus itself gives every series a `job`, and would rename ours.
    """

    def __init__(self, jobs: Iterable[str], *, version: str, database: str) -> None:
        _without_created()
        self.registry = registry = CollectorRegistry(auto_describe=True)
        self._runs = Counter(
            "steward_job_runs", "Runs that ended, by state.", ["name", "state"], registry=registry
        )
        self._durations = Histogram(
            "steward_job_duration_seconds",
            "How long runs took.",
            ["name"],
            buckets=_RUN_BUCKETS,
            registry=registry,
        )
        self._attempts = Counter(
            "steward_delivery_attempts",
            "Tries to bring a message.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._latency = Histogram(
            "steward_delivery_latency_seconds",
            "From when a message was due until it was accepted.",
            ["channel"],
            buckets=_WAIT_BUCKETS,
            registry=registry,
        )
        self._calls = Counter(
            "steward_wecom_api_requests",
            "Calls of WeCom, by errcode or, without one, by what happened.",
            ["endpoint", "errcode"],
            registry=registry,
        )
        self._call_times = Histogram(
            "steward_wecom_api_seconds",
            "How long calls of WeCom took.",
            ["endpoint"],
            buckets=_CALL_BUCKETS,
            registry=registry,
        )
        build = Gauge("steward_build_info", "Always 1.", ["version", "python", "database"], registry=registry)
        build.labels(version, platform.python_version(), database).set(1)
        ProcessCollector(namespace="steward", registry=registry)
        self._start_at_zero(jobs)
        self._unknown_errcodes: set[str] = set()
        self._lock = Lock()

    def _start_at_zero(self, jobs: Iterable[str]) -> None:
        for job in jobs:
            self._durations.labels(job)
            for state in sorted({*get_args(RunState)} - {"running"}):
                self._runs.labels(job, state)
        for channel in get_args(Channel):
            self._latency.labels(channel)
            for outcome in OUTCOMES:
                self._attempts.labels(channel, outcome)

    @property
    def observers(self) -> Observers:
        """What the house is to tell."""
        return Observers(
            on_call=self.on_call, on_attempt=self.on_attempt, on_run=self.on_run, on_missed=self.on_missed
        )

    def on_call(self, endpoint: str, errcode: str, took_s: float) -> None:
        """Count one exchange with WeCom."""
        self._calls.labels(endpoint, self._bounded(errcode)).inc()
        self._call_times.labels(endpoint).observe(took_s)

    def on_attempt(self, message: Sent, outcome: str, waited_s: float) -> None:
        """Count one try to bring a message."""
        self._attempts.labels(message.channel, outcome).inc()
        if outcome == "accepted":
            self._latency.labels(message.channel).observe(max(waited_s, 0))

    def on_run(self, run: Run) -> None:
        """Count a run that is over."""
        self._runs.labels(run.job, run.state).inc()
        if run.finished_at is not None:
            self._durations.labels(run.job).observe((run.finished_at - run.started_at).total_seconds())

    def on_missed(self, job: str, count: int) -> None:
        """Count planned moments that were not run."""
        self._runs.labels(job, "missed").inc(count)

    def _bounded(self, errcode: str) -> str:
        """Return the errcode, or "other": whatever answers in WeCom's place must not fill our memory with series."""
        if not errcode.lstrip("-").isdigit() or int(errcode) in ERRCODES or errcode == "0":
            return errcode
        with self._lock:
            if len(self._unknown_errcodes) < _MOST_UNKNOWN:
                self._unknown_errcodes.add(errcode)
            return errcode if errcode in self._unknown_errcodes else "other"
