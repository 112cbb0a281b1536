"""Which sources of data matter today. Every source ever asked is remembered; not every one is still needed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from steward.checks.params import SOURCE_OF_KIND
from steward.model.settings import Settings
from steward.model.source import SourceState

DIRECTORY: Final = frozenset({"departments", "users", "user_ids"})
DIRECTORY_FILE: Final = "directory_file"


def relevant_sources(
    sources: Iterable[SourceState], settings: Settings, kinds: Collection[str], now: datetime
) -> list[SourceState]:
    """Return the sources the service still lives on, by name.

    Left out: kinds of groups that are switched off or of which there is none; ways into the directory that the
    last pull did not need; the directory of WeCom while a fresh employee list stands in for it, and the list once
    WeCom shows the people itself.

    Args:
        kinds: the kinds of groups there are.
    """
    by_name = {source.name: source for source in sources}
    unneeded = {name for kind, name in SOURCE_OF_KIND.items() if kind not in kinds}
    if settings.groups.customer_groups:
        unneeded.discard("customer_groups")
    else:
        unneeded.add("customer_groups")
    unneeded |= _unneeded_directory(
        by_name, timedelta(days=settings.policies.work.handed_in_stale_after_days), now
    )
    return [source for name, source in sorted(by_name.items()) if name not in unneeded]


def _unneeded_directory(by_name: Mapping[str, SourceState], file_lasts: timedelta, now: datetime) -> set[str]:
    asked = [by_name[name] for name in DIRECTORY if name in by_name]
    last = max((source.tried_at for source in asked), default=None)
    unneeded = {source.name for source in asked if source.tried_at != last}
    file = by_name.get(DIRECTORY_FILE)
    if file is None or file.good_at is None:
        return unneeded
    shown = [source for source in asked if source.name != "departments" and source.good_at is not None]
    if any(source.good_at == source.tried_at == last for source in shown):
        return unneeded | {DIRECTORY_FILE}
    if now - file.good_at <= file_lasts:
        return unneeded | DIRECTORY | {DIRECTORY_FILE}
    return unneeded
