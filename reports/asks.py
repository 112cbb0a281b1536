"""What an owner, or the head behind him, is asked to do: the same lines in both messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.fitting import Line, fit, size_bytes
from reports.items import Bundle, Item, Names, build_item, bundles, by_group
from reports.wording import wording
from steward.clock.wording import Lang, deadline_words, local
from steward.model.finding import TrackedFinding

_NAMED_AT_MOST: Final = (20, 10, 5, 2, 1)
"""How many people one line may name, less where their names are long."""
_ASK_LIMIT_BYTES: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One message to one person. `finding_ids` are those it really names: nobody is held to have been asked more."""

    text: str
    finding_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFacts:
    """What every message that asks somebody to act is made of.

    Args:
        findings: the most pressing first; those that are not for owners to mend are left out here.
        ask_at_most: people of one kind named per group and message ([nickname] ask_at_most).
        employees: userid -> name.
        departments: id -> name.
    """

    findings: Sequence[TrackedFinding]
    deadline_at: datetime
    now: datetime
    zone: ZoneInfo
    lang: Lang
    employees: Mapping[str, str]
    departments: Mapping[int, str]
    ask_at_most: int = 10


def compose(
    facts: AskFacts, words: Any, limit_bytes: int, *, foot: str, intro: str | None = None
) -> Ask | None:
    """Return the message and the findings it names; None where there is nothing to ask.

    Args:
        words: the macros of the message's template: head, group, task, later.
    """
    names = Names(
        employees=facts.employees,
        departments=facts.departments,
        zone=facts.zone,
        lang=facts.lang,
        today=local(facts.now, facts.zone).date(),
    )
    deadline = deadline_words(facts.deadline_at, facts.now, facts.zone, facts.lang)
    items = (build_item(tracked, names) for tracked in facts.findings)
    return write(
        (item for item in items if for_owner(item)),
        lang=facts.lang,
        at_most=facts.ask_at_most,
        limit_bytes=limit_bytes,
        words=words,
        head=lambda count: words.head(deadline, count),
        intro=intro,
        foot=foot,
    )


def for_owner(item: Item) -> bool:
    """Return whether the owner is the one to ask.

    Where WeCom lets the service remove a member (app chats), the removal is proposed to HR and the owner is not
    asked to do it as well; the same finding would otherwise have two people at it.
    """
    return item.actor == "owner" and not item.removable


def write(
    items: Iterable[Item],
    *,
    lang: Lang,
    at_most: int,
    limit_bytes: int,
    words: Any,
    head: Callable[[int], str],
    foot: str,
    intro: str | None = None,
) -> Ask | None:
    """Return the message, or None where there is nothing to ask.

    Args:
        at_most: how many people of one group get a line of their own; the others come another day.
        words: the macros of the message's template: group, task, later.
        head: number of things to do -> the first line, with ask and deadline.
    """
    groups = by_group(bundles(items))
    if not groups:
        return None
    tasks = [_group_lines(group, words, lang, at_most) for group in groups]
    count = sum(line.count for lines in tasks for line in lines)
    fixed = [Line(text=head(count))] + ([Line(text=intro)] if intro else [])
    body = [line for lines in tasks for line in lines]
    # The list's own heading: where even the first group must go, "another N" still has a place.
    fixed[-1] = Line(text=fixed[-1].text, list_name="tasks", count=0)
    fitted = fit([*fixed, *body, Line(text=foot)], limit_bytes, words.later)
    return Ask(text=fitted.text, finding_ids=fitted.ids)


def _group_lines(group: Sequence[Bundle], words: Any, lang: Lang, at_most: int) -> list[Line]:
    """Return a group's asks; the first carries the group's name, so neither is ever left alone."""
    lines = [line for bundle in group for line in _ask_lines(bundle, words, lang, at_most)]
    heading = str(words.group(group[0].first)).strip()
    return [replace(lines[0], text=f"{heading}\n{lines[0].text}"), *lines[1:]]


def _ask_lines(bundle: Bundle, words: Any, lang: Lang, at_most: int) -> list[Line]:
    wanted = wording(bundle.first.check_id, lang, "markdown")
    shown = bundle.at_most(at_most)
    said = wanted.ask(shown).split("\n")
    if len(said) == len(shown.items) > 1:
        lines = [
            _line(words.task(text, item), (item.id,)) for text, item in zip(said, shown.items, strict=True)
        ]
        return [*lines, _line(words.rest(shown.more), (), count=0)] if shown.more else lines
    for named in _NAMED_AT_MOST:
        shown = bundle.at_most(named)
        text = words.task(wanted.ask(shown), shown.first)
        if size_bytes(text) <= _ASK_LIMIT_BYTES:
            break
    return [_line(text, shown.ids)]


def _line(text: str, ids: tuple[int, ...], count: int = 1) -> Line:
    return Line(text=text.strip(), rank=10, list_name="tasks", count=count, ids=ids)
