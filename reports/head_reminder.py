"""What a department head is told when owners have not acted in time: facts and one ask."""

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
class HeadFacts:
    """One head and what owners of his department were asked and is still open.

    Args:
        department_name: why it is him; None where he is the owner's superior and no department is known.
        findings: with `asked_at` set: since when the owner knows.
    """

    head_userid: str
    department_name: str | None
    findings: Sequence[TrackedFinding]
    deadline_at: datetime
    now: datetime
    zone: ZoneInfo
    lang: Lang
    employees: Mapping[str, str]
    departments: Mapping[int, str]
    ask_at_most: int = 10


def build(facts: HeadFacts, limit_bytes: int = APP_LIMIT_BYTES) -> Ask | None:
    """Return the message to the head and the findings it names; None where nothing is left to ask."""
    words = macros("messages/head_reminder.md.j2", facts.lang, "markdown")
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
        intro=str(words.why(facts.department_name)).strip(),
        foot=words.foot(),
    )
