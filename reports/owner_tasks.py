"""What the owner of groups is asked to do: one message for all his groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reports import asks
from reports.asks import Ask
from reports.fitting import APP_LIMIT_BYTES
from reports.items import Names, build_item
from reports.render import macros
from steward.clock.wording import Lang, deadline_words, local
from steward.model.finding import TrackedFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFacts:
    """One owner and what is open in his groups.

    Args:
        findings: of his groups only, the most pressing first; those that are not his to mend are left out here.
        ask_at_most: people of one kind named per group and message ([nickname] ask_at_most).
        console_url: where he can say that something is not true; None where there is no console.
    """

    owner_userid: str
    findings: Sequence[TrackedFinding]
    deadline_at: datetime
    now: datetime
    zone: ZoneInfo
    lang: Lang
    employees: Mapping[str, str]
    departments: Mapping[int, str]
    ask_at_most: int = 10
    console_url: str | None = None


def build(facts: OwnerFacts, limit_bytes: int = APP_LIMIT_BYTES) -> Ask | None:
    """Return the message to the owner and the findings it names; None where he has nothing to do."""
    words = macros("messages/owner_tasks.md.j2", facts.lang, "markdown")
    names = Names(
        employees=facts.employees,
        departments=facts.departments,
        zone=facts.zone,
        lang=facts.lang,
        today=local(facts.now, facts.zone).date(),
    )
    deadline = deadline_words(facts.deadline_at, facts.now, facts.zone, facts.lang)
    items = (build_item(tracked, names) for tracked in facts.findings)
    return asks.write(
        (item for item in items if asks.for_owner(item)),
        lang=facts.lang,
        at_most=facts.ask_at_most,
        limit_bytes=limit_bytes,
        words=words,
        head=lambda count: words.head(deadline, count),
        foot=words.foot(facts.console_url),
    )
