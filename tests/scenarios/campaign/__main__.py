"""`make faults`: the whole campaign. Some minutes; exits with 1 when a single count is wrong."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PARTS = ("steps", "sqlite", "postgresql", "budget")
_MOST_SHOWN = 40


def main() -> int:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios.campaign")
    parser.add_argument("parts", nargs="*", metavar="|".join(PARTS))
    parser.add_argument(
        "--seed", type=int, help="the same seed makes the same day and orders the same faults"
    )
    parser.add_argument("--keep", type=Path, help="a folder that stays, for databases and logs")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    seed = random.randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="steward-faults-") as temporary:
        folder = arguments.keep or Path(temporary)
        wrongs = run(arguments.parts or PARTS, folder, seed)
    print(f"\n{len(wrongs)} wrong (seed {seed})" if wrongs else f"\nevery count holds (seed {seed})")
    return 1 if wrongs else 0


def run(parts: Sequence[str], folder: Path, seed: int) -> list[str]:
    """Run those parts one after the other; returns everything that was wrong."""
    # Imported here: every process that is started imports this module again.
    from tests.postgresql import MISSING, run_restartable
    from tests.scenarios.campaign import budget, days, steps

    wrongs: list[str] = []
    if "steps" in parts:
        wrongs += _tell("killed at every single step", lambda: steps.die_at_every(folder / "steps", seed))
    if "sqlite" in parts:
        wrongs += _tell("a day on SQLite", lambda: days.day_on_sqlite(folder / "sqlite", seed, days.LONG))
    if set(parts) <= {"steps", "sqlite"}:
        return wrongs
    with run_restartable() as server:
        if server is None:
            return [*wrongs, MISSING]
        if "postgresql" in parts:
            size = days.LONG_ON_POSTGRESQL
            wrongs += _tell(
                "a day on PostgreSQL, three processes",
                lambda: days.day_on_postgresql(folder / "postgresql", seed, size, server),
            )
        if "budget" in parts:
            wrongs += _tell(
                "budgets, three processes", lambda: budget.prove_all(folder / "budget", seed, server)
            )
    return wrongs


def _tell(name: str, show: Callable[[], tuple[str, list[str]]]) -> list[str]:
    print(f"\n{name}", flush=True)
    began = time.monotonic()
    report, wrongs = show()
    print(report)
    for wrong in wrongs[:_MOST_SHOWN]:
        print(f"WRONG  {wrong[:600]}")
    if len(wrongs) > _MOST_SHOWN:
        print(f"WRONG  and {len(wrongs) - _MOST_SHOWN} more")
    print(f"({time.monotonic() - began:.0f} s)", flush=True)
    return wrongs


if __name__ == "__main__":
    sys.exit(main())
