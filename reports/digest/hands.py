"""In whose hands an open finding is."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from reports.chart import Colour
from reports.daily_digest import why_hr_must_act
from reports.items import Item
from reports.words import N_

Hand = Literal["hr", "head", "owner"]
HANDS: Final[dict[Hand, tuple[str, Colour]]] = {
    "hr": (N_("等您处理"), "open"),
    "head": (N_("部门负责人"), "head"),
    "owner": (N_("群主"), "owner"),
}
"""What each is called in a chart, and its colour."""


def hand_of(item: Item, day: date) -> Hand:
    """Return who is to act on a finding: HR, the department head who was asked to help, or the owner."""
    if why_hr_must_act(item, day) is not None:
        return "hr"
    return "head" if item.stage == "head" else "owner"
