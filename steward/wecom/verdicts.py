"""From an errcode to the error that is raised, and from an error to the next wait. Pure."""

from __future__ import annotations

import random as random_module
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from steward.wecom.errcodes import OUTGOING_IP, Errcode, classify
from steward.wecom.errors import BadAnswer, Busy, NoAnswer, Refused, TokenExpired, TooOften, WeComError

MOST_RETRIES = 3
LONGEST_PAUSE = timedelta(seconds=60)
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_WECOM_TIME = timezone(timedelta(hours=8))
_MONTH = re.compile(r"\bmonth|月")
_DAY = re.compile(r"\bday\b|\bdaily\b|每天|每日|当天|/天")
_FROM_IP = re.compile(r"from ip: ([0-9A-Fa-f.:]*[0-9A-Fa-f])")
_HOUR = re.compile(r"\bhour|小时")


def limit_window(errcode: int, errmsg: str, now: datetime) -> timedelta:
    """Return how long a frequency limit lasts: as long as its own window (document path 90312).

    The window is read from errmsg where that names it. Otherwise 45009 is the limit per minute, the one
    that is met first, and 45036, whose length no document tells, an hour.
    """
    text = errmsg.lower()
    if _MONTH.search(text):
        return timedelta(days=30)
    if _DAY.search(text):
        local = now.astimezone(_WECOM_TIME)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return midnight - local
    if _HOUR.search(text) or errcode == 45036:
        return timedelta(hours=1)
    return timedelta(seconds=60)


def to_error(
    errcode: int, errmsg: str, endpoint: str, *, now: datetime, known: Iterable[str] = ()
) -> WeComError:
    """Return the error that an errcode other than 0 stands for."""
    row: Errcode = classify(errcode)
    said = errmsg or row.meaning_zh
    remedy = _with_ip(row.remedy, said)
    if row.retry_class == "wait":
        wait = limit_window(errcode, said, now)
        return TooOften(errcode, said, endpoint, remedy, wait=wait, known=known)
    kinds = {"retry": Busy, "token": TokenExpired, "never": Refused}
    return kinds[row.retry_class](errcode, said, endpoint, remedy, known=known)


def _with_ip(remedy: str | None, errmsg: str) -> str | None:
    """Return the remedy with the IP WeCom saw us come from, where it asks to register one."""
    seen = _FROM_IP.search(errmsg)
    if remedy is None or seen is None:
        return remedy
    return remedy.replace(OUTGOING_IP, f"{OUTGOING_IP} {seen[1]}")


def next_wait_s(error: WeComError, retries: int, random: random_module.Random) -> float | None:
    """Return the seconds to wait before a read is tried again; None: do not.

    Written here and not taken from stamina, which sleeps by `time.sleep` and draws from the global `random`:
    both are handed in here, so a test neither waits nor guesses.

    Args:
        retries: how often it was already tried again.
    """
    if isinstance(error, TooOften):
        return error.wait.total_seconds() if error.wait <= LONGEST_PAUSE and retries < 2 else None
    if isinstance(error, Busy):
        allowed = classify(error.errcode or 0).most_retries
    else:
        allowed = MOST_RETRIES if isinstance(error, NoAnswer | BadAnswer) else 0
    if retries >= min(allowed, MOST_RETRIES):
        return None
    return random.uniform(_FIRST_WAIT_S / 2, min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 4**retries))
