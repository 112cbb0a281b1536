"""`run JOB`: one run of one job, now."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steward.cli.start import (
    FAILED,
    NOTHING,
    OK,
    PARTLY,
    USAGE,
    complain,
    json_option,
    open_house,
    settings_option,
)
from steward.cli.words import _

if TYPE_CHECKING:
    from steward.cli.house import House
    from steward.model.run import Run

EXIT_CODES = {"ok": OK, "nothing": NOTHING, "partial": PARTLY, "failed": FAILED}


@click.command(
    help=_(
        "立即运行一个任务：sync_directory、sync_groups、check_members、daily_digest、deliver、housekeeping"
    )
)
@click.argument("job")
@click.option("--as-of", help=_("按这一天（2026-11-20）或这一刻（2026-11-20T08:37）运行；默认现在"))
@click.option("--dry-run", is_flag=True, help=_("只演练：打印会发给谁、发什么，不保存、不发送"))
@json_option
@settings_option
def run(job: str, as_of: str | None, dry_run: bool, as_json: bool, settings_path: Path) -> None:
    from steward.cli.log import set_up_logging
    from steward.engine.embedded import ProcessLock

    set_up_logging(quiet=True)
    with open_house(settings_path) as house, ExitStack() as stack:
        moment = _moment(as_of, house)
        if job not in house.workshop.jobs:
            known = "、".join(house.workshop.jobs)
            complain(_("没有任务 {job}；可用：{known}").format(job=job, known=known), USAGE)
        stack.enter_context(ProcessLock(house.database.path))
        if dry_run:
            _rehearse(house, job, moment, stack)
            return
        finished = run_job(house, job, moment)
        _show(finished, as_json)
        stack.close()
        raise SystemExit(EXIT_CODES[finished.state])


def _moment(as_of: str | None, house: House) -> datetime:
    if as_of is None:
        return house.now()
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        complain(
            _("--as-of 请写成 2026-11-20 或 2026-11-20T08:37，收到的是 {seen}").format(seen=as_of), USAGE
        )
    if len(as_of) == len("2026-11-20"):
        moment = datetime.combine(moment.date(), house.now().astimezone(house.zone).time())
    return moment.replace(tzinfo=house.zone) if moment.tzinfo is None else moment


def run_job(house: House, job: str, as_of: datetime, *, slot: str | None = None) -> Run:
    """Finish what an interrupted run of the job left open, then run it once."""
    from steward.engine.runs import start_run
    from steward.store import outbox
    from steward.store.runs import load_run, load_running

    with house.database.begin() as connection:
        if house.database.is_sqlite:
            # We hold the only process lock: whoever was sending is dead. On PostgreSQL the lease has to run out.
            outbox.lapse_all(connection, now=house.now())
        unfinished = load_running(connection, job)
    for left in unfinished:
        _work_off(house, left.id)
    key = slot or f"manual {house.now().isoformat()}"
    run_id = start_run(house.workshop, house.workshop.jobs[job], key, as_of=as_of)
    if run_id is None:
        raise LookupError(_("{job} 的 {slot} 已经运行过").format(job=job, slot=key))
    _work_off(house, run_id)
    with house.database.read() as connection:
        finished = load_run(connection, run_id)
    if finished is None:
        raise LookupError(f"run {run_id} vanished")
    return finished


def _work_off(house: House, run_id: int) -> None:
    from steward.cli.progress import progress

    with progress() as on_step:
        house.engine.work_off(run_id, on_step=on_step)


def _show(finished: Run, as_json: bool) -> None:
    import json

    if as_json:
        click.echo(
            json.dumps(
                {
                    "job": finished.job,
                    "slot": finished.slot,
                    "state": finished.state,
                    "counts": dict(finished.counts),
                    "error": finished.error,
                },
                ensure_ascii=False,
            )
        )
        return
    from steward.cli.terms import RUN_STATES, count_words

    counts = count_words(finished.counts)
    click.echo(f"{finished.job}：{RUN_STATES[finished.state]}" + (f"（{counts}）" if counts else ""))
    if finished.error:
        click.echo(finished.error, err=True)


def _rehearse(house: House, job: str, as_of: datetime, stack: ExitStack) -> None:
    from dataclasses import replace

    from steward.cli.rehearsal import PrintingSender, print_deliveries
    from steward.store.database import Rehearsal

    stage = Rehearsal(house.database)
    stack.callback(stage.close)
    files = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    rehearsing = replace(house, database=stage, files=files, sender=PrintingSender(), threads=1)
    from steward.store.outbox import load_outbox

    with stage.read() as connection:
        before = {row.id for row in load_outbox(connection, limit=1_000_000)}
    finished = run_job(rehearsing, job, as_of)
    _show(finished, as_json=False)
    with stage.read() as connection:
        queued = [row for row in load_outbox(connection, limit=1_000_000) if row.id not in before]
    print_deliveries(reversed(queued), house.zone)
