"""STEWARD__SECTION__KEY=value: single values given by the environment, over what the file says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from steward.model.settings.errors import Path, Problem
from steward.model.settings.wording import WORDING

PREFIX = "STEWARD__"


class Overridden(NamedTuple):
    """The raw settings with the environment laid over them, and which variable gave which path."""

    raw: dict[str, Any]
    variables: Mapping[Path, str]
    problems: tuple[Problem, ...]


def lay_over(raw: Mapping[str, Any], env: Mapping[str, str], *, file: str) -> Overridden:
    """Return the settings with every STEWARD__… variable applied; the file's own are left as they are.

    A value is read as TOML (`8`, `true`, `"text"`), and taken as plain text where it is no TOML. Names of keys are
    compared without regard to case. An empty variable counts as not set.
    """
    laid = deepcopy(dict(raw))
    variables: dict[Path, str] = {}
    problems: list[Problem] = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or not env[name].strip():
            continue
        parts = name[len(PREFIX) :].split("__")
        path = _put(laid, parts, _to_scalar(env[name])) if all(parts) and len(parts) > 1 else "override_path"
        if isinstance(path, str):
            problems.append(
                Problem(file=file, line=None, variable=name, key="", message=WORDING[path].message)
            )
        else:
            variables[path] = name
    return Overridden(laid, variables, tuple(problems))


def _to_scalar(text: str) -> object:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError, KeyError):
        return text
    return text if isinstance(value, list | dict) else value


def _put(raw: dict[str, Any], parts: list[str], value: object) -> Path | str:
    """Put a value in its place; return the place, or the kind of fault if something stands in the way."""
    table: Any = raw
    path: Path = ()
    for part in parts[:-1]:
        key = _spelt(table, part)
        path += (key,)
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            return "override_scalar"
    key = _spelt(table, parts[-1])
    if isinstance(table.get(key), list | dict):
        return "override_scalar"
    table[key] = value
    return (*path, key)


def _spelt(table: Mapping[str, Any], part: str) -> str:
    return next((key for key in table if key.lower() == part.lower()), part.lower())
