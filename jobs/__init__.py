"""WHEN and TO WHOM: one file, one scheduled job: lines that pull, keep, load, judge, compose and queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from steward.checks.sources import relevant_sources
from steward.clock.wording import Lang
from steward.clock.working_days import WorkingDays
from steward.delivery.enqueue import Gate
from steward.delivery.recheck import Recheck
from steward.delivery.worker import Worker
from steward.engine.job import Job
from steward.model.directory import Company
from steward.model.settings import Settings
from steward.model.source import SourceState
from steward.store.database import Database
from steward.store.groups import count_groups
from steward.store.sources import load_sources
from steward.wecom.client import WeComClient


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What every stage of every job is given.

    Args:
        as_of: the moment the run is for; jobs know no other "now".
        files: the folder of reports and of everything else the service writes.
        company: the directory in force, read once for a run.
    """

    settings: Settings
    database: Database
    wecom: WeComClient
    worker: Worker
    gate: Gate
    working_days: WorkingDays
    zone: ZoneInfo
    files: Path
    as_of: datetime
    company: Callable[[], Company]

    @property
    def today(self) -> date:
        """The local day of the run."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def lang(self) -> Lang:
        """The language people are written to."""
        return self.settings.company.language

    @property
    def console_url(self) -> str | None:
        """Where people can look closer; None where there is no console."""
        url = self.settings.company.console_url
        return str(url) if url else None

    def sources(self, connection: Connection) -> list[SourceState]:
        """The sources of data that matter today."""
        kinds = count_groups(connection)
        return relevant_sources(load_sources(connection), self.settings, kinds, self.as_of)

    @property
    def names(self) -> Names:
        """How people and departments are called."""
        company = self.company()
        return Names(
            employees={userid: e.name for userid, e in company.employees.items() if e.name},
            departments={d.id: d.name for d in company.departments.values() if d.name},
        )


class Names(NamedTuple):
    """Id -> name; whose name nobody knows is absent."""

    employees: Mapping[str, str]
    departments: Mapping[int, str]


def all_jobs() -> dict[str, Job]:
    """Return every job by name: the files of this folder, no edited list."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: import_module(f"jobs.{name}").JOB for name in names}


def rechecks_in(context: JobContext) -> dict[str, Recheck]:
    """Return by topic how a message that is late is checked against the facts: every job's `RECHECKS`."""
    modules = [import_module(f"jobs.{module.name}") for module in iter_modules(__path__)]
    return {
        topic: partial(recheck, context)
        for module in modules
        for topic, recheck in getattr(module, "RECHECKS", {}).items()
    }
