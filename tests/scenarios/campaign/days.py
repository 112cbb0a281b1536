"""The two days: one process killed again and again over SQLite, three processes over PostgreSQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from tests.postgresql import PostgreSQL
from tests.processes import start_process
from tests.scenarios.campaign.conduct import Log, finish, kill_all_day
from tests.scenarios.campaign.crew import Crew
from tests.scenarios.campaign.deliverer import deliver
from tests.scenarios.campaign.field import Field, at, open_field
from tests.scenarios.campaign.judge import judge
from tests.scenarios.campaign.table import to_table
from tests.scenarios.campaign.weather import BAD_MANNERS, Weather, order_mix
from tests.scenarios.town import THURSDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it. `hours` of the campaign's time, in which `messages` come up in `batches`.

    Args:
        more: lines of [delivery].
        windows: of which limits WeCom says 45009 once, in the words of its errmsg.
        freezes_s: for how many real seconds a process is stopped, each time; at its speed more than LEASE_S.
        drain: how long, by the campaign's clock, what is left may take after the day.
    """

    messages: int
    batches: int
    hours: float
    kills: int
    speed: float
    outages: int
    refusals: int
    begins_at: datetime
    windows: tuple[str, ...] = ()
    more: str = ""
    freezes_s: tuple[float, ...] = ()
    restarts: int = 0
    drain: timedelta = timedelta(hours=30)


LEASE_S = 900
"""Of the day on PostgreSQL, in the campaign's seconds: longer than what hangs takes at its speed."""
LONG = Size(
    messages=2000,
    batches=160,
    hours=24,
    kills=200,
    speed=300,
    outages=6,
    refusals=40,
    begins_at=at(time(18, 0)),
    windows=("one minute", "one hour", "one day"),
)
LONG_ON_POSTGRESQL = replace(LONG, kills=30, freezes_s=(5, 5, 60), restarts=4)
SHORT = Size(
    messages=150,
    batches=16,
    hours=1,
    kills=12,
    speed=450,
    outages=1,
    refusals=4,
    more="backoff_cap_s = 240\n",
    # The end of the quiet hours lies in the middle.
    begins_at=at(time(7, 0), THURSDAY),
    windows=("one minute",),
    drain=timedelta(hours=6),
)
SHORT_ON_POSTGRESQL = replace(SHORT, kills=2, freezes_s=(3,), restarts=1)


Told = tuple[str, list[str]]
"""A report for people, and everything that is wrong; nothing: it held."""


def day_on_sqlite(folder: Path, seed: int, size: Size) -> Told:
    """Live a day on SQLite with one process that is killed again and again."""
    with open_field(
        folder,
        seed=seed,
        speed=size.speed,
        starts_at=size.begins_at,
        hours=size.hours,
        messages=size.messages,
        batches=size.batches,
        lease_s=3600,
        more=size.more,
    ) as scene:
        weather, log, until = begin_weather(scene, seed, size)
        kill_all_day(scene, log, kills=size.kills, until=until, seed=seed)
        last = start_process(deliver, scene.post)
        scene.line.wait_until(until)
        weather.stop()
        finish(scene, log, [last], at_most=size.drain)
        return conclude(scene, log, weather)


def day_on_postgresql(folder: Path, seed: int, size: Size, server: PostgreSQL) -> Told:
    """Live a day on PostgreSQL with three processes: killed, frozen beyond their lease, the server restarted."""
    with open_field(
        folder,
        seed=seed,
        speed=size.speed,
        starts_at=size.begins_at,
        hours=size.hours,
        messages=size.messages,
        batches=size.batches,
        lease_s=LEASE_S,
        more=size.more,
        database_url=server.new_database("day"),
    ) as scene:
        weather, log, until = begin_weather(scene, seed, size)
        crew = Crew(scene=scene, log=log, server=server, seed=seed)
        crew.hire(3)
        crew.harass(until=until, kills=size.kills, freezes_s=size.freezes_s, restarts=size.restarts)
        weather.stop()
        finish(scene, log, crew.processes, at_most=size.drain)
        return conclude(scene, log, weather)


def begin_weather(scene: Field, seed: int, size: Size) -> tuple[Weather, Log, datetime]:
    """Let it rain; returns the weather, an empty log, and when the day is over."""
    weather = Weather(simulator=scene.simulator, mail=scene.mail, line=scene.line, seed=seed)
    order_mix(scene.simulator)
    scene.mail.manners = BAD_MANNERS
    weather.plan(
        scene.line.start, size.hours, outages=size.outages, refusals=size.refusals, windows=size.windows
    )
    weather.start()
    return weather, Log(), scene.line.start + timedelta(hours=size.hours)


def conclude(scene: Field, log: Log, weather: Weather) -> Told:
    """Hold what arrived against what was planned."""
    evidence = scene.evidence([*log.disturbances, *weather.disturbances])
    verdict = judge(evidence)
    tries = Counter(f"{one.outcome or 'never came back'}" for fate in evidence.fates for one in fate.tries)
    codes = Counter(code for (_, code), _n in scene.simulator.calls.items() if code)
    lines = [
        to_table(verdict.counts),
        "",
        "processes: " + words(log.counts) + f", WeCom unreachable {len(weather.disturbances)} times",
        "attempts: " + words(tries) + f"; repeated: {sum(max(0, len(f.tries) - 1) for f in evidence.fates)}",
        f"answers kept back: {len(scene.simulator.unanswered)}, of accepted messages "
        f"{sum(one['is_accepted'] for one in scene.simulator.unanswered)}; "
        f"recognised as repeated by WeCom: {len(scene.simulator.dropped) - evidence.drops}",
        f"mail server: {words(scene.mail.counts)}",
        f"errcodes met: {len(codes)} ({', '.join(str(code) for code in sorted(codes))})",
        f"most of one bot within 60 s: {max(evidence.most_by_bot.values(), default=0)}",
    ]
    return "\n".join(lines), [*verdict.wrongs, *log.wrongs]


def words(counts: Counter[str]) -> str:
    return ", ".join(f"{word} {number}" for word, number in sorted(counts.items()))
