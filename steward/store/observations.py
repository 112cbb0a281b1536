"""What the checks could and could not see in each group, newest round only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from steward.store.schema import groups, observations
from steward.store.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationSums:
    """Sums over the groups that exist.

    Args:
        checks_run: check id -> groups judged by it.
        not_observable: kind of blindness -> members or names it hides.
        groups_blind: kind of blindness -> groups it concerns.
    """

    checks_run: Mapping[str, int]
    not_observable: Mapping[str, int]
    groups_blind: Mapping[str, int]


def save_observations(connection: Connection, rows: Iterable[dict[str, Any]], *, now: datetime) -> None:
    """Keep what was seen of each group: {chat_id, checks: [...], not_observable: {kind: count}}."""
    upsert(connection, observations, ({**row, "judged_at": now} for row in rows))


def load_observation_sums(connection: Connection, *, since: datetime) -> ObservationSums:
    """Sum up what was judged since then in groups that are not gone."""
    query = (
        select(observations.c.checks, observations.c.not_observable)
        .join(groups, groups.c.chat_id == observations.c.chat_id)
        .where(groups.c.gone_at.is_(None), observations.c.judged_at >= since)
    )
    checks: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    blind: Counter[str] = Counter()
    for row in connection.execute(query):
        checks.update(row.checks)
        hidden.update(row.not_observable)
        blind.update(kind for kind, count in row.not_observable.items() if count)
    return ObservationSums(checks_run=checks, not_observable=hidden, groups_blind=blind)
