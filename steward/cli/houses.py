"""The house in force, and the house each run began with: a run under way keeps its settings to its end."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from steward.cli.house import House

_MOST_RUNS: Final = 200


class Houses:
    """Which settings hold for whom."""

    def __init__(self, house: House) -> None:
        self._current = house
        self._of_run: OrderedDict[int, House] = OrderedDict()
        self._lock = Lock()

    @property
    def current(self) -> House:
        """The house in force."""
        return self._current

    def replace(self, house: House) -> None:
        """Let another house be in force, for whatever begins from now on."""
        with self._lock:
            self._current = house

    def of_run(self, run_id: int) -> House:
        """Return the house a run began with here: the one in force when this process first met it."""
        with self._lock:
            house = self._of_run.setdefault(run_id, self._current)
            while len(self._of_run) > _MOST_RUNS:
                self._of_run.popitem(last=False)
            return house

    def forget(self, run_id: int) -> House:
        """Return the house of a run that is over, for the last time."""
        with self._lock:
            return self._of_run.pop(run_id, self._current)
