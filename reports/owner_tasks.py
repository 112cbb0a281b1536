"""What the owner of groups is asked to do: one message for all his groups."""

from __future__ import annotations

from dataclasses import dataclass

from reports import asks
from reports.asks import Ask, AskFacts
from reports.fitting import APP_LIMIT_BYTES
from reports.render import macros


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFacts(AskFacts):
    """One owner and what is open in his groups.

    Args:
        console_url: where he can say that something is not true; None where there is no console.
    """

    owner_userid: str
    console_url: str | None = None


def build(facts: OwnerFacts, limit_bytes: int = APP_LIMIT_BYTES) -> Ask | None:
    """Return the message to the owner and the findings it names; None where he has nothing to do."""
    words = macros("messages/owner_tasks.md.j2", facts.lang, "markdown")
    return asks.compose(facts, words, limit_bytes, foot=words.foot(facts.console_url))
