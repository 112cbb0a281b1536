"""Golden files: the exact words, for reviewers. `STEWARD_WRITE_GOLDEN=1 pytest tests/reports` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """Compare with the file, or write it where that is asked for."""
    path = FOLDER / name
    if os.environ.get("STEWARD_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf8")
    assert text + "\n" == path.read_text(encoding="utf8")
