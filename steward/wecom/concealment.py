"""Keeping secrets out of every text that may be read: errors, logs, reports."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

HIDDEN = "***"
_SHORTEST_SECRET = 6
_IN_URL = re.compile(
    r"""(\b(?:access_token|corpsecret|suite_ticket|secret|key)["']?\s*[=:]\s*["']?)[^&\s"',;)\]}]+""",
    re.IGNORECASE,
)


def conceal(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` with every token, secret and key hidden.

    Args:
        text: anything WeCom, a proxy or a library said.
        known: literal values to hide wherever they stand. Below 6 characters they are words, not secrets, and
            hiding them would eat ordinary text.
    """
    for secret in known:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return _IN_URL.sub(rf"\1{HIDDEN}", text)


class ConcealSecrets(logging.Filter):
    """Hides secrets in urllib3's own log lines: at DEBUG it prints URLs, where WeCom wants the secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = conceal(record.getMessage()), ()
        return True


def hide_secrets_in_urllib3_log() -> None:
    """Put the filter on once, however many clients are made."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(one, ConcealSecrets) for one in logger.filters):
        logger.addFilter(ConcealSecrets())
