"""What `doctor` looks up about the service as it runs. What it means is decided in `diagnosis_service`."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from steward.cli.agenda import real_now
from steward.cli.diagnosis import Line
from steward.cli.diagnosis_service import (
    PortAnswer,
    judge_database_clock,
    judge_port,
    judge_schedules,
    judge_service,
)
from steward.cli.words import LANGUAGE
from steward.clock.hints import hints
from steward.clock.plan import next_slots, to_plan
from steward.clock.working_days import WorkingDays
from steward.model.settings.observability import Address

if TYPE_CHECKING:
    from steward.model.settings import Settings
    from steward.store.figures import Figures

_PATIENCE_S = 2.0


def service(settings: Settings, root: Path, environment: Mapping[str, str]) -> Iterator[Line]:
    """Yield a line for everything about schedules, queue and port; changes nothing and sends nothing."""
    now = real_now()
    yield from schedules(settings, now)
    yield port(settings.observability.address)
    figures = _figures(settings, root, environment, now)
    if figures is None:  # the database's own line says why
        return
    if figures.clock_offset is not None:
        yield judge_database_clock(figures.clock_offset)
    yield from _now(settings, figures)


def schedules(settings: Settings, now: datetime) -> Iterator[Line]:
    """Yield what is to be said of the schedules that are switched on."""
    zone, days = ZoneInfo(settings.company.timezone), WorkingDays(settings.calendar)
    plans = {
        job: to_plan(setting, zone, days, job)
        for job, setting in settings.schedules.items()
        if setting.enabled
    }
    never = [job for job, plan in plans.items() if not next_slots(plan, now, 1)]
    found = {job: [words.said(LANGUAGE) for words in hints(plan, now)] for job, plan in plans.items()}
    yield from judge_schedules(never, {job: words for job, words in found.items() if words}, count=len(plans))


def port(address: Address | None) -> Line:
    """Ask the health port; where nobody answers, see whether it could be listened on."""
    if address is None:
        return judge_port(None, "off")
    if _answers(address):
        return judge_port(str(address), "ours")
    answer, why = _try(address)
    return judge_port(str(address), answer, why=why)


def _answers(address: Address) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - asked, not bound
    connection = HTTPConnection(host, address.port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        return "steward" in (connection.getresponse().getheader("Server") or "")
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _try(address: Address) -> tuple[PortAnswer, str | None]:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        # Bound and not listened on: two who look at the same time are not in each other's way.
        with socket.socket(family) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address.host, address.port))
            return "free", None
    except OSError as error:
        return "taken", error.strerror or str(error)


def _figures(settings: Settings, root: Path, environment: Mapping[str, str], now: datetime) -> Figures | None:
    from steward.cli.house import database_url
    from steward.cli.watch.budgets import windows_at
    from steward.delivery.enqueue import Gate
    from steward.store.database import open_database
    from steward.store.figures import load_figures

    try:
        url = database_url(settings, environment, root)
        if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
            return None
        database = open_database(url)
        try:
            with database.read() as connection:
                return load_figures(
                    connection,
                    now=now,
                    machine_now=real_now(),
                    jobs=settings.schedules,
                    openings=Gate(
                        policy=settings.policies.work, zone=ZoneInfo(settings.company.timezone)
                    ).openings(now),
                    windows=windows_at(now),
                )
        finally:
            database.close()
    except Exception:  # a database that cannot be read has its own line, with the reason and the remedy
        return None


def _now(settings: Settings, figures: Figures) -> Iterator[Line]:
    from steward.cli.watch.look import Seen
    from steward.cli.watch.readiness import judge
    from steward.cli.watch.state import State

    state = State(
        now=figures.at,
        process="doctor",
        seen=Seen(figures=figures),
        tick_age_s=0.0,
        verdict="not_asked",
        refused_secrets={},
        settings_trouble=None,
        next_at={},
        budgets={},
        zone=ZoneInfo(settings.company.timezone),
    )
    yield from judge_service(judge(state))
