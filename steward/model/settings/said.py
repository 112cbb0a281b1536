"""From a fault by its kind to a problem in words, with its line, what would be right, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from steward.model.settings.cross import Fault
from steward.model.settings.errors import Path, Problem, to_key, to_seen
from steward.model.settings.lines import line_of
from steward.model.settings.schema import closest, homes_of, keys_at
from steward.model.settings.wording import WORDING
from steward.model.words import Words

_NEVER_SHOWN = {
    "extra_forbidden",
    "plain_secret",
    "secret_env_name",
    "url_with_password",
    "url_with_credentials",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the values came from: the file, its lines, and which variable gave which path."""

    file: str
    lines: Mapping[Path, int]
    variables: Mapping[Path, str]

    def variable_of(self, path: Path) -> str | None:
        """Return the variable that gave a path; None where the file did."""
        return next((name for given, name in self.variables.items() if path[: len(given)] == given), None)


def to_problems(faults: Iterable[Fault], source: Source) -> list[Problem]:
    """Return the faults in words; what each branch of a union wanted becomes one problem."""
    merged: dict[tuple[str, Words], Problem] = {}
    for fault in faults:
        problem = _to_problem(fault, source)
        first = merged.setdefault((problem.key, problem.message), problem)
        if first is not problem and first.allowed and problem.allowed and first.allowed != problem.allowed:
            both = Words(
                f"{first.allowed.zh}；或{problem.allowed.zh}", f"{first.allowed.en}; or {problem.allowed.en}"
            )
            merged[problem.key, problem.message] = replace(first, allowed=both)
    return list(merged.values())


def _to_problem(fault: Fault, source: Source) -> Problem:
    """Return a fault in words."""
    variable = source.variable_of(fault.path)
    message, allowed = _wording(fault, source)
    return Problem(
        file=source.file,
        line=None if variable else line_of(source.lines, fault.path),
        variable=variable,
        key=to_key(fault.path),
        message=message,
        seen=None if fault.kind in _NEVER_SHOWN else to_seen(fault.path, fault.value),
        allowed=allowed,
        hint=_hint(fault),
    )


def _wording(fault: Fault, source: Source) -> tuple[Words, Words | None]:
    wording = WORDING.get(fault.kind)
    if wording is None:
        said = str(fault.context.get("said", fault.kind))
        return Words(said, said), None
    message, allowed = _fill(wording.message, fault, source), _allowed(fault)
    if allowed is None and wording.allowed is not None:
        allowed = _fill(wording.allowed, fault, source)
    return message, allowed


def _fill(words: Words, fault: Fault, source: Source) -> Words:
    """Return the words with `{names}` replaced; other braces show TOML and stay."""
    chinese, english = words
    for name, value in fault.context.items():
        chinese, english = (text.replace(f"{{{name}}}", str(value)) for text in (chinese, english))
    if fault.other is not None:
        line = line_of(source.lines, fault.other)
        chinese = chinese.replace("{first}", f"第 {line} 行" if line else to_key(fault.other))
        english = english.replace("{first}", f"line {line}" if line else to_key(fault.other))
    return Words(chinese, english)


def _allowed(fault: Fault) -> Words | None:
    if fault.kind == "extra_forbidden":
        return _listed(keys_at(fault.path[:-1]))
    if fault.kind == "literal_error":
        return _listed(tuple(f'"{word}"' for word in _literals(fault)))
    if fault.kind == "missing":
        keys = tuple(key for key in keys_at(fault.path) if key)
        return _listed(keys) if keys else None
    return None


def _listed(names: tuple[str, ...]) -> Words | None:
    return Words("、".join(names), ", ".join(names)) if names else None


def _literals(fault: Fault) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", str(fault.context.get("expected", ""))))


def _hint(fault: Fault) -> Words | None:
    if fault.kind == "extra_forbidden":
        return _key_hint(str(fault.path[-1]), keys_at(fault.path[:-1]))
    if fault.kind == "literal_error" and isinstance(fault.value, str):
        return _meant(closest(fault.value, _literals(fault)), quoted=True)
    if "known" in fault.context and "value" in fault.context:
        return _meant(
            closest(str(fault.context["value"]), str(fault.context["known"]).split(", ")), quoted=False
        )
    if fault.kind == "timezone":
        return _zone_hint(str(fault.context.get("value", "")))
    return None


def _key_hint(key: str, known: tuple[str, ...]) -> Words | None:
    near = closest(key, known)
    if near is not None:
        return _meant(near, quoted=False)
    homes = homes_of(key)
    if not homes:
        return None
    # A line below another section's header belongs to that section: the commonest slip of who does not know TOML.
    listed = Words("、".join(homes), ", ".join(homes))
    return Words(
        f"这个键属于 {listed.zh}，请移到那一节下面",
        f"this key belongs to {listed.en}; move it below that header",
    )


def _zone_hint(value: str) -> Words | None:
    from zoneinfo import available_timezones  # reads the zone data: only for who misspelt one

    return _meant(closest(value, available_timezones()), quoted=True)


def _meant(word: str | None, *, quoted: bool) -> Words | None:
    if word is None:
        return None
    shown = f'"{word}"' if quoted else word
    return Words(f"是不是 {shown}？", f"did you mean {shown}?")
