"""The daily digest to HR: gather, build, word, archive and queue it. Once a day, however often it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import Connection

from jobs import JobContext
from reports.daily_digest import DigestFacts, Figures, Report, build, to_html, to_message
from reports.digest.data import to_data
from reports.digest.mail import FORMER, to_mail
from reports.digest.notice import to_notice
from reports.excel import to_xlsx
from reports.words import N_, translations
from steward.checks import all_checks
from steward.checks.blind_spots import Sight, find_blind_spots
from steward.checks.members.stale_data import HANDED_IN
from steward.checks.params import build_params
from steward.clock.periods import day_period
from steward.delivery.body import LIMIT_BYTES
from steward.delivery.email_pictures import can_draw_chinese, to_png
from steward.engine.job import Job, Stage, StepArgs
from steward.model.delivery import Channel, Delivery
from steward.model.run import Counts
from steward.model.source import BlindSpot
from steward.store.findings import load_found_between, load_open, load_resolved_between
from steward.store.groups import count_groups, count_members, count_unreadable, oldest_roster_at
from steward.store.observations import ObservationSums, load_observation_sums
from steward.store.outbox import load_undelivered_since
from steward.store.reports import (
    ArchivedReport,
    insert_report,
    load_last_report,
    load_report,
    load_reports_before,
)
from steward.store.runs import load_failed_since

NAME: Final = "daily_digest"
FIRST_WINDOW: Final = timedelta(days=1)


def write_digest(context: JobContext, _: StepArgs) -> Counts:
    """Write today's digest, unless it was written before."""
    with context.database.read() as connection:
        if load_report(connection, NAME, context.today.isoformat()) is not None:
            return {}
        report = build(_gather(context, connection))
    html, xlsx = _write_files(context, report)
    deliveries = [*_deliveries(context, report, (html, xlsx)), *_other_channels(context, report, xlsx)]
    with context.database.begin() as connection:
        new = insert_report(
            connection,
            name=NAME,
            period_key=context.today.isoformat(),
            as_of=context.as_of,
            built_at=context.as_of,
            figures=report.current.to_json(),
            message=to_message(report),
            html_path=str(html),
            xlsx_path=str(xlsx),
        )
        if new is None:
            return {}
        queued = context.gate.enqueue(connection, deliveries, now=context.as_of)
    return {"reports": 1, "messages": queued}


def _gather(context: JobContext, connection: Connection) -> DigestFacts:
    last = load_last_report(connection, NAME, before=context.today.isoformat())
    since = last.as_of if last else context.as_of - FIRST_WINDOW
    sums = load_observation_sums(connection, since=day_period(context.today, context.zone).starts_at)
    by_kind = count_groups(connection)
    return DigestFacts(
        company_name=context.settings.company.name,
        day=context.today,
        day_words=_day_words(context),
        built_at=context.as_of,
        zone=context.zone,
        lang=context.lang,
        data_as_of=_data_as_of(context, connection),
        group_count=sum(by_kind.values()),
        member_count=count_members(connection),
        groups_by_kind=by_kind,
        open=load_open(connection),
        new=load_found_between(connection, since, context.as_of),
        resolved=load_resolved_between(connection, since, context.as_of),
        checks=[module.CHECK for module in all_checks().values()],
        checks_run=sums.checks_run,
        blind_spots=_blind_spots(context, connection, sums, since),
        departments=context.names.departments,
        employees=context.names.employees,
        console_url=context.console_url,
        **_previous(last),
    )


def _previous(last: ArchivedReport | None) -> dict[str, Any]:
    if last is None:
        return {"previous": None, "previous_day": None}
    day = datetime.fromisoformat(last.period_key).date()
    return {"previous": Figures.from_json(last.figures), "previous_day": day}


def _day_words(context: JobContext) -> str:
    kind = context.working_days.kind_of(context.today)
    say = translations(context.lang).gettext
    if kind.make_up:
        return say(N_("补班"))
    return "" if kind.working else say(kind.name or N_("休息日"))


def _data_as_of(context: JobContext, connection: Connection) -> datetime | None:
    # What owners hand in has an age of its own and a check of its own.
    sources = [
        source.good_at
        for source in context.sources(connection)
        if source.good_at is not None and not source.name.startswith(HANDED_IN)
    ]
    roster_at = oldest_roster_at(connection)
    return min([*sources, roster_at]) if roster_at else None


