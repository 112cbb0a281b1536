"""[calendar]: days the company decides for itself, and the yearly notices that were imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from steward.model.settings.base import Day, Section, refusal

DaysByName = Annotated[dict[str, tuple[Day, ...]], Field(default_factory=dict)]
"""A holiday's name, as the notice has it -> its days."""


class Notice(Section):
    """[calendar.notices.2027]: the State Council's notice on one year, as it was imported.

    `days_off`: all days of each holiday, weekends within included · `make_up_days`: the Saturdays and Sundays
    worked for it · `source`: the file it came from · A notice may name days of the December before.
    """

    days_off: DaysByName
    make_up_days: DaysByName
    source: str | None = None
    imported_on: Day | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Notice:
        both = set(_days(self.days_off)) & set(_days(self.make_up_days))
        if both:
            raise refusal("day_is_both", day=min(both).isoformat())
        return self

    def days(self) -> Iterator[tuple[date, str, bool]]:
        """Yield every day it names: the day, the holiday, whether it is worked."""
        for name, days in self.days_off.items():
            yield from ((day, name, False) for day in days)
        for name, days in self.make_up_days.items():
            yield from ((day, name, True) for day in days)


def _days(named: Mapping[str, tuple[date, ...]]) -> Iterator[date]:
    for days in named.values():
        yield from days


def is_of_notice(day: date, year: int) -> bool:
    """Return whether a year's notice may name the day: New Year's holiday can begin in the December before."""
    return day.year == year or (day.year == year - 1 and day.month == 12)


class Calendar(Section):
    """[calendar]: `working_days` and `days_off` win over every notice; notices win over the built-in ones."""

    working_days: tuple[Day, ...] = ()
    days_off: tuple[Day, ...] = ()
    notices: dict[str, Notice] = Field(default_factory=dict)

    @field_validator("notices")
    @classmethod
    def _of_their_years(cls, value: dict[str, Notice]) -> dict[str, Notice]:
        for year, notice in value.items():
            if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
                raise refusal("notice_year", year=year)
            for day, _name, _worked in notice.days():
                if not is_of_notice(day, int(year)):
                    raise refusal("notice_day", day=day.isoformat(), year=year)
        return value

    @model_validator(mode="after")
    def _not_both(self) -> Calendar:
        both = set(self.working_days) & set(self.days_off)
        if both:
            raise refusal("day_is_both", day=min(both).isoformat())
        return self
