"""Holidays by name in Chinese and English, as notices and the packages write them."""

from __future__ import annotations

import re

from steward.clock.wording import Lang

_ENGLISH = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "农历除夕": "Spring Festival",
    "除夕": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "清明": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "五一": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "端午": "Dragon Boat Festival",
    "中秋节": "Mid-autumn Festival",
    "中秋": "Mid-autumn Festival",
    "国庆节": "National Day",
    "国庆": "National Day",
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": "Anti-Fascist 70th Day",
}
_BETWEEN = re.compile(r"\s*[、,，;；/]\s*")


def holiday_words(name: str, lang: Lang) -> str:
    """Return a holiday's name in a language: "National Day" for "国庆节".

    Joined names ("国庆节、中秋节") are said one by one; a name nobody knows stays as it was written.
    """
    if lang == "zh":
        return name
    return ", ".join(dict.fromkeys(_ENGLISH.get(part, part) for part in _BETWEEN.split(name)))
