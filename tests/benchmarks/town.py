"""The simulated WeCom of the benchmarks, as a process of its own: it must not share the client's GIL."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from steward.simulator import Simulator

MEMBERS = 50
LATENCY_S = 0.02
"""A fast answer of the real service; without it a parallel client could show nothing."""


def main() -> None:
    """Print the credentials, then serve until standard input ends."""
    groups = int(sys.argv[1])
    now = datetime.now(UTC)
    town = Simulator(
        seed=1, people=5_000, groups=round(groups * 2.5), now=now, latency_s=LATENCY_S, members=MEMBERS
    )
    town.set_limits(calls_per_minute=None)
    with town:
        print(json.dumps(town.credentials()), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
