"""What is worth saying: one file, one check. Pure: facts go in, findings come out, `now` is passed in.

A module in one of the folders here is a check when it has `CHECK: Check` and `run`; there is no list to edit.
What `run` takes follows from its scope:

- group: `run(facts: GroupFacts, company: Company, params: Params) -> Iterator[Finding]`
- company: `run(company: Company, sources: Sequence[SourceState], params: Params) -> Iterator[Finding]`; such a
  module may also have `run_group`, with the signature of a group check, for the part that is seen group by group.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from steward.model.finding import Check
from steward.model.group import PolicyName
from steward.model.settings.policies import Policy

_SEVERITIES = ("high", "medium", "low")


@cache
def all_checks() -> Mapping[str, ModuleType]:
    """Return every check by its id, the gravest first, then by id.

    Raises:
        TypeError: a module in a check folder has no `run`, no `CHECK`, or one whose id is not its file's name.
    """
    modules = {module.CHECK.id: module for module in _modules()}
    order = sorted(modules, key=lambda name: (_SEVERITIES.index(modules[name].CHECK.severity), name))
    return {name: modules[name] for name in order}


def checks_of(name: PolicyName, policy: Policy) -> tuple[str, ...]:
    """Return the checks that run under a policy: the admin's list, else those made for it, the gravest first."""
    listed = policy.checks
    return tuple(
        check_id
        for check_id, module in all_checks().items()
        if (check_id in listed if listed is not None else name in module.CHECK.policies)
    )


def _modules() -> Iterator[ModuleType]:
    for folder in pkgutil.iter_modules(__path__, f"{__name__}."):
        if folder.ispkg:
            package = importlib.import_module(folder.name)
            for found in pkgutil.iter_modules(package.__path__, f"{folder.name}."):
                yield _checked(importlib.import_module(found.name))


def _checked(module: ModuleType) -> ModuleType:
    check = getattr(module, "CHECK", None)
    if not isinstance(check, Check) or not callable(getattr(module, "run", None)):
        raise TypeError(
            f"{module.__name__} is no check: it needs CHECK = Check(...) and run(...); see steward.checks"
        )
    if check.id != module.__name__.rpartition(".")[2]:
        raise TypeError(
            f'{module.__name__}: CHECK.id is "{check.id}"; name the file or the id after the other'
        )
    return module
