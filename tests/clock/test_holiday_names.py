from __future__ import annotations

from datetime import date, timedelta

import pytest

from steward.clock.holiday_names import holiday_words
from tests.clock.make import DAYS


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("国庆节", "National Day"),
        ("春节", "Spring Festival"),
        ("农历除夕", "Spring Festival"),
        ("清明", "Tomb-sweeping Day"),
        ("清明节", "Tomb-sweeping Day"),
        ("国庆节、中秋节", "National Day, Mid-autumn Festival"),
        ("中秋节/国庆节", "Mid-autumn Festival, National Day"),
        ("公司庆典", "公司庆典"),
    ],
)
def test_a_holiday_is_said_in_english_and_an_unknown_one_as_it_is(name: str, english: str) -> None:
    assert holiday_words(name, "en") == english
    assert holiday_words(name, "zh") == name


def test_every_holiday_of_25_years_has_an_english_name() -> None:
    first = date(2008, 1, 1)
    days = (first + timedelta(days=number) for number in range(25 * 365))
    names = {name for day in days if (name := DAYS.kind_of(day).name)}
    assert len(names) > 8
    assert [name for name in names if not holiday_words(name, "en").isascii()] == []
