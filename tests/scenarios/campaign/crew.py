"""Several processes over one PostgreSQL, and what is done to them: killed, frozen, their database gone for a while."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.process import BaseProcess
from typing import Literal

from tests.postgresql import PostgreSQL
from tests.processes import start_process
from tests.scenarios.campaign.conduct import Log, note_death
from tests.scenarios.campaign.deliverer import deliver
from tests.scenarios.campaign.field import Field
from tests.scenarios.campaign.judge import Disturbance

_DOWN_S = 0.3
_MOST_STEPS = 3000


@dataclass(slots=True, kw_only=True)
class Crew:
    """The processes at work. Who dies is replaced at once; who ends without being told to is a fault."""

    scene: Field
    log: Log
    server: PostgreSQL
    seed: int
    processes: list[BaseProcess] = field(default_factory=list)
    _doomed: set[BaseProcess] = field(default_factory=set)
    _to_freeze: list[float] = field(default_factory=list)
    _frozen: dict[int, threading.Timer] = field(default_factory=dict)

    def hire(self, count: int, dies_at: int | None = None) -> None:
        """Start so many more."""
        for _ in range(count):
            process = start_process(deliver, self.scene.post, dies_at)
            self.processes.append(process)
            if dies_at is not None:
                self._doomed.add(process)

    def harass(self, *, until: datetime, kills: int, freezes_s: Iterable[float], restarts: int) -> None:
        """Spread over the time until then, in random order: deaths, freezes, restarts of the database.

        Args:
            freezes_s: for how many real seconds each of them.
        """
        self._to_freeze = list(freezes_s)
        rng = random.Random(f"{self.seed}:crew")
        acts: list[Callable[[random.Random], None]] = [
            *([self._kill] * kills),
            *([self._freeze] * len(self._to_freeze)),
            *([self._restart] * restarts),
        ]
        rng.shuffle(acts)
        began = self.scene.line.now()
        for number, act in enumerate(acts):
            share = (number + rng.random()) / len(acts)
            self._watch_until(began + (until - began) * share)
            act(rng)
        self._watch_until(until)
        for thaw in list(self._frozen.values()):
            thaw.join()
        for process in [one for one in self.processes if one in self._doomed]:
            self._kill_one(process)
            self.hire(1)

    def _watch_until(self, moment: datetime) -> None:
        """Wait, and replace who died at the step it was told to."""
        while (left_s := (moment - self.scene.line.now()).total_seconds() / self.scene.line.speed) > 0:
            self._replace_dead()
            time.sleep(min(left_s, 0.1))
        self._replace_dead()

    def _replace_dead(self) -> None:
        for process in [one for one in self.processes if not one.is_alive()]:
            self.processes.remove(process)
            self.log.counts["killed at a step"] += 1
            note_death(self.scene, self.log, process)
            self.hire(1)

    def _kill(self, rng: random.Random) -> None:
        self._kill_one(rng.choice([one for one in self.processes if one.pid not in self._frozen]))
        self.hire(1, dies_at=rng.randint(1, _MOST_STEPS) if rng.random() < 0.5 else None)

    def _kill_one(self, victim: BaseProcess) -> None:
        self.processes.remove(victim)
        victim.kill()
        victim.join()
        self.log.counts["killed at a moment"] += 1
        note_death(self.scene, self.log, victim)

    def _freeze(self, rng: random.Random) -> None:
        """SIGSTOP one beyond its lease, and go on with the others: it will wake up and believe nothing happened."""
        awake = [one for one in self.processes if one.pid not in self._frozen]
        victim, for_s = rng.choice(awake), self._to_freeze.pop()
        assert victim.pid is not None
        frozen = (victim.pid, self.scene.line.now())
        os.kill(victim.pid, signal.SIGSTOP)
        self._frozen[victim.pid] = threading.Timer(for_s, self._thaw, frozen)
        self._frozen[victim.pid].start()

    def _thaw(self, pid: int, from_at: datetime) -> None:
        os.kill(pid, signal.SIGCONT)
        del self._frozen[pid]
        self.log.counts["frozen"] += 1
        self.log.disturbances.append(
            Disturbance(kind="frozen", from_at=from_at, until_at=self.scene.line.now(), pid=pid)
        )

    def _restart(self, rng: random.Random) -> None:
        mode: Literal["fast", "immediate"] = (
            "immediate" if self.log.counts["database restarted"] % 2 == 0 else "fast"
        )
        from_at = self.scene.line.now()
        self.server.stop(mode)
        time.sleep(_DOWN_S * rng.random())
        self.server.start()
        self.log.counts["database restarted"] += 1
        self.log.disturbances.append(
            Disturbance(kind="database restarted", from_at=from_at, until_at=self.scene.line.now())
        )
