"""Keeps the translations in step with the code: `python -m tests.reports.catalogue` extracts and merges.

What is translated stays; new texts are added without a translation, texts nobody uses any more are taken out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "say": None,
    "gettext": None,
    "ngettext": (1, 2),
}
"""What a text for people is handed to, in templates and in code; `say` is a report's bound `gettext`."""


def extract(root: Path = ROOT) -> Catalog:
    """Return every text for people in code and templates, with the places it stands in."""
    with (root / "babel.cfg").open(encoding="utf8") as config:
        methods, options = parse_mapping_cfg(config)
    found = Catalog()
    for place, line, message, comments, context in extract_from_dir(
        root, methods, options, KEYWORDS, directory_filter=_is_ours
    ):
        found.add(message, None, [(place, line)], auto_comments=comments, context=context)
    return found


def load(path: Path) -> Catalog:
    """Return the catalogue as it is kept."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.parent.name)


def merged(kept: Catalog, found: Catalog) -> Catalog:
    """Return the kept catalogue with exactly the texts found; never a guessed translation."""
    kept.update(found, no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def save(catalogue: Catalog, path: Path) -> None:
    """Write the catalogue in the order of its texts, without line numbers: a diff shows what changed, no more."""
    with path.open("wb") as target:
        # Without its header, which carries the moment of writing; the reader knows charset and plural by itself.
        write_po(target, catalogue, width=110, sort_output=True, no_location=True, omit_header=True)


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """Yield what is missing in a catalogue: texts without translation, fuzzy ones, placeholders that differ."""
    for message in catalogue:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        strings = [message.string] if isinstance(message.string, str) else list(message.string or [])
        if not strings or not all(strings):
            yield f"not translated: {key}"
        elif message.fuzzy:
            yield f"fuzzy: {key}"
        else:
            yield from (f"{error}: {key}" for error in message.check(catalogue))


def _is_ours(folder: str | Path) -> bool:
    name = Path(folder).name
    return not name.startswith(".") and name not in {"var", "build", "dist", "node_modules", "tests"}


def main(say: Callable[[str], object] = print) -> int:
    """Merge what the code says now into every catalogue; return 1 where something is not translated."""
    missing: list[str] = []
    for path in sorted((ROOT / "templates" / "locale").glob("*/LC_MESSAGES/steward.po")):
        catalogue = merged(load(path), extract())
        save(catalogue, path)
        missing += [f"{path.relative_to(ROOT)}: {problem}" for problem in untranslated(load(path))]
    for problem in missing:
        say(problem)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
