"""`make bench`: each figure is a ratio of two things measured in the same run, so the machine's mood cancels out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

BENCHMARKS = ("pull", "write", "check", "drain", "start")


def main() -> int:
    """Run the benchmarks named, or all of them; exit 1 if an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHMARKS))
    parser.add_argument("--small", action="store_true", help="a twentieth of the size, to see that it runs")
    arguments = parser.parse_args()
    kept = True
    for name in arguments.names or BENCHMARKS:
        run: Callable[[float], bool] = import_module(f"tests.benchmarks.{name}").run
        kept = run(0.05 if arguments.small else 1.0) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
