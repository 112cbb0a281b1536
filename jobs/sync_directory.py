"""Pull the company's directory. A refused right does not stop the round; the last good directory stays in force."""

from __future__ import annotations

import structlog

from jobs import JobContext
from steward.engine.job import Job, Permanent, Stage, StepArgs
from steward.model.run import Counts
from steward.store.directory import apply_directory
from steward.store.sources import save_sources
from steward.wecom.directory import DirectoryPull, pull_directory

log = structlog.get_logger()


def pull_and_keep(context: JobContext, _: StepArgs) -> Counts:
    """Pull everything that may be seen and make it the directory in force, whole."""
    pull = pull_directory(context.wecom, context.as_of)
    with context.database.begin() as connection:
        save_sources(connection, pull.sources)
        applied = apply_directory(connection, pull.snapshot) if pull.snapshot else {}
    for problem in pull.problems:
        # What could not be read makes the directory partial, and the digest says so.
        log.warning(f"通讯录读取不完整：{problem}", action="directory_incomplete")
    if pull.snapshot is None:
        raise _nothing_seen(pull)
    return {
        **applied,
        "failed_sources": sum(source.detail is not None for source in pull.sources),
    }


def _nothing_seen(pull: DirectoryPull) -> Permanent:
    refused = [source for source in pull.sources if source.detail]
    text = "；".join(f"{source.detail}" for source in refused) or "企业微信没有返回任何部门或成员"
    return Permanent(text, remedy=next((source.remedy for source in refused if source.remedy), None))


JOB = Job(name="sync_directory", stages=(Stage(work=pull_and_keep, parallel=True),))
