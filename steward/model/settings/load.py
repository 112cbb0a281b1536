"""From the text of settings.toml to `Settings`, or to everything that is wrong with it. Touches no file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from steward.model.settings.cross import Fault, cross_faults
from steward.model.settings.errors import Path, SettingsError
from steward.model.settings.lines import index_lines
from steward.model.settings.overrides import lay_over
from steward.model.settings.root import Settings
from steward.model.settings.said import Source, to_problems
from steward.model.settings.syntax import decode_settings, read_toml

__all__ = ["SettingsError", "decode_settings", "parse_settings"]

Judge = Callable[[Mapping[str, Any]], Iterable[Fault]]
_NO_ENVIRONMENT: Mapping[str, str] = {}


def parse_settings(
    text: str,
    *,
    file: str,
    env: Mapping[str, str] = _NO_ENVIRONMENT,
    checks: Collection[str] | None = None,
    judge: Judge | None = None,
) -> Settings:
    """Return the settings a text holds.

    Args:
        text: the whole of settings.toml.
        file: what to call it in an error: its path as the admin knows it.
        env: the environment, for STEWARD__SECTION__KEY variables; secrets are not read here.
        checks: the ids of the checks there are; None: every id a policy names is taken.
        judge: finds faults in the raw settings that need knowledge from further up, such as of cron.

    Raises:
        SettingsError: with every fault at once, or with the first fault of TOML's own syntax.
    """
    text = text.removeprefix("\ufeff")
    raw = read_toml(text, file=file)
    laid = lay_over(raw, env, file=file)
    as_text = {path: env[name] for path, name in laid.variables.items()}
    settings, faults = _validate(_mend_text(laid.raw, as_text), checks, judge)
    if settings is None or faults or laid.problems:
        source = Source(file=file, lines=index_lines(text), variables=laid.variables)
        raise SettingsError([*laid.problems, *to_problems(faults, source)])
    return settings


def _mend_text(raw: dict[str, Any], as_text: Mapping[Path, str]) -> dict[str, Any]:
    """Return the raw settings where variables that must be text are text, even if they look like a number."""
    if not as_text:
        return raw
    for fault in _validate(raw)[1]:
        if fault.kind == "string_type" and fault.path in as_text:
            table = raw
            for key in fault.path[:-1]:
                table = table[str(key)]
            table[str(fault.path[-1])] = as_text[fault.path]
    return raw


def _validate(
    raw: Mapping[str, Any], checks: Collection[str] | None = None, judge: Judge | None = None
) -> tuple[Settings | None, list[Fault]]:
    settings: Settings | None = None
    errors: list[ErrorDetails] = []
    try:
        settings = Settings.model_validate(raw, context={"checks": checks} if checks else None)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    found = [*cross_faults(raw), *(_to_fault(raw, error) for error in errors)]
    return settings, list(_once([*found, *(judge(raw) if judge else ())], raw))


def _to_fault(raw: Mapping[str, Any], error: ErrorDetails) -> Fault:
    context = {**error.get("ctx", {}), "said": error["msg"]}
    value = None if error["type"] == "missing" else error["input"]
    path = to_path(raw, error["loc"], absent=error["type"] == "missing")
    return Fault(path, error["type"], context, value)


def to_path(raw: Any, loc: Iterable[str | int], *, absent: bool = False) -> Path:
    """Return where an error stands in the text, without pydantic's own marks in between (union branches).

    `absent`: the last part is a key that should be there and is not.
    """
    path: Path = ()
    parts = list(loc)
    for place, part in enumerate(parts):
        if _holds(raw, part):
            raw, path = raw[part], (*path, part)
        elif absent and place == len(parts) - 1 and isinstance(part, str):
            path = (*path, part)
    return path


def _holds(raw: object, part: str | int) -> bool:
    if isinstance(raw, Mapping):
        return part in raw
    return isinstance(raw, list) and isinstance(part, int) and part < len(raw)


def _once(faults: list[Fault], raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield each fault once: a section's own check and `cross` may both have found it, a union tries each branch."""
    told: list[Fault] = []
    for fault in faults:
        if any(_same(fault, other) for other in told) or _is_other_branch(fault, faults, raw):
            continue
        told.append(fault)
        yield fault


def _same(fault: Fault, other: Fault) -> bool:
    return fault.kind == other.kind and other.path[: len(fault.path)] == fault.path


def _is_other_branch(fault: Fault, faults: list[Fault], raw: Any) -> bool:
    """Tell whether a fault only says that a value is no text, where it was written as a table that has faults."""
    if fault.kind != "string_type" or not isinstance(fault.value, Mapping):
        return False
    return any(f is not fault and f.path[: len(fault.path)] == fault.path for f in faults)
