"""Run the checks that a group's policy lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from steward.checks import all_checks
from steward.checks.params import Params
from steward.model.directory import Company
from steward.model.finding import Finding
from steward.model.group import GroupFacts, PolicyName
from steward.model.source import SourceState

GroupRun = Callable[[GroupFacts, Company, Params], Iterator[Finding]]


def judge(
    facts: GroupFacts, company: Company, params_by_policy: Mapping[PolicyName, Params]
) -> list[Finding]:
    """Return what is to be said of one group, in the order of the checks; nothing of a group that is gone.

    A group that cannot be read at the moment is judged by its last good roster.
    """
    if facts.group.status == "gone":
        return []
    params = params_by_policy[facts.assignment.policy]
    return [finding for run in _group_runs(params.checks) for finding in run(facts, company, params)]


def judge_company(
    company: Company, sources: Sequence[SourceState], params_by_policy: Mapping[PolicyName, Params]
) -> list[Finding]:
    """Return what is to be said of the company as a whole: each check that any policy lists, once."""
    findings: list[Finding] = []
    for check_id, module in all_checks().items():
        params = [params for params in params_by_policy.values() if check_id in params.checks]
        if module.CHECK.scope == "company" and params:
            findings.extend(module.run(company, sources, params[0]))
    return findings


@lru_cache(maxsize=16)
def _group_runs(listed: tuple[str, ...]) -> tuple[GroupRun, ...]:
    modules = [module for check_id, module in all_checks().items() if check_id in listed]
    runs = (
        module.run if module.CHECK.scope == "group" else getattr(module, "run_group", None)
        for module in modules
    )
    return tuple(run for run in runs if run is not None)


Subject = tuple[str, str | None, str]
"""Check id, chat id, subject id."""


def undecided(
    facts: GroupFacts, company: Company, params_by_policy: Mapping[PolicyName, Params]
) -> set[Subject]:
    """Return of whom a check of the group can say neither yes nor no today.

    A check tells by an `undecided` of its own, which gives subject ids; most have none.
    """
    params = params_by_policy[facts.assignment.policy]
    return {
        (check_id, facts.group.chat_id, subject)
        for check_id in params.checks
        if (of_check := getattr(all_checks()[check_id], "undecided", None)) is not None
        for subject in of_check(facts, company, params)
    }


def is_decided(finding: Finding, company: Company, open_questions: Collection[Subject] = ()) -> bool:
    """Return whether this round could have found the finding again, so that its absence means it is over.

    Without a complete directory nobody can say that somebody unknown is an employee after all; that somebody from
    outside is gone can be seen all the same.

    Args:
        open_questions: as `undecided` gives them.
    """
    if (finding.check_id, finding.chat_id, finding.subject_id) in open_questions:
        return False
    module = all_checks().get(finding.check_id)
    if module is None or company.complete or finding.evidence.get("kind") == "external":
        return True
    return not module.CHECK.needs_directory
