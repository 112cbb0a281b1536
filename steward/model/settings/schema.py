"""Questions about the settings' own shape: which keys a place knows, and where a key belongs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin

from steward.model.settings.base import Section
from steward.model.settings.errors import Path
from steward.model.settings.root import Settings


def keys_at(path: Path) -> tuple[str, ...]:
    """Return the keys a place of the settings knows; empty where names are free or where no table stands."""
    section = _section_at(Settings, path)
    return tuple(section.model_fields) if section else ()


def homes_of(key: str) -> tuple[str, ...]:
    """Return the sections that know a key, such as ("[company]",)."""
    return tuple(
        f"[{'.'.join(path)}]" for path, section in _sections(Settings, ()) if key in section.model_fields
    )


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant; None if none is near."""
    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _section_at(annotation: Any, path: Path) -> type[Section] | None:
    if not path:
        return next(iter(_models(annotation)), None)
    for model in _models(annotation):
        field = model.model_fields.get(str(path[0]))
        if field is not None:
            return _section_at(field.annotation, path[1:])
    inner = _items(annotation)
    return _section_at(inner, path[1:]) if inner is not None else None


def _models(annotation: Any) -> Iterator[type[Section]]:
    """Yield the sections an annotation may stand for, through Annotated and unions."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _models(get_args(annotation)[0])
    elif get_origin(annotation) not in (tuple, dict, list):
        for choice in get_args(annotation):
            yield from _models(choice)


def _items(annotation: Any) -> Any:
    """Return what a tuple or dict annotation holds; None for anything else."""
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if get_origin(annotation) is tuple else None


def _sections(annotation: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[Section]]]:
    for section in _models(annotation):
        if path:
            yield path, section
        for name, field in section.model_fields.items():
            yield from _sections(field.annotation, (*path, name))
