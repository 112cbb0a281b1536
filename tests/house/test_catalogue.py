"""Nothing a person reads is left untranslated."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog

from tests.reports.catalogue import KEYWORDS, ROOT, extract, load, merged, save, untranslated

ENGLISH = ROOT / "templates" / "locale" / "en" / "LC_MESSAGES" / "steward.po"


def ids(catalogue: Catalog) -> set[str]:
    return {
        message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id
    }


def test_every_text_of_code_and_templates_is_in_the_english_catalogue() -> None:
    missing = ids(extract()) - ids(load(ENGLISH))
    assert not missing, f"run: python -m tests.reports.catalogue, then translate {sorted(missing)}"


def test_every_text_is_translated_with_the_same_placeholders_and_none_is_fuzzy() -> None:
    assert list(untranslated(load(ENGLISH))) == []


def test_nothing_compiled_is_kept_beside_the_catalogue() -> None:
    assert list(ENGLISH.parents[2].rglob("*.mo")) == []


def test_texts_are_found_in_templates_and_in_code() -> None:
    found = ids(extract())
    assert {"需要您处理 %(num)s 项", "群内只允许本公司员工", "口径说明"} <= found
    assert "_" in KEYWORDS


def test_what_is_missing_fuzzy_or_has_other_placeholders_is_named(tmp_path: Path) -> None:
    catalogue = Catalog(locale="en")
    catalogue.add("没有", "")
    catalogue.add("也许", "maybe", flags=["fuzzy"])
    catalogue.add("%(count)s 项", "%(number)s items", flags=["python-format"])
    catalogue.add("好", "good")
    problems = list(untranslated(catalogue))
    assert [problem.rpartition(": ")[2] for problem in problems] == ["没有", "也许", "%(count)s 项"]


def test_translations_stay_and_unused_texts_go_when_the_code_changed(tmp_path: Path) -> None:
    kept = Catalog(locale="en")
    kept.add("好", "good")
    kept.add("旧", "old")
    found = Catalog()
    found.add("好")
    found.add("新")
    path = tmp_path / "en" / "LC_MESSAGES" / "steward.po"
    path.parent.mkdir(parents=True)
    save(merged(kept, found), path)
    again = load(path)
    assert ids(again) == {"好", "新"}
    assert again["好"].string == "good"
