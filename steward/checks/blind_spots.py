"""What the service cannot see or could not do, gathered for every report: silence is never taken for compliance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from steward.checks.members.stale_data import HANDED_IN
from steward.checks.params import is_stale
from steward.clock.working_days import WorkingDays
from steward.model.directory import Company
from steward.model.run import Run
from steward.model.source import BlindSpot, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known of our own eyesight.

    Args:
        groups_blind: kind of blindness (as in `Observation`) -> groups it concerns.
        unreadable: groups that cannot be read at the moment.
        dead: (what, why) of messages that were not delivered; `unknown`: that may not have been.
        failed_runs: newest run of each job, where it failed.
    """

    company: Company
    sources: Sequence[SourceState]
    groups_blind: Mapping[str, int]
    unreadable: int
    dead: Sequence[tuple[str, str | None]]
    unknown: Sequence[tuple[str, str | None]]
    failed_runs: Sequence[Run]
    now: datetime
    today: date
    source_stale_after: timedelta


def find_blind_spots(sight: Sight, working_days: WorkingDays) -> list[BlindSpot]:
    """Return every blind spot, the widest first."""
    return [
        *_directory(sight),
        *_sources(sight),
        *_groups(sight),
        *_deliveries(sight),
        *_runs(sight.failed_runs),
        *_calendar(sight.today, working_days),
    ]


def _directory(sight: Sight) -> Iterator[BlindSpot]:
    if not sight.company.complete:
        yield BlindSpot(kind="directory_partial", since=sight.company.seen_at)


def _sources(sight: Sight) -> Iterator[BlindSpot]:
    for source in sight.sources:
        if source.name.startswith(HANDED_IN):
            continue
        if source.detail is not None:
            yield BlindSpot(
                kind="source_incomplete" if source.errcode is None else "source_refused",
                subject=source.name,
                detail=source.detail,
                remedy=source.remedy,
                since=source.good_at,
            )
        elif is_stale(source, sight.now, sight.source_stale_after):
            yield BlindSpot(kind="source_stale", subject=source.name, since=source.good_at)


def _groups(sight: Sight) -> Iterator[BlindSpot]:
    counts = (
        ("roster_unknown", sight.groups_blind.get("roster_unknown", 0)),
        ("groups_unreadable", sight.unreadable),
        ("nickname_not_observable", sight.groups_blind.get("nickname_not_observable", 0)),
        ("unknown_staff", sight.groups_blind.get("unknown_staff", 0)),
        ("nickname_not_judged", sight.groups_blind.get("nickname_not_judged", 0)),
        ("unresolved_names", sight.groups_blind.get("unresolved_names", 0)),
    )
    for kind, count in counts:
        if count:
            yield BlindSpot(kind=kind, count=count)


def _deliveries(sight: Sight) -> Iterator[BlindSpot]:
    for kind, messages in (("delivery_failed", sight.dead), ("delivery_unknown", sight.unknown)):
        if messages:
            yield BlindSpot(kind=kind, count=len(messages), detail=messages[-1][1])


def _runs(runs: Iterable[Run]) -> Iterator[BlindSpot]:
    for run in runs:
        if run.state == "failed":
            yield BlindSpot(kind="job_failed", subject=run.job, detail=run.error, since=run.finished_at)


def _calendar(today: date, working_days: WorkingDays) -> Iterator[BlindSpot]:
    # From November on the next year's make-up days are due, and the first deadlines reach into it.
    years = (today.year, today.year + 1) if today.month >= 11 else (today.year,)
    for year in years:
        if working_days.is_provisional(year):
            yield BlindSpot(kind="calendar_provisional", subject=str(year))
