"""How each check's findings are worded: one template per check, found by the check's id alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from jinja2 import Template

from reports.items import Bundle, Item
from reports.render import Form, environment
from steward.clock.wording import Lang

MACROS: Final = ("title", "digest_line", "found", "ask", "definition", "fine")
"""What a check's template has to define."""


class Wording:
    """The words of one check in one language and one form."""

    def __init__(self, template: Template) -> None:
        self._module = template.module

    def title(self) -> str:
        """Return what the check looks for, in two to six characters: 非本公司人员."""
        return self._say("title")

    def digest_line(self, bundle: Bundle) -> str:
        """Return what was found in one group, for HR."""
        return self._say("digest_line", bundle)

    def found(self, item: Item) -> str:
        """Return one finding as a clause, for a table whose other columns name group and owner."""
        return self._say("found", item)

    def ask(self, bundle: Bundle) -> str:
        """Return what the owner is asked to do; one line per thing to do."""
        return self._say("ask", bundle)

    def definition(self) -> str:
        """Return what counts as such a finding, in one sentence."""
        return self._say("definition")

    def fine(self, judged_count: int) -> str:
        """Return what was checked, for a check that found nothing."""
        return self._say("fine", judged_count)

    def _say(self, macro: str, *arguments: object) -> str:
        return str(getattr(self._module, macro)(*arguments)).strip()


@lru_cache(maxsize=256)
def wording(check_id: str, lang: Lang, form: Form = "plain") -> Wording:
    """Return the words of a check.

    A finding may outlive its check (the check was taken out, the finding is still open): it is then worded by
    `_retired_check`. That no living check lacks its template is a test's business.
    """
    names = [f"messages/{check_id}.md.j2", "messages/_retired_check.md.j2"]
    return Wording(environment(form, lang).select_template(names))
