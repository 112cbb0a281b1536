"""How far an error reaches: one group, or everything asked with the same secret."""

from __future__ import annotations

from steward.wecom.errors import (
    BadAnswer,
    Busy,
    NoAnswer,
    NotConfigured,
    TokenExpired,
    TooOften,
    WeComError,
)

GONE = frozenset({40050, 49008, 86003, 90501})
"""The group was dismissed, or is no longer what it was (document path 90313)."""
_EVERYTHING = frozenset(
    {40001, 40013, 40014, 40056, 40091, 41001, 41002, 41004, 42001}  # credentials
    | {48001, 48005, 48006, 48009, 50003, 60020, 60031}  # rights of the app, its IP
    | {301002, 301042, 301052, 301053, 301111}  # archive
)


def concerns_everything(error: WeComError) -> bool:
    """Tell whether the next call with the same secret would meet the same refusal.

    48002 is left out: for an app chat it says that another app made this one chat (document path 98914).
    """
    if isinstance(error, NotConfigured | TokenExpired | TooOften) or error.endpoint == "gettoken":
        return True
    return error.errcode in _EVERYTHING


def is_passing(error: WeComError) -> bool:
    """Tell whether a call failed for want of a usable answer: alone it is chance, ten times in a row it is not."""
    if isinstance(error, BadAnswer):
        return error.field is None
    return isinstance(error, NoAnswer | Busy)
