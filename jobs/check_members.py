"""The daily member check [C6]: judge every group, keep what was found, tell those who can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import Connection

from jobs import JobContext
from reports import head_reminder, owner_tasks
from reports.asks import Ask
from steward.checks.assignment import Assigner
from steward.checks.judge import Subject, is_decided, judge, judge_company, undecided
from steward.checks.observable import observe
from steward.checks.params import Params, build_params
from steward.checks.telling import decide_telling
from steward.delivery.recheck import Drop, Keep, Replace, Verdict
from steward.engine.job import Job, Stage, StepArgs
from steward.model.delivery import Delivery
from steward.model.directory import Company
from steward.model.finding import Finding, TrackedFinding
from steward.model.group import GroupFacts, PolicyName
from steward.model.run import Counts
from steward.store.findings import load_by_ids, load_open, reconcile, set_stage
from steward.store.groups import load_group_ids, load_groups, stream_group_facts
from steward.store.memberships import mark_judged
from steward.store.observations import save_observations
from steward.store.outbox import OutboxRow
from steward.store.registry import load_registry

STEP: Final = 500
DEADLINE: Final = time(18, 0)
LOOK_BACK: Final = timedelta(days=14)
"""A departure nobody could judge for so long (no directory) is not brought up any more."""


def split_groups(_: JobContext, connection: Connection) -> Sequence[StepArgs]:
    """Split the groups into steps."""
    chat_ids = load_group_ids(connection)
    return [{"chat_ids": chat_ids[at : at + STEP]} for at in range(0, len(chat_ids), STEP)]


def judge_groups(context: JobContext, args: StepArgs) -> Counts:
    """Judge the groups of one step and bring the findings in line, all in one transaction."""
    company = context.company()
    found: list[Finding] = []
    seen: list[dict[str, Any]] = []
    judged_events: list[int] = []
    open_questions: set[Subject] = set()
    with context.database.read() as connection:
        params = build_params(context.settings, context.sources(connection), context.as_of)
        for facts in _facts(context, connection, args["chat_ids"]):
            found += judge(facts, company, params)
            seen.append(_observation(facts, company, params))
            open_questions |= undecided(facts, company, params)
            judged_events += [departure.event_id for departure in facts.departures]
    with context.database.begin() as connection:
        counts = reconcile(
            connection,
            found,
            judged=partial(is_decided, company=company, open_questions=open_questions),
            chat_ids=args["chat_ids"],
            now=context.as_of,
        )
        save_observations(connection, seen, now=context.as_of)
        if company.complete:
            mark_judged(connection, judged_events, now=context.as_of)
    return {"groups": len(seen), **counts}


def _facts(context: JobContext, connection: Connection, chat_ids: Sequence[str]) -> Iterable[GroupFacts]:
    assigner = Assigner(context.settings.groups, load_registry(connection), context.company())
    assigned = ((group, assigner.assign(group)) for group in load_groups(connection, chat_ids))
    return stream_group_facts(connection, assigned, since=context.as_of - LOOK_BACK, zone=context.zone)


def _observation(
    facts: GroupFacts, company: Company, params_by_policy: Mapping[PolicyName, Params]
) -> dict[str, Any]:
    params = params_by_policy[facts.assignment.policy]
    counts = asdict(observe(facts, company, params))
    del counts["members"]
    return {
        "chat_id": facts.group.chat_id,
        "checks": list(params.checks) if facts.members is not None else ["unfiled_group"],
        "not_observable": {name: count for name, count in counts.items() if count},
    }


def judge_whole_company(context: JobContext, _: StepArgs) -> Counts:
    """Judge what concerns no single group."""
    with context.database.begin() as connection:
        sources = context.sources(connection)
        params = build_params(context.settings, sources, context.as_of)
        found = judge_company(context.company(), sources, params)
        return reconcile(
            connection,
            found,
            judged=partial(is_decided, company=context.company()),
            chat_ids=None,
            now=context.as_of,
        )


def on_working_days(context: JobContext, _: Connection) -> Sequence[StepArgs]:
    """Leave people alone on days off: what is open is told on the next working day."""
    return [{}] if context.working_days.is_working(context.today) else []


def tell(context: JobContext, _: StepArgs) -> Counts:
    """Queue one message to each owner and head, and note who was told, in one transaction."""
    with context.database.begin() as connection:
        telling = decide_telling(
            load_open(connection),
            context.company(),
            now=context.as_of,
            working_days=context.working_days,
            zone=context.zone,
            escalation=context.settings.escalation,
        )
        owners = _tell_each(context, connection, telling.owners, "owner")
        heads = _tell_each(context, connection, telling.heads, "head")
        set_stage(connection, telling.to_hr, "hr", now=context.as_of)
    return {"owners_told": owners, "heads_told": heads, "passed_to_hr": len(telling.to_hr)}


def _tell_each(
    context: JobContext,
    connection: Connection,
    people: dict[str, list[TrackedFinding]],
    stage: Literal["owner", "head"],
) -> int:
    told = 0
    common = _common(context) if people else {}
    for userid, findings in people.items():
        ask = (_owner_ask if stage == "owner" else _head_ask)(context, common, userid, findings)
        if ask is None:
            continue
        # Who was written to today hears of the rest another day: only what was queued counts as told.
        if not context.gate.enqueue(connection, [_delivery(context, userid, stage, ask)], now=context.as_of):
            continue
        told += 1
        news = {tracked.id for tracked in findings if tracked.stage != stage}
        set_stage(connection, [i for i in ask.finding_ids if i in news], stage, now=context.as_of)
    return told


def _common(context: JobContext) -> dict[str, Any]:
    """Return what the messages of a round have in common, worked out once for all of them."""
    names = context.names
    return {
        "deadline_at": _deadline(context),
        "now": context.as_of,
        "zone": context.zone,
        "lang": context.lang,
        "employees": names.employees,
        "departments": names.departments,
        "ask_at_most": context.settings.nickname.ask_at_most,
    }


def _owner_ask(
    context: JobContext, common: Mapping[str, Any], userid: str, findings: Sequence[TrackedFinding]
) -> Ask | None:
    facts = owner_tasks.OwnerFacts(
        owner_userid=userid, findings=findings, console_url=context.console_url, **common
    )
    return owner_tasks.build(facts)


def _head_ask(
    _: JobContext, common: Mapping[str, Any], userid: str, findings: Sequence[TrackedFinding]
) -> Ask | None:
    departments = {tracked.finding.department_id for tracked in findings}
    only = departments.pop() if len(departments) == 1 else None
    facts = head_reminder.HeadFacts(
        head_userid=userid, findings=findings, department_name=common["departments"].get(only), **common
    )
    return head_reminder.build(facts)


def _deadline(context: JobContext) -> datetime:
    day = context.working_days.next(context.today)
    return datetime.combine(day, DEADLINE, tzinfo=context.zone)


def _delivery(context: JobContext, userid: str, stage: Literal["owner", "head"], ask: Ask) -> Delivery:
    topic = "owner_tasks" if stage == "owner" else "head_reminder"
    begins = datetime.combine(context.today, context.settings.delivery.owner_tasks_from, tzinfo=context.zone)
    return Delivery(
        idempotency_key=f"{topic}:{context.today}:{userid}",
        channel="app",
        recipient=userid,
        body=_body(ask),
        topic=topic,
        priority=20,
        not_before_at=begins,
        expires_at=_deadline(context),
        about={"finding_ids": list(ask.finding_ids)},
    )


def _body(ask: Ask) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": ask.text}}


def recheck_ask(context: JobContext, connection: Connection, row: OutboxRow) -> Verdict:
    """Look whether what somebody is to be asked is still to be done; what was done since is left out."""
    ids = (row.about or {})["finding_ids"]
    known = load_by_ids(connection, ids)
    left = [known[i] for i in ids if i in known and known[i].resolved_at is None]
    if len(left) == len(ids):
        return Keep()
    common = {**_common(context), "deadline_at": row.expires_at or _deadline(context)}
    build = _owner_ask if row.topic == "owner_tasks" else _head_ask
    ask = build(context, common, row.recipient, left)
    if ask is None:
        return Drop(why=f"{len(ids)} 件事都已处理，不再发送")
    return Replace(body=_body(ask))


RECHECKS: Final = {"owner_tasks": recheck_ask, "head_reminder": recheck_ask}

JOB = Job(
    name="check_members",
    stages=(
        Stage(split=split_groups, work=judge_groups),
        Stage(work=judge_whole_company),
        Stage(split=on_working_days, work=tell),
    ),
)
