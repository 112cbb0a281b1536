"""Templates: three ways to word the same report, each with its own way to make harmless what people wrote."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.clauses import clause_label
from reports.escape import md, safe_url, visible
from reports.fitting import clip_bytes
from reports.words import TEMPLATES, translations
from steward.clock.wording import Lang, day_words

Form = Literal["markdown", "html", "plain"]
"""markdown: WeCom markdown, v1 · html: a page, autoescaped · plain: text for cells and for the page's own slots."""
_NAME_LIMIT_BYTES: Final = 72
"""A name longer than this would push the ask out of a message; pages and Excel show it whole."""


def render(name: str, lang: Lang, *, form: Form | None = None, **context: Any) -> str:
    """Return the template worded in `lang`; its form follows from its name unless given.

    Raises:
        jinja2.UndefinedError: the context lacks something the template needs.
    """
    return environment(form or _form_of(name), lang).get_template(name).render(**context)


def macros(name: str, lang: Lang, form: Form) -> Any:
    """Return the template's macros as attributes."""
    return environment(form, lang).get_template(name).module


@lru_cache
def environment(form: Form, lang: Lang) -> Environment:
    """Return the environment of one form and one language.

    In every form the filter `md` stands behind each text that people wrote. In markdown it takes away what could
    be markup; elsewhere it only takes away what is invisible, since autoescape or the cell does the rest.
    """
    built = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=form == "html",  # noqa: S701 — markdown and cells have an escape of their own, the filter md
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    built.install_gettext_translations(translations(lang), newstyle=True)  # type: ignore[attr-defined]
    built.filters.update(_filters(form, lang))
    return built


def _form_of(name: str) -> Form:
    return "html" if name.endswith(".html.j2") else "markdown"


def _filters(form: Form, lang: Lang) -> dict[str, Callable[..., Any]]:
    unknown = translations(lang).gettext("未知")
    bold: dict[Form, Callable[[str], str]] = {"markdown": _bold, "html": _strong, "plain": str}
    filters: dict[str, Callable[..., Any]] = {
        "md": _md_of_a_name if form == "markdown" else visible,
        "b": bold[form],
        "url": safe_url,
        "n": lambda value: unknown if value is None else f"{value:,}",
        "delta": _delta,
        "day": lambda day: day_words(day, lang),
        "clause": lambda clause_id: clause_label(clause_id, lang),
    }
    return filters


def _md_of_a_name(text: str) -> str:
    return clip_bytes(md(text), _NAME_LIMIT_BYTES)


def _delta(delta: int | None) -> str:
    """Return "▲12", "▼2", "-" for no change, "" where there is nothing to compare with."""
    if delta is None:
        return ""
    return f"{'▲' if delta > 0 else '▼'}{abs(delta):,}" if delta else "-"


def _bold(text: str) -> str:
    return f"**{text}**"


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)
