"""How the benchmarks measure and what they print."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from time import perf_counter


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """Return the median wall time of the work."""
    times = []
    for _ in range(repeat):
        gc.collect()
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return statistics.median(times)


def verdict(what: str, value: float, aim: float, *, at_least: bool = False, unit: str = "×") -> bool:
    """Print a figure against its aim; return whether it is met."""
    met = value >= aim if at_least else value <= aim
    sign = "≥" if at_least else "≤"
    print(f"{'ok  ' if met else 'MISS'} {what}: {value:.2f}{unit} (aim {sign} {aim:g}{unit})")
    return met
