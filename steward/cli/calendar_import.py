"""Imported notices: what they say in short, and writing them into settings.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward.cli.settings_file import change_settings, put_table
from steward.cli.words import LANGUAGE
from steward.clock.holiday_names import holiday_words
from steward.clock.notices import differences, doubts
from steward.clock.working_days import WorkingDays

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from steward.model.settings.calendar import Notice


def summary(year: int, notice: Notice, before: WorkingDays) -> dict[str, Any]:
    """Return what a notice says in numbers, what is doubtful in it, and which days it changes."""
    holidays = {holiday_words(name, LANGUAGE): len(days) for name, days in notice.days_off.items()}
    return {
        "year": year,
        "days_off": sum(holidays.values()),
        "make_up_days": sum(len(days) for days in notice.make_up_days.values()),
        "holidays": holidays,
        "doubts": [doubt.said(LANGUAGE) for doubt in doubts(year, notice)],
        "changed": [day.isoformat() for day in differences(year, notice, before)],
    }


def keep(path: Path, notices: Mapping[int, Notice], *, dry_run: bool) -> None:
    """Write the notices into the settings file; what stood there of the same years is replaced."""

    def change(document: TOMLDocument) -> None:
        import tomlkit

        if "calendar" not in document:
            document.append("calendar", tomlkit.table())
        for year, notice in notices.items():
            put_table(document["calendar"], ("notices", str(year)), _to_table(notice))

    change_settings(path, change, dry_run=dry_run)


def _to_table(notice: Notice) -> Any:
    import tomlkit

    table = tomlkit.table()
    if notice.source:
        table.append("source", notice.source)
    if notice.imported_on:
        table.append("imported_on", notice.imported_on)
    for key, named in (("days_off", notice.days_off), ("make_up_days", notice.make_up_days)):
        inner = tomlkit.table()
        for name, days in named.items():
            inner.append(tomlkit.key(name), tomlkit.item(list(days)))
        if named:
            table.append(key, inner)
    return table
