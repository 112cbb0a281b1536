"""Secrets: where each one is, and the settings with none of them in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from typing import Any

from pydantic import AnyUrl

from steward.model.settings.base import SecretSource, Section
from steward.model.settings.errors import Path, Problem, SettingsError, to_seen
from steward.model.settings.hours import Window
from steward.model.settings.root import Settings
from steward.model.settings.wording import WORDING
from steward.model.words import Language, Words

IsFile = Callable[[str], bool]
_STATE = {
    True: Words("已设置", "set"),
    False: Words("未设置", "not set"),
    None: Words("未检查", "not checked"),
}


def resolve_secret(
    source: SecretSource, *, env: Mapping[str, str], read_file: Callable[[str], str]
) -> str | None:
    """Return the secret itself, without the spaces and newlines around it; None where it is not set.

    Args:
        read_file: gives a file's text; FileNotFoundError counts as not set.

    Raises:
        SettingsError: the file is there and cannot be read. Nothing of its content is in the error.
    """
    if source.env is not None:
        return env.get(source.env, "").strip() or None
    try:
        return read_file(str(source.file)).removeprefix("\ufeff").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        # A UnicodeDecodeError carries the bytes it read: it must not travel on as a cause.
        why = type(error).__name__
    message = WORDING["secret_unreadable"].message.filled(why=why)
    raise SettingsError(
        [
            Problem(
                file=str(source.file),
                line=None,
                key="",
                message=message,
                allowed=WORDING["secret_unreadable"].allowed,
            )
        ]
    )


def secret_sources(settings: Settings) -> Iterator[tuple[Path, SecretSource]]:
    """Yield every secret the settings name, with the path it stands at."""
    yield from _sources(settings, ())


def _sources(value: object, path: Path) -> Iterator[tuple[Path, SecretSource]]:
    if isinstance(value, SecretSource):
        yield path, value
    elif isinstance(value, Section):
        for name in type(value).model_fields:
            yield from _sources(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _sources(inner, (*path, str(name)))
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _sources(inner, (*path, place))


def is_set(source: SecretSource, env: Mapping[str, str], is_file: IsFile | None = None) -> bool | None:
    """Tell whether a secret is there; None for a file when nobody can look."""
    if source.env is not None:
        return bool(env.get(source.env, "").strip())
    return is_file(str(source.file)) if is_file is not None else None


def masked(
    settings: Settings, env: Mapping[str, str], is_file: IsFile | None = None, language: Language = "zh"
) -> dict[str, Any]:
    """Return the settings as plain data for people: of a secret only its place, and whether it is set.

    Dates and times become text, so the result can be written as JSON. A value that looks like a secret pasted
    in a wrong place becomes "***".
    """
    shown: dict[str, Any] = _masked(
        settings, lambda source: _STATE[is_set(source, env, is_file)].said(language)
    )
    return shown


def _masked(value: Any, state: Callable[[SecretSource], str]) -> Any:
    if isinstance(value, SecretSource):
        return f"{value} ({state(value)})"
    if isinstance(value, Section):
        return {name: _masked(getattr(value, name), state) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(name): _masked(inner, state) for name, inner in value.items()}
    if isinstance(value, Window):
        return str(value)
    if isinstance(value, tuple):
        return [_masked(inner, state) for inner in value]
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date | AnyUrl):
        return str(value)
    return "***" if isinstance(value, str) and value and to_seen((), value) is None else value
