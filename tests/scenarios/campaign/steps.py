"""Killed at every single step of bringing a few messages, one step after the other, and started again."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

from steward.model.delivery import Channel, Delivery
from tests.processes import start_process
from tests.scenarios.campaign.conduct import Log, note_death, stop, waiting
from tests.scenarios.campaign.days import Told, conclude
from tests.scenarios.campaign.deliverer import deliver
from tests.scenarios.campaign.field import Field, at, open_field
from tests.scenarios.campaign.plan import Planned, mark
from tests.scenarios.campaign.weather import Weather
from tests.scenarios.town import THURSDAY

SPEED = 120.0
_PATIENCE = timedelta(hours=2)


def die_at_every(folder: Path, seed: int, *, stride: int = 1) -> Told:
    """Kill a process at each step (or each so many-th) of queueing and bringing a file to a person, a file to a
    group, a mail, and a text to three persons; then let another one bring it to its end.

    It is over when a process came through without dying: there are no more steps.
    """
    with open_field(
        folder,
        seed=seed,
        speed=SPEED,
        starts_at=at(time(8, 0), THURSDAY),
        hours=0,
        messages=0,
        batches=0,
        lease_s=3600,
    ) as scene:
        log = Log()
        weather = Weather(simulator=scene.simulator, mail=scene.mail, line=scene.line, seed=seed)
        step = 1
        while _die_at(scene, log, step):
            step += stride
        log.counts["steps"] = step
        return conclude(scene, log, weather)


def _die_at(scene: Field, log: Log, step: int) -> bool:
    """Kill a process at that step, let another finish; False when it had brought everything before."""
    scene.put([*scene.day, _batch(scene, len(scene.planned))])
    victim = start_process(deliver, scene.post, step, True)
    while victim.is_alive() and waiting(scene):
        victim.join(0.05)
    victim.join(0.1)
    if victim.exitcode is None:
        # What it does from now on is waiting for more; if it dies of that, nothing is under way.
        victim.kill()
        victim.join()
        return False
    note_death(scene, log, victim)
    log.counts["killed at a step"] += 1
    second = start_process(deliver, scene.post)
    gives_up_at = scene.line.now() + _PATIENCE
    while waiting(scene) and scene.line.now() < gives_up_at:
        second.join(0.05)
    stop(scene, second, log)
    return True


def _batch(scene: Field, first: int) -> list[Planned]:
    people, [mail, *_] = scene.addresses.people, scene.addresses.mails
    file = [_file(scene, first + place) for place in range(2)]
    text = {"msgtype": "markdown", "markdown": {"content": mark(first + 2)}}
    letter = {"subject": mark(first + 3), "text": "见正文"}
    bot, shown = next(iter(scene.addresses.bots.items()))
    made: list[tuple[Channel, str, dict[str, Any], tuple[str, ...]]] = [
        ("app", people[0], file[0], (people[0],)),
        ("bot", bot, file[1], (shown,)),
        ("app", "|".join(people[1:4]), text, tuple(people[1:4])),
        ("email", mail, letter, (mail,)),
    ]
    return [
        Planned(
            number=number,
            kind=f"{channel}, step by step",
            at=scene.line.start,
            marks=(mark(number),),
            reaches=reaches,
            delivery=Delivery(
                idempotency_key=f"campaign:{number}",
                channel=channel,
                recipient=recipient,
                body=body,
                topic="campaign",
            ),
        )
        for number, (channel, recipient, body, reaches) in enumerate(made, start=first)
    ]


def _file(scene: Field, number: int) -> dict[str, Any]:
    name = f"{mark(number)}.txt"
    (scene.post.folder / "var" / name).write_text(f"report {number}\n" * 20, encoding="utf8")
    return {"msgtype": "file", "file": {"path": name, "filename": name}}
