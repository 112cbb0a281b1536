"""One day of a holiday calendar as people and programs write it: what kind it is, and of which holiday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from steward.intake.cells import folded

DayWord = Literal["off", "worked", "ordinary"]
_OFF = (
    *(
        "放假",
        "休",
        "休假",
        "休息",
        "休息日",
        "节假日",
        "假日",
        "节日",
        "法定节假日",
        "法定假日",
        "公休",
        "调休放假",
    ),
    *("假期", "放假日", "off", "holiday", "dayoff", "rest", "publicholiday", "workholiday", "isoffday"),
)
_WORKED = (
    *("补班", "上班", "班", "调休上班", "调休补班", "补班日", "补休上班", "调班", "加班", "调休工作日"),
    *("work", "worked", "makeup", "make-up", "makeupday", "makeupworkday", "alternateworkday", "workingday"),
)
_ORDINARY = ("工作日", "周末", "双休日", "平日", "weekday", "workday", "weekend", "ordinary")
_KINDS: dict[str, DayWord] = {
    **{folded(word): "off" for word in _OFF},
    **{folded(word): "worked" for word in _WORKED},
    **{folded(word): "ordinary" for word in _ORDINARY},
}
_SPRING = re.compile(r"^(农历)?(除夕|大年.{1,2}|初[一二三四五六七八])$")
_TAIL = re.compile(
    r"([（(【\[]?(休|班|放假|补班|上班|调休|假期)[）)】\]]?|前|后|后补|前补|\s|[|｜:：\-·]|第\s*\d+\s*天.*|/?共\s*\d+\s*天)+$"
)
_HEAD = re.compile(r"^([（(【\[](休|班|放假|补班|上班|加班|假期)[）)】\]]|(休|班)[|｜:：\s])\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDay:
    """One day that a file names.

    Args:
        place: the line, or the number of the entry, where it stands; for messages.
        name: the holiday, as notices call it; "" where the file says none.
        year: of the notice it belongs to, where the file says so.
    """

    day: date
    worked: bool
    name: str
    place: int
    year: int | None = None


def kind_of_word(text: str) -> DayWord | None:
    """Return what a cell says of a day: "放假", "补班", "工作日"; None for a word that says neither.

    Not 调休 alone: some mean by it the day off, some the day worked for it.
    """
    return _KINDS.get(folded(text))


def kind_of_title(title: str) -> DayWord | None:
    """Return what the title of a calendar's entry says: "元旦（休）", "春节 补班 第1天/共2天"; None for nothing."""
    text = folded(title)
    if re.search(r"补班|上班|加班|调班|[（(\[【|｜]班|班[）)\]】|｜]|班$|^班|make-?up|alternate", text):
        return "worked"
    if re.search(r"放假|假期|休假|[（(\[【|｜]休|(?<!调)休[）)\]】|｜]|(?<!调)休$|^休|holiday", text):
        return "off"
    return None


def to_holiday_name(title: str) -> str:
    """Return the holiday a title names: "国庆节" of "国庆节（休）" and "国庆节后补班"; "" where none is left."""
    name = _TAIL.sub("", _HEAD.sub("", title.strip())).strip()
    return "春节" if _SPRING.match(name) else name
