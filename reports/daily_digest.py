"""The digest HR reads every working day: facts in, one report out, three forms of it.

`build` computes; `to_message`, `to_html` and `reports.excel.to_xlsx` only word what was computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from reports.digest.facts import DigestFacts, Figures
from reports.digest.message import to_message
from reports.digest.page import to_html
from reports.digest.report import (
    CheckLine,
    DepartmentLine,
    Figure,
    FigureName,
    KindLine,
    Report,
    Task,
    Verdict,
    VerdictState,
    Why,
)
from reports.items import Item, Names, build_item, bundles

__all__ = ["DigestFacts", "Figures", "Report", "build", "to_html", "to_message"]

OLD_AFTER: Final = timedelta(days=7)
"""A grave finding open for longer comes to HR even where nobody escalated it."""
_SEVERITIES: Final = ("high", "medium", "low")
_WHYS: Final[tuple[Why, ...]] = ("escalated", "remove", "old", "hr", "admin")


def build(facts: DigestFacts) -> Report:
    """Return the digest of the facts, every number and every list computed."""
    names = Names(
        employees=facts.employees,
        departments=facts.departments,
        zone=facts.zone,
        lang=facts.lang,
        today=facts.day,
    )
    open_, new, resolved = (
        tuple(build_item(tracked, names) for tracked in part)
        for part in (facts.open, facts.new, facts.resolved)
    )
    current = _current_figures(facts)
    checks = tuple(_check_lines(facts))
    found = {item.check_id for item in (*open_, *new)}
    fine = tuple(line for line in checks if line.judged_count and line.check_id not in found)
    tasks = _tasks(open_, new, facts.day)
    return Report(
        company_name=facts.company_name,
        day=facts.day,
        day_words=facts.day_words,
        built_at=facts.built_at,
        zone=facts.zone,
        lang=facts.lang,
        data_as_of=facts.data_as_of,
        verdict=_verdict(facts, tasks, len(fine)),
        current=current,
        previous_day=facts.previous_day if facts.previous else None,
        figures=_figures(current, facts.previous),
        groups_by_kind=tuple(facts.groups_by_kind.items()),
        tasks=tasks,
        kinds=_kinds(open_, new, resolved, facts),
        departments=_departments(open_, new, resolved, facts),
        quiet_department_count=_quiet_departments((*open_, *new, *resolved), facts),
        checks=checks,
        fine=fine,
        not_run=tuple(line for line in checks if not line.judged_count),
        blind_spots=tuple(facts.blind_spots),
        open=open_,
        new=new,
        resolved=resolved,
        console_url=facts.console_url,
    )


def _current_figures(facts: DigestFacts) -> Figures:
    ran_count = _ran_count(facts)
    return Figures(
        group_count=facts.group_count,
        member_count=facts.member_count,
        new_count=_known(len(facts.new), ran_count),
        resolved_count=_known(len(facts.resolved), ran_count),
        open_count=len(facts.open),
    )


def _ran_count(facts: DigestFacts) -> int:
    return sum(1 for check in facts.checks if facts.checks_run.get(check.id))


def _known(count: int, ran_count: int) -> int | None:
    # Where no check ran, "0 new" would be a claim nobody can make.
    return count if count or ran_count else None


def _figures(now: Figures, before: Figures | None) -> tuple[Figure, ...]:
    return (
        _figure("groups", now.group_count, before.group_count if before else None),
        _figure("members", now.member_count, before.member_count if before else None),
        _figure("new", now.new_count, before.new_count if before else None),
        _figure("resolved", now.resolved_count, before.resolved_count if before else None),
        _figure("open", now.open_count, before.open_count if before else None),
    )


def _figure(name: FigureName, value: int | None, former: int | None) -> Figure:
    delta = None if value is None or former is None else value - former
    return Figure(name=name, value=value, delta=delta)


def _check_lines(facts: DigestFacts) -> Iterable[CheckLine]:
    for check in facts.checks:
        yield CheckLine(
            check_id=check.id, clause=check.clause, judged_count=facts.checks_run.get(check.id, 0)
        )


def _verdict(facts: DigestFacts, tasks: Sequence[Task], fine_count: int) -> Verdict:
    ran = _ran_count(facts)
    return Verdict(
        state=_verdict_state(facts, bool(tasks), ran),
        task_count=len(tasks),
        check_count=len(facts.checks),
        ran_count=ran,
        fine_count=fine_count,
    )


def _verdict_state(facts: DigestFacts, has_tasks: bool, ran_count: int) -> VerdictState:
    if has_tasks:
        return "attention"
    if not ran_count or not facts.group_count:
        return "not_checked"
    if facts.open or facts.new:
        return "in_hand"
    return "clean" if ran_count == len(facts.checks) else "partly_checked"


def _tasks(open_: Sequence[Item], new: Sequence[Item], day: date) -> tuple[Task, ...]:
    """Return what HR has to do today, the most pressing first."""
    events = [item for item in new if not item.lasting]
    by_why: dict[Why, list[Item]] = {}
    for item in (*open_, *events):
        why = why_hr_must_act(item, day)
        if why is not None:
            by_why.setdefault(why, []).append(item)
    tasks = [Task(why=why, bundle=bundle) for why, items in by_why.items() for bundle in bundles(items)]
    return tuple(sorted(tasks, key=_urgency))


def why_hr_must_act(item: Item, day: date) -> Why | None:
    """Return why a finding is on HR's list of the day; None where others are at it."""
    if item.removable:
        return "remove"
    if item.stage == "hr":
        return "escalated"
    if item.actor != "owner":
        return item.actor
    if item.severity == "high" and item.lasting and day - item.first_seen_on > OLD_AFTER:
        return "old"
    return None


