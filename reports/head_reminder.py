"""What a department head is told when owners have not acted in time: facts and one ask."""

from __future__ import annotations

from dataclasses import dataclass

from reports import asks
from reports.asks import Ask, AskFacts
from reports.fitting import APP_LIMIT_BYTES
from reports.render import macros


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFacts(AskFacts):
    """One head and what owners of his department were asked and is still open (`asked_at` says since when).

    Args:
        department_name: why it is him; None where he is the owner's superior and no department is known.
    """

    head_userid: str
    department_name: str | None


def build(facts: HeadFacts, limit_bytes: int = APP_LIMIT_BYTES) -> Ask | None:
    """Return the message to the head and the findings it names; None where nothing is left to ask."""
    words = macros("messages/head_reminder.md.j2", facts.lang, "markdown")
    intro = str(words.why(facts.department_name)).strip()
    return asks.compose(facts, words, limit_bytes, foot=words.foot(), intro=intro)
