"""Template cards: what each type must and may carry (document path 90236, section on template cards).

Where WeCom's own code for a fault is not published in words, 40058 names the field.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from steward.simulator.errors import Refused

Card = dict[str, Any]

INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")


def check_card(
    card: Card,
    *,
    card_types: frozenset[str],
    has_callback_url: bool,
    used_task_ids: Mapping[str, object],
) -> None:
    """Refuse a card that WeCom would refuse.

    Raises:
        Refused: 40058 with the field, 42014 task_id, 42018-42020 buttons, 43012 no callback, 45034 address.
    """
    card_type = card.get("card_type")
    if not isinstance(card_type, str) or card_type not in card_types:
        raise _bad("card_type")
    if is_interactive(card):
        if not has_callback_url:
            raise Refused(43012)
        _check_task_id(card.get("task_id"), used_task_ids)
    elif card.get("task_id"):
        _check_task_id(card["task_id"], used_task_ids)
    _check_common(card)
    _TYPE_CHECKS[card_type](card)


def is_interactive(card: Card) -> bool:
    """True if clicks on the card call back: then there is a response_code, and a callback URL is needed."""
    return str(card.get("card_type")) in INTERACTIVE or bool(card.get("action_menu"))


def _check_task_id(task_id: object, used: Mapping[str, object]) -> None:
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id) or task_id in used:
        raise Refused(42014)


def _check_common(card: Card) -> None:
    if menu := _part(card, "action_menu"):
        for action in _items(menu, "action_list", 1, 3, "action_menu"):
            _require(action, "text", "action_menu.action_list")
            _require(action, "key", "action_menu.action_list")
    for row in _items(card, "horizontal_content_list", 0, 6):
        _require(row, "keyname", "horizontal_content_list")
        if row.get("type") == 1:
            _check_url(row.get("url"))
    for jump in _items(card, "jump_list", 0, 3):
        _require(jump, "title", "jump_list")
        if jump.get("type") == 1:
            _check_url(jump.get("url"))
    for name in ("quote_area", "card_action"):
        if (area := _part(card, name)).get("type") == 1:
            _check_url(area.get("url"))


def _text_notice(card: Card) -> None:
    _require_action(card)
    if not _title(card) and not card.get("sub_title_text"):
        raise _bad("main_title.title")


def _news_notice(card: Card) -> None:
    _require_action(card)
    _require_title(card)
    for row in _items(card, "vertical_content_list", 0, 4):
        _require(row, "title", "vertical_content_list")
    image = _part(card, "card_image")
    if not image.get("url") and not _part(card, "image_text_area").get("image_url"):
        raise _bad("card_image")
    ratio = image.get("aspect_ratio") or 1.3
    if not isinstance(ratio, int | float) or not 1.3 <= ratio <= 2.25:
        raise _bad("card_image.aspect_ratio")


def _button_interaction(card: Card) -> None:
    _require_title(card)
    for button in _items(card, "button_list", 1, 6):
        if not button.get("text"):
            raise Refused(42020)
        if button.get("type", 0) == 1:
            _check_url(button.get("url"))
        elif not button.get("key"):
            raise Refused(42019)
        elif len(str(button["key"]).encode()) > 1024:
            raise Refused(42018)
    if selection := _part(card, "button_selection"):
        _check_selection(selection, "button_selection", 10)


def _vote_interaction(card: Card) -> None:
    _require_title(card)
    _check_selection(_part(card, "checkbox"), "checkbox", 20)
    _check_submit(card)


def _multiple_interaction(card: Card) -> None:
    _require_title(card)
    for selection in _items(card, "select_list", 1, 3):
        _check_selection(selection, "select_list", 10)
    _check_submit(card)


def _check_selection(selection: Card, name: str, most: int) -> None:
    _require(selection, "question_key", name)
    seen: set[str] = set()
    for option in _items(selection, "option_list", 1, most, name):
        _require(option, "id", f"{name}.option_list")
        _require(option, "text", f"{name}.option_list")
        if option["id"] in seen or len(str(option["id"]).encode()) > 128:
            raise _bad(f"{name}.option_list.id")
        seen.add(option["id"])


def _check_submit(card: Card) -> None:
    button = _part(card, "submit_button")
    _require(button, "text", "submit_button")
    _require(button, "key", "submit_button")


def _require_action(card: Card) -> None:
    if _part(card, "card_action").get("type") not in (1, 2):
        raise _bad("card_action.type")


def _require_title(card: Card) -> None:
    if not _title(card):
        raise _bad("main_title.title")


def _title(card: Card) -> str:
    title = _part(card, "main_title").get("title")
    return title if isinstance(title, str) else ""


def _part(card: Card, name: str) -> Card:
    part = card.get(name) or {}
    if not isinstance(part, dict):
        raise _bad(name)
    return part


def _items(card: Card, name: str, least: int, most: int, owner: str = "") -> list[Card]:
    label = f"{owner}.{name}" if owner else name
    items = card.get(name) or []
    if not isinstance(items, list) or not least <= len(items) <= most:
        raise _bad(label)
    if not all(isinstance(item, dict) for item in items):
        raise _bad(label)
    return items


def _require(item: Card, name: str, owner: str) -> None:
    if not isinstance(item.get(name), str) or not item[name]:
        raise _bad(f"{owner}.{name}")


def _check_url(url: object) -> None:
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        raise Refused(45034)


def _bad(name: str) -> Refused:
    return Refused(40058, f"template_card.{name} invalid Request Parameter")


_TYPE_CHECKS: dict[str, Callable[[Card], None]] = {
    "text_notice": _text_notice,
    "news_notice": _news_notice,
    "button_interaction": _button_interaction,
    "vote_interaction": _vote_interaction,
    "multiple_interaction": _multiple_interaction,
}
