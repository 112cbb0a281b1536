"""Findings in the words of people: ids become names, moments become local days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from reports.escape import visible
from reports.render import macros
from reports.words import N_, translations
from steward.clock.wording import Lang, local, near_day_words, time_words
from steward.model.finding import Severity, Stage, TrackedFinding

_ISO_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:\d{2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How to call employees and departments by id; an id nobody knows is shown as it is."""

    employees: Mapping[str, str]
    departments: Mapping[int, str]
    zone: ZoneInfo
    lang: Lang
    today: date

    def employee(self, userid: str | None) -> str | None:
        """Return the name, else the id; None for nobody."""
        return None if userid is None else visible(self.employees.get(userid, "")) or userid

    def day(self, at: datetime) -> str:
        """Return "今天", "昨天" or "11月17日 周二"."""
        return near_day_words(local(at, self.zone).date(), self.today, self.lang)

    def text(self, message: str) -> str:
        """Return one of our own texts in the reader's language."""
        return translations(self.lang).gettext(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One finding, ready to be worded.

    Args:
        group: the group's name; None for a finding about the whole company.
        observed_person: the name, where what was observed is a userid; else as observed.
        observed_at: the moment in words, where what was observed is one; else "".
        since: the day it was first seen, in words.
        asked: the day the owner was asked, in words; `since` where nobody was asked.
        department: None where the group belongs to no known department.
        owner: the group owner's name; None where there is none or nobody knows.
    """

    id: int
    check_id: str
    clause: str
    severity: Severity
    chat_id: str | None
    group: str | None
    subject: str
    subject_id: str
    observed: str
    observed_person: str
    observed_at: str
    expected: str
    evidence: Mapping[str, Any]
    department: str | None
    department_id: int | None
    owner: str | None
    owner_userid: str | None
    actor: Literal["owner", "hr", "admin"]
    lasting: bool
    removable: bool
    stage: Stage
    first_seen_at: datetime
    first_seen_on: date
    since: str
    asked_at: datetime | None
    asked: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one check found in one group: one line of a message.

    `items` are those shown by name; `more` is how many there are beyond them.
    """

    items: tuple[Item, ...]
    more: int = 0

    @property
    def first(self) -> Item:
        """Return the item that stands for all where they have something in common."""
        return self.items[0]

    @property
    def count(self) -> int:
        """Return how many findings the line stands for."""
        return len(self.items) + self.more

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the findings shown by name."""
        return tuple(item.id for item in self.items)

    def at_most(self, count: int) -> Bundle:
        """Return the same bundle naming only the first `count`."""
        return Bundle(items=self.items[:count], more=self.more + max(0, len(self.items) - count))


def build_item(tracked: TrackedFinding, names: Names) -> Item:
    """Return the finding in the words of people."""
    finding = tracked.finding
    return Item(
        id=tracked.id,
        check_id=finding.check_id,
        clause=finding.clause,
        severity=finding.severity,
        chat_id=finding.chat_id,
        group=_group_name(tracked, names),
        subject=_subject(tracked, names),
        subject_id=finding.subject_id,
        observed=finding.observed,
        observed_person=names.employee(finding.observed) or "",
        observed_at=_moment(finding.observed, names),
        expected=finding.expected,
        evidence=finding.evidence,
        department=_department(finding.department_id, names),
        department_id=finding.department_id,
        owner=names.employee(tracked.owner_userid),
        owner_userid=tracked.owner_userid,
        actor=finding.actor,
        lasting=finding.lasting,
        removable=finding.removable,
        stage=tracked.stage,
        first_seen_at=tracked.first_seen_at,
        first_seen_on=local(tracked.first_seen_at, names.zone).date(),
        since=names.day(tracked.first_seen_at),
        asked_at=tracked.asked_at,
        asked=names.day(tracked.asked_at or tracked.first_seen_at),
        resolved_at=tracked.resolved_at,
    )


def bundles(items: Iterable[Item]) -> tuple[Bundle, ...]:
    """Return the items put together by check and group, in the order of their first one."""
    together: dict[tuple[str, str | None], list[Item]] = {}
    for item in items:
        key = (item.check_id, item.chat_id if item.chat_id is not None else item.subject_id)
        together.setdefault(key, []).append(item)
    return tuple(Bundle(items=tuple(group)) for group in together.values())


def by_group(these: Sequence[Bundle]) -> list[tuple[Bundle, ...]]:
    """Return the bundles put together by group, in the order of each group's first."""
    together: dict[str | None, list[Bundle]] = {}
    for bundle in these:
        together.setdefault(bundle.first.chat_id, []).append(bundle)
    return [tuple(group) for group in together.values()]


def _subject(tracked: TrackedFinding, names: Names) -> str:
    finding = tracked.finding
    if finding.subject_name and visible(finding.subject_name):
        return visible(finding.subject_name)
    if finding.chat_id is None:
        # A source of data: its name stands with the words for what cannot be seen.
        sources = macros("messages/_blind_spots.md.j2", names.lang, "plain")
        return str(sources.source(finding.subject_id)).strip()
    if finding.subject_id == finding.chat_id:
        return _group_name(tracked, names) or ""
    # An event's id is not a person's; who it was stands in its evidence.
    return names.employee(str(finding.evidence.get("userid") or finding.subject_id)) or ""


def _moment(observed: str, names: Names) -> str:
    if not _ISO_MOMENT.match(observed):
        return ""
    try:
        at = datetime.fromisoformat(observed)
    except ValueError:
        return ""
    return f"{names.day(at)} {time_words(at, names.zone)}"


def _group_name(tracked: TrackedFinding, names: Names) -> str | None:
    if tracked.finding.chat_id is None:
        return None
    # WeCom shows a group without a name as a list of its members; its API gives "".
    return visible(tracked.group_name or "") or names.text(N_("未命名群"))


def _department(department_id: int | None, names: Names) -> str | None:
    if department_id is None:
        return None
    return visible(names.departments.get(department_id, "")) or f"#{department_id}"