def _blind_spots(
    context: JobContext, connection: Connection, sums: ObservationSums, since: datetime
) -> list[BlindSpot]:
    troubled = load_undelivered_since(connection, since)
    sources = context.sources(connection)
    params = build_params(context.settings, sources, context.as_of)
    sight = Sight(
        company=context.company(),
        sources=sources,
        groups_blind=sums.groups_blind,
        unreadable=count_unreadable(connection),
        dead=[(row.topic, row.detail) for row in troubled if row.status != "unknown"],
        unknown=[(row.topic, row.detail) for row in troubled if row.status == "unknown"],
        failed_runs=load_failed_since(connection, since),
        now=context.as_of,
        today=context.today,
        source_stale_after=params["work"].source_stale_after,
    )
    return find_blind_spots(sight, context.working_days)


def _write_files(context: JobContext, report: Report) -> tuple[PurePosixPath, PurePosixPath]:
    folder = PurePosixPath("reports") / context.today.isoformat()
    html = folder / f"群管日报_{context.today.isoformat()}.html"
    xlsx = html.with_suffix(".xlsx")
    (context.files / folder).mkdir(parents=True, exist_ok=True)
    (context.files / html).write_text(to_html(report), encoding="utf8")
    (context.files / xlsx).write_bytes(to_xlsx(report))
    return html, xlsx


def _deliveries(
    context: JobContext, report: Report, files: tuple[PurePosixPath, PurePosixPath]
) -> Iterator[Delivery]:
    for channel, recipient in _recipients(context):
        bodies: dict[str, Mapping[str, Any]] = {
            "message": {
                "msgtype": "markdown",
                "markdown": {"content": to_message(report, LIMIT_BYTES[channel])},
            }
        }
        for file in files:
            named = {"path": str(file), "filename": file.name}
            bodies[file.suffix.lstrip(".")] = {"msgtype": "file", "file": named}
        for number, (part, body) in enumerate(bodies.items()):
            yield Delivery(
                idempotency_key=f"{NAME}:{context.today}:{channel}:{recipient}:{part}",
                channel=channel,
                recipient=recipient,
                body=body,
                topic=NAME,
                short=_short(context, report) if part == "message" else None,
                priority=50 + number,
                expires_at=day_period(context.today, context.zone).ends_at,
            )


def _other_channels(context: JobContext, report: Report, xlsx: PurePosixPath) -> Iterator[Delivery]:
    """Yield the digest for each mail address and each system of the company's own.

    One mail for each address: one that is put off or refused delays and doubles nobody else's.
    """
    hr = context.settings.people.hr
    if hr.emails:
        mail = _mail(context, report, xlsx)
        for address in hr.emails:
            yield _delivery(context, "email", address, mail)
    for name in hr.webhooks:
        text = to_message(report, LIMIT_BYTES["bot"])
        yield _delivery(context, "webhook", name, {"text": text, "data": to_data(report)})


def _delivery(context: JobContext, channel: Channel, recipient: str, body: Mapping[str, Any]) -> Delivery:
    return Delivery(
        idempotency_key=f"{NAME}:{context.today}:{channel}:{recipient}",
        channel=channel,
        recipient=recipient,
        body=body,
        topic=NAME,
        expires_at=day_period(context.today, context.zone).ends_at,
    )


def _mail(context: JobContext, report: Report, xlsx: PurePosixPath) -> dict[str, Any]:
    with context.database.read() as connection:
        former = load_reports_before(connection, NAME, context.today.isoformat(), limit=FORMER)
    figures = [(date.fromisoformat(one.period_key), Figures.from_json(one.figures)) for one in former]
    mail = to_mail(report, figures, with_pictures=can_draw_chinese())
    inline = []
    for picture in mail.pictures:
        path = xlsx.parent / f"{picture.name}.png"
        (context.files / path).write_bytes(to_png(picture.svg))
        inline.append({"cid": picture.cid, "path": str(path)})
    attached = {"path": str(xlsx), "filename": xlsx.name}
    return {
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "inline": inline,
        "attachments": [attached],
    }


def _short(context: JobContext, report: Report) -> str:
    return to_notice(report, context.gate.policy.own_post_max_characters)


def _recipients(context: JobContext) -> Iterator[tuple[Channel, str]]:
    hr = context.settings.people.hr
    if hr.users:
        yield "app", "|".join(hr.users)
    if hr.bot:
        yield "bot", hr.bot


JOB = Job(name=NAME, stages=(Stage(work=write_digest),))
