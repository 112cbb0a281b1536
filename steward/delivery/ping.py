"""The dead man's switch: tell an address that watches for us that a run began, went well, or failed.

The form is that of healthchecks.io (healthchecks.io/docs/http_api): POST to the address for success, `/start` and
`/fail` behind it for the others, `?rid=` to tell runs apart, the last lines of the log as the body.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit, urlunsplit

import requests

TIMEOUT_S: Final = 3.0
MOST_BYTES: Final = 10_000
"""Of the body; more is cut off there (healthchecks.io keeps 100 kB)."""
Kind = Literal["start", "success", "fail"]


def ping_url(url: str, kind: Kind, rid: str | None = None) -> str:
    """Return the address of one ping; what the address has behind a "?" is kept."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") + ("" if kind == "success" else f"/{kind}")
    query = "&".join(part for part in (parts.query, f"rid={rid}" if rid else "") if part)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def send_ping(url: str, kind: Kind, *, rid: str | None = None, body: str = "") -> str | None:
    """Ping once; waits three seconds at most for a connection and for an answer.

    Returns:
        None when it was taken, else why not, without the address: whoever knows it can silence the alarm.
    """
    data = body.encode()[-MOST_BYTES:].decode(errors="ignore").encode()
    try:
        answer = requests.post(
            ping_url(url, kind, rid), data=data, timeout=(TIMEOUT_S, TIMEOUT_S), allow_redirects=False
        )
    except (requests.RequestException, ValueError) as error:
        return type(error).__name__
    return None if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"
