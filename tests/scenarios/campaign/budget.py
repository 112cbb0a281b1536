"""Budgets, counted by the receiving side: never above the limit, and hardly below what the settings allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal

from steward.model.delivery import Channel, Delivery
from steward.simulator.witness import most_within
from tests.postgresql import PostgreSQL
from tests.processes import start_process
from tests.scenarios.campaign.conduct import Log, finish
from tests.scenarios.campaign.deliverer import deliver
from tests.scenarios.campaign.field import Field, at, open_field
from tests.scenarios.campaign.plan import Planned, mark
from tests.scenarios.campaign.table import align

BOT_LIMIT, BOT_BUDGET = 20, 18
MEMBER_LIMIT, MEMBER_BUDGET = 30, 28
AT_LEAST = 0.95
"""Of the budget that is to be used while there is a queue."""
_POOL = "pool"
Kind = Literal["bot", "pool", "member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many messages at one moment, to one bot, to a pool of two bots, or to one member.

    The faster the clock, the more each millisecond of work weighs: at speed 30 two of them are a thousandth of a
    minute, so a share of 0.95 leaves 100 ms for each minute's round.
    """

    kind: Kind
    messages: int
    speed: float
    at_least: float = AT_LEAST
    processes: int = 3


LONG = (
    Load(kind="bot", messages=500, speed=24),
    Load(kind="pool", messages=360, speed=12),
    Load(kind="member", messages=280, speed=10),
)
SHORT = (Load(kind="bot", messages=120, speed=40, at_least=0.6),)
"""Where other tests run at the same time, the share says how busy the machine is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How one budget was used. `share`: of what could have been sent from the first message to the last."""

    load: Load
    arrived: int
    most: int
    limit: int
    share: float
    refused: int
    dropped: int

    @property
    def wrongs(self) -> list[str]:
        """Everything that is not as it must be."""
        load = self.load
        checks = (
            (self.arrived == load.messages, f"{self.arrived} of {load.messages} arrived"),
            (self.most <= self.limit, f"{self.most} within 60 s, more than {self.limit}"),
            (self.share >= load.at_least, f"only {self.share:.1%} of the budget were used"),
            (not self.refused, f"WeCom refused {self.refused} times (45009)"),
            (not self.dropped, f"WeCom dropped {self.dropped} messages without a word"),
        )
        return [f"{load.kind}: {text}" for holds, text in checks if not holds]


def prove(folder: Path, seed: int, load: Load, database_url: str) -> tuple[Use, list[str]]:
    """Let several processes send all that is queued at one moment; returns the use and what is wrong."""
    with open_field(
        folder,
        seed=seed,
        speed=load.speed,
        starts_at=at(time(9, 0)),
        hours=0,
        messages=0,
        batches=0,
        database_url=database_url,
        # One by one: put together they would need no budget.
        more="bundle = false\n",
        pool=_POOL,
        linger=timedelta(seconds=20),
    ) as scene:
        scene.put([queue(scene, load)])
        log = Log()
        processes = [start_process(deliver, scene.post) for _ in range(load.processes)]
        finish(scene, log, processes, at_most=timedelta(hours=5))
        use = count(scene, load)
        return use, use.wrongs + log.wrongs


def prove_all(
    folder: Path, seed: int, server: PostgreSQL, loads: Iterable[Load] = LONG
) -> tuple[str, list[str]]:
    """Prove one budget after the other; returns a table and everything that is wrong."""
    uses: list[Use] = []
    wrongs: list[str] = []
    for load in loads:
        use, found = prove(folder / load.kind, seed, load, server.new_database(f"budget_{load.kind}"))
        uses.append(use)
        wrongs += found
    return to_table(uses), wrongs


def queue(scene: Field, load: Load) -> list[Planned]:
    """Return everything as one batch."""
    channel: Channel = "app" if load.kind == "member" else "bot"
    to = {"bot": "team0", "pool": _POOL, "member": scene.addresses.people[0]}[load.kind]
    return [
        Planned(
            number=number,
            kind=load.kind,
            at=scene.line.start,
            marks=(mark(number),),
            reaches=(to,),
            delivery=Delivery(
                idempotency_key=f"campaign:{number}",
                channel=channel,
                recipient=to,
                body={"msgtype": "markdown", "markdown": {"content": mark(number)}},
                topic="campaign",
            ),
        )
        for number in range(load.messages)
    ]


def count(scene: Field, load: Load) -> Use:
    """Return how the budget was used, by what arrived. Of a pool it is each single bot that WeCom counts."""
    ours = [one for one in scene.arrivals() if one.marks]
    moments: dict[str, list[datetime]] = {}
    for one in ours:
        moments.setdefault(one.to[0], []).append(one.at)
    budget, limit = {
        "bot": (BOT_BUDGET, BOT_LIMIT),
        "pool": (2 * BOT_BUDGET, BOT_LIMIT),
        "member": (MEMBER_BUDGET, MEMBER_LIMIT),
    }[load.kind]
    return Use(
        load=load,
        arrived=len({marked for one in ours for marked in one.marks}),
        most=max((most_in(found) for found in moments.values()), default=0),
        limit=limit,
        share=share_used([one.at for one in ours], budget),
        refused=scene.simulator.calls["webhook/send", 45009],
        dropped=len(scene.simulator.dropped),
    )


def most_in(moments: list[datetime]) -> int:
    return most_within([moment.timestamp() for moment in moments])


def share_used(moments: list[datetime], per_minute: int) -> float:
    """Return how much of a budget was used: what was sent, of what its windows from first to last had room for.

    The last message fills its window like every other: the span ends a minute after it.
    """
    if not moments:
        return 0.0
    span = max(moments) - min(moments) + timedelta(minutes=1)
    return len(moments) / (per_minute * (span / timedelta(minutes=1)))


def to_table(uses: list[Use]) -> str:
    rows = [("budget", "messages", "arrived", "most in 60 s", "limit", "used", "45009", "speed")]
    for one in uses:
        numbers = (one.load.messages, one.arrived, one.most, one.limit)
        cells = (*map(str, numbers), f"{one.share:.1%}", str(one.refused), f"{one.load.speed:g}")
        rows.append((one.load.kind, *cells))
    return align(rows)
