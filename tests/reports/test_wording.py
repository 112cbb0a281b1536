from __future__ import annotations

from pathlib import Path

import pytest

from reports.clauses import LABELS, clause_label
from reports.items import Bundle, Item, Names, build_item
from reports.render import environment
from reports.wording import MACROS, wording
from tests.reports.sample import CHECKS, DAY, DEPARTMENTS, EMPLOYEES, ZONE, make_tracked

ROOT = Path(__file__).resolve().parents[2]
IDS = [check.id for check in CHECKS]


def item(check_id: str, lang: str) -> Item:
    names = Names(employees=EMPLOYEES, departments=DEPARTMENTS, zone=ZONE, lang=lang, today=DAY)  # type: ignore[arg-type]
    return build_item(make_tracked(check_id), names)


def test_every_check_has_its_template() -> None:
    checks = {path.stem for path in (ROOT / "steward/checks/members").glob("*.py") if path.stem != "__init__"}
    templates = {path.name.removesuffix(".md.j2") for path in (ROOT / "templates/messages").glob("*.md.j2")}
    assert checks <= templates


@pytest.mark.parametrize("check_id", [*IDS, "_retired_check"])
def test_every_check_words_all_that_reports_say(check_id: str) -> None:
    module = environment("markdown", "zh").get_template(f"messages/{check_id}.md.j2").module
    assert [macro for macro in MACROS if not hasattr(module, macro)] == []


@pytest.mark.parametrize("form", ["markdown", "plain"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("check_id", IDS)
def test_the_words_of_a_check_are_whole_in_every_form(check_id: str, lang: str, form: str) -> None:
    said = wording(check_id, lang, form)  # type: ignore[arg-type]
    one = item(check_id, lang)
    texts = [
        said.title(),
        said.digest_line(Bundle(items=(one,))),
        said.found(one),
        said.ask(Bundle(items=(one,))),
        said.definition(),
        said.fine(7),
    ]
    assert all(texts)
    assert not [text for text in texts if "\n" in text or "  " in text]
    assert form == "markdown" or not [text for text in texts if "**" in text]


def test_a_clause_is_said_with_its_label_and_an_unknown_one_by_its_id() -> None:
    assert clause_label("C3", "zh") == "C3 群内只允许本公司员工"
    assert clause_label("C3", "en") == "C3 Company employees only"
    assert clause_label("Z9", "zh") == "Z9"


def test_every_clause_a_check_names_has_a_label() -> None:
    assert {check.clause for check in CHECKS} <= set(LABELS)
