"""Run the checks that a group's policy lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

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


def is_decided(check_id: str, evidence: Mapping[str, Any], company: Company) -> bool:
    """Return whether this round could have found such a finding again, so that its absence means it is over.

    Without a complete directory nobody can say that somebody unknown is an employee after all; that somebody from
    outside is gone can be seen all the same.
    """
    module = all_checks().get(check_id)
    if module is None or company.complete or evidence.get("kind") == "external":
        return True
    return not module.CHECK.needs_directory
