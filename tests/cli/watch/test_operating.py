"""What docs/operating.md promises is what is there: metrics, items, alert rules, the unit."""

from __future__ import annotations

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from steward.cli.watch.gauges import HELP
from steward.store.database import Database
from tests.cli.watch.town import make_house, save_trouble, watching

DOCUMENT = Path(__file__).parents[3] / "docs" / "operating.md"
WORDS = frozenset(
    [
        "up",
        "time",
        "sum",
        "max",
        "abs",
        "by",
        "without",
        "rate",
        "increase",
        "delta",
        "histogram_quantile",
        "le",
        "job",
    ]
)  # of PromQL, and of Prometheus itself


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf8"), re.DOTALL)


def read_yaml(text: str) -> Any:
    """Read the little YAML the document uses: nested lists and tables, scalars in quotes or without, {a: b}."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines() if line.strip()]
    value, rest = _read_block(lines, lines[0][0])
    assert rest == [], rest[:1]
    return value


def _read_block(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    found: Any = [] if lines[0][1].startswith("- ") else {}
    while lines and lines[0][0] == indent:
        text = lines[0][1]
        if isinstance(found, list):
            assert text.startswith("- "), text
            item, lines = _read_block([(indent + 2, text[2:]), *lines[1:]], indent + 2)
            found.append(item)
            continue
        key, colon, value = text.partition(":")
        assert colon, text
        assert re.fullmatch(r"\w+", key), text
        assert key not in found, text
        lines = lines[1:]
        if value.strip():
            found[key] = _read_scalar(value.strip())
        else:
            found[key], lines = _read_block(lines, lines[0][0])
    assert not lines or lines[0][0] < indent, lines[0]
    return found, lines


def _read_scalar(text: str) -> Any:
    if text.startswith("{"):
        assert text.endswith("}"), text
        key, _, value = text[1:-1].partition(": ")
        return {key: _read_scalar(value)}
    if text.startswith("["):
        return [_read_scalar(one.strip()) for one in text.strip("[]").split(",")]
    if text[0] in "'\"":
        assert text[-1] == text[0], text
        assert text[0] not in text[1:-1], text
        return text[1:-1]
    assert not re.search(r"[:{}\[\]&*#?|<>=!%@`\"']", text), f"to be quoted in YAML: {text}"
    return text


@pytest.fixture
def exposed(sqlite_database: Database, tmp_path: Path) -> dict[str, set[str]]:
    """Return sample name -> the names of its labels, of everything we can expose."""
    with sqlite_database.begin() as connection:
        save_trouble(connection)
    house = make_house(sqlite_database, tmp_path)
    with watching(house) as watch:
        house.observers.on_call("a", "0", 0.1)
        text = watch.scrape().body
    samples = {
        sample.name: {*sample.labels}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {f"steward_{name}" for name in HELP} - set(samples) == {"steward_clock_offset_seconds"}
    return {**samples, "steward_clock_offset_seconds": set()}


def documented() -> dict[str, set[str]]:
    rows = re.findall(r"^\| (`steward_[^|]*) \|([^|]*)\|", DOCUMENT.read_text(encoding="utf8"), re.MULTILINE)
    return {
        name: {label.strip() for label in labels.split(",") if label.strip()}
        for names, labels in rows
        for name in re.findall(r"`(\w+)`", names)
    }


def test_metrics_that_are_documented_are_those_exposed_with_the_same_labels(
    exposed: dict[str, set[str]],
) -> None:
    shown: dict[str, set[str]] = {}
    for name, labels in exposed.items():
        shown.setdefault(re.sub("_(bucket|count|sum)$", "", name), set()).update(labels - {"le"})
    assert documented() == shown


def test_items_that_are_documented_are_those_that_are_judged() -> None:
    from steward.cli.watch import readiness

    source = Path(readiness.__file__).read_text(encoding="utf8")
    judged = {re.sub(r"\{.*\}", "*", name) for name in re.findall(r'item=f?"([^"]+)"', source)}
    table = re.findall(r"^\| `([a-z]+(?:\.\*)?)` \|", DOCUMENT.read_text(encoding="utf8"), re.MULTILINE)
    assert set(table) == judged


def rules() -> list[dict[str, Any]]:
    (group,) = [block for block in map(read_yaml, blocks("yaml")) if "groups" in block]
    ((only),) = group["groups"]
    found: list[dict[str, Any]] = only["rules"]
    return found


def test_alert_rules_are_whole_and_named_once() -> None:
    found = rules()
    assert len(found) > 10
    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"]


def test_alert_rules_ask_only_for_metrics_and_labels_there_are(exposed: dict[str, set[str]]) -> None:
    for rule in rules():
        expression = rule["expr"]
        for left, right in ("()", "{}", "[]"):
            assert expression.count(left) == expression.count(right), expression
        names = set(re.findall(r"\bsteward_\w+", expression))
        assert names <= set(exposed), rule
        labels = {label for name in names for label in exposed[name]}
        without_values = re.sub(r'"[^"]*"', '""', re.sub(r"\[\w+\]", "", expression))
        used = set(re.findall(r"[A-Za-z_]\w*", without_values)) - names - WORDS
        assert used <= labels, (rule["alert"], used - labels)
        told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert told <= used, rule


def test_scrape_job_is_the_one_the_rules_ask_for() -> None:
    (scrape,) = [block for block in map(read_yaml, blocks("yaml")) if "scrape_configs" in block]
    (job,) = scrape["scrape_configs"]
    assert f'job="{job["job_name"]}"' in rules()[0]["expr"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:9464"]}]


def test_unit_starts_serve_again_and_gives_it_time_to_end() -> None:
    (text,) = blocks("ini")
    unit = RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    service = unit["Service"]
    assert service["ExecStart"].endswith("main.py serve")
    assert (service["Type"], service["Restart"], service["TimeoutStopSec"]) == ("exec", "always", "30")
