"""Runs the simulated WeCom as a process of its own."""

import json
import signal
import sys
import threading
from datetime import UTC, datetime

from steward.simulator.simulator import Simulator


def run_alone(port: int, seed: int, people: int, groups: int, latency_s: float) -> None:
    """Serve until SIGINT or SIGTERM, from the real time on.

    Prints one line of JSON, the credentials, once it can be called. Must run in the main thread, which
    receives the signals.

    Args:
        port: 0 takes a free one.
        latency_s: waited before every answer.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    simulator = Simulator(seed=seed, people=people, groups=groups, now=datetime.now(UTC), latency_s=latency_s)
    simulator.start(port)
    sys.stdout.write(json.dumps(simulator.credentials()) + "\n")
    sys.stdout.flush()
    ended.wait()
    simulator.stop()
