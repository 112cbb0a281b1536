"""`main.py --help` against importing click alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import seconds, verdict

ROOT = Path(__file__).parents[2]


def run(scale: float) -> bool:
    """Measure both as fresh processes."""

    def process(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    repeat = max(3, round(15 * scale))
    click_s = seconds(lambda: process("-c", "import click"), repeat)
    help_s = seconds(lambda: process("main.py", "--help"), repeat)
    print(f"start: import click {click_s * 1000:.0f} ms, main.py --help {help_s * 1000:.0f} ms")
    return verdict("main.py --help / python -c 'import click'", help_s / click_s, 2)
