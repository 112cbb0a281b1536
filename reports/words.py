"""The one catalogue for reports, templates and the command line: Chinese is the msgid, English is translated."""

from __future__ import annotations

import io
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
LOCALES: Final = TEMPLATES / "locale"
SOURCE_LANGUAGE: Final = "zh"


def N_(message: str) -> str:
    """Mark a Chinese text for translation where it is declared; it is translated where it is used."""
    return message


def catalogue_path(lang: str) -> Path:
    """Return where the translations into `lang` are kept."""
    return LOCALES / lang / "LC_MESSAGES" / "steward.po"


def languages() -> tuple[str, ...]:
    """Return every language the service speaks, Chinese first."""
    return (
        SOURCE_LANGUAGE,
        *sorted(path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/steward.po")),
    )


@lru_cache
def translations(lang: str) -> NullTranslations:
    """Return the translations into `lang`; Chinese needs none, so it costs nothing.

    Raises:
        ValueError: no catalogue for `lang`; the text names those there are.
    """
    if lang == SOURCE_LANGUAGE:
        return NullTranslations()
    if lang not in languages():
        raise ValueError(f"no catalogue for language {lang!r}; there are: {', '.join(languages())}")
    return _compiled(catalogue_path(lang))


def _compiled(path: Path) -> NullTranslations:
    # Compiled in memory: a .mo file in the tree would be one more thing that can be out of date.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.parent.parent.name)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)