def _urgency(task: Task) -> tuple[int, int, str, date, str]:
    first = task.bundle.first
    place = (_SEVERITIES.index(first.severity), _WHYS.index(task.why))
    return (*place, first.check_id, first.first_seen_on, first.group or "")


def _kinds(
    open_: Sequence[Item], new: Sequence[Item], resolved: Sequence[Item], facts: DigestFacts
) -> tuple[KindLine, ...]:
    opened, came, went = (Counter(item.check_id for item in part) for part in (open_, new, resolved))
    clauses = {item.check_id: item.clause for item in (*open_, *new, *resolved)}
    known = [check.id for check in facts.checks]
    order = [*(id_ for id_ in known if id_ in clauses), *(id_ for id_ in clauses if id_ not in known)]
    return tuple(
        KindLine(
            check_id=check_id,
            clause=clauses[check_id],
            open_count=opened[check_id],
            new_count=_known(came[check_id], facts.checks_run.get(check_id, 0)),
            resolved_count=_known(went[check_id], facts.checks_run.get(check_id, 0)),
        )
        for check_id in order
    )


def _departments(
    open_: Sequence[Item], new: Sequence[Item], resolved: Sequence[Item], facts: DigestFacts
) -> tuple[DepartmentLine, ...]:
    opened, came, went = (Counter(item.department_id for item in part) for part in (open_, new, resolved))
    concerned = {item.department_id: item.department for item in (*open_, *new, *resolved)}
    order: list[int | None] = [id_ for id_ in facts.departments if id_ in concerned]
    order += [id_ for id_ in concerned if id_ not in facts.departments and id_ is not None]
    order += [None] if None in concerned else []
    ran_count = _ran_count(facts)
    return tuple(
        DepartmentLine(
            name=concerned[id_],
            open_count=opened[id_],
            new_count=_known(came[id_], ran_count),
            resolved_count=_known(went[id_], ran_count),
        )
        for id_ in order
    )


def _quiet_departments(items: Iterable[Item], facts: DigestFacts) -> int:
    concerned = {item.department_id for item in items}
    if not _ran_count(facts):
        return 0
    return sum(1 for id_ in facts.departments if id_ not in concerned)
