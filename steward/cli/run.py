"""`run JOB`: one run of one job, now."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from steward.cli.start import (
    FAILED,
    NOTHING,
    OK,
    PARTLY,
    USAGE,
    by_option,
    complain,
    json_option,
    open_house,
    settings_option,
)
from steward.cli.words import LANGUAGE, _

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
@click.option("--no-wait", is_flag=True, help=_("serve 正在运行时交给它就返回，不等结果"))
@by_option
@json_option
@settings_option
def run(
    job: str, as_of: str | None, dry_run: bool, no_wait: bool, by: str, as_json: bool, settings_path: Path
) -> None:
    from steward.cli.hand_over import hand_over
    from steward.cli.log import set_up_logging
    from steward.engine.process_lock import AlreadyRunning, ProcessLock

    set_up_logging(quiet=True)
    with open_house(settings_path) as house, ExitStack() as stack:
        moment = _moment(as_of, house)
        if job not in house.workshop.jobs:
            complain(unknown_job(job, house.workshop.jobs), USAGE)
        try:
            stack.enter_context(ProcessLock(house.database.path))
        except AlreadyRunning:
            if dry_run:
                raise
            _end(hand_over(house, job, moment, by=by, wait=not no_wait), as_json)
        if dry_run:
            _rehearse(house, job, moment, stack)
            return
        finished = run_job(house, job, moment, by=by)
        stack.close()
        _end(finished, as_json)


def _end(finished: Run, as_json: bool) -> NoReturn:
    _show(finished, as_json)
    raise SystemExit(EXIT_CODES.get(finished.state, OK))


def unknown_job(job: str, known: Iterable[str]) -> str:
    """Return the sentence about a job that does not exist, with the one that was probably meant."""
    close = get_close_matches(job, list(known), n=1)
    hint = _("；是不是 {name}？").format(name=close[0]) if close else ""
    return _("没有任务 {job}；可用：{known}").format(job=job, known="、".join(known)) + hint


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


def run_job(
    house: House, job: str, as_of: datetime, *, slot: str | None = None, by: str | None = None
) -> Run:
    """Finish what an interrupted run of the job left open, then run it once.

    Raises:
        LookupError: that slot was run before, or another process is at a run of the job.
    """
    from steward.engine.runs import start_run
    from steward.store import outbox
    from steward.store.runs import MANUAL, load_run, load_running
    from steward.store.steps import release_every_claim

    with house.database.begin() as connection:
        if house.database.is_sqlite:
            # We hold the only process lock: whoever was at work is dead. On PostgreSQL the leases have to run out.
            outbox.lapse_all(connection, now=house.now())
            release_every_claim(connection)
        unfinished = load_running(connection, job)
    for left in unfinished:
        _finish_left(house, left)
    key = slot or f"{MANUAL}{house.now().isoformat()}"
    run_id = start_run(house.workshop, house.workshop.jobs[job], key, as_of=as_of, by=by)
    if run_id is None:
        raise LookupError(why_not(house, job, key))
    _work_off(house, run_id)
    with house.database.read() as connection:
        finished = load_run(connection, run_id)
    if finished is None:
        raise LookupError(f"run {run_id} vanished")
    return finished


def _finish_left(house: House, left: Run) -> None:
    from steward.store.steps import count_steps

    with house.database.read() as connection:
        _closed, _known, in_hand = count_steps(connection, left.id, now=house.now())
    if in_hand:
        raise LookupError(why_not(house, left.job, left.slot))
    _work_off(house, left.id)


def why_not(house: House, job: str, slot: str) -> str:
    """Return why a run was not opened: one is under way, or that slot has its run."""
    from steward.clock.wording import duration_words
    from steward.store.runs import load_run_of_slot, load_running

    with house.database.read() as connection:
        running = load_running(connection, job)
        has_row = load_run_of_slot(connection, job, slot) is not None
    if not running or (has_row and running[0].slot != slot):
        return _("{job} 的 {slot} 已经运行过").format(job=job, slot=slot)
    since = duration_words(house.now() - running[0].started_at, LANGUAGE)
    text = _("{job} 正在运行（第 {id} 次，已 {since}）：同一个任务不会同时运行两次，请等它结束再运行")
    return text.format(job=job, id=running[0].id, since=since)


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
