"""The list of endpoints, and what a handler is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from steward.simulator.access import SecretKind
from steward.simulator.cursors import open_cursor
from steward.simulator.errors import Refused
from steward.simulator.site import Site

Right = Literal[
    "none", "any", "directory", "list_id", "customer_contact", "appchat", "message", "media", "archive"
]
Fields = dict[str, Any]


@dataclass(slots=True)
class Call:
    """One request, as a handler sees it. `now` in simulated Unix seconds; `kind` is None without a token."""

    site: Site
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    raw: bytes
    headers: dict[str, str]
    ip: str
    now: float
    kind: SecretKind | None = None

    def page(self, limit: object, most: int) -> tuple[int, int]:
        """Return (offset, size) of the page asked for.

        Raises:
            Refused: 40058 a limit outside 1..most, 50100 a cursor this endpoint did not give out.
        """
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= most:
            raise Refused(40058, f"limit must be 1..{most}")
        return open_cursor(self.path, self.body.get("cursor")), min(limit, self.site.limits.page_size or most)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body that is not JSON made from fields: a file, or JSON that was ready."""

    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Fields | Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the gateway must know before it lets a call through.

    `empty` holds the collections an error body still carries. `is_metered` counts the call in the base
    frequency; sending has limits of its own.
    """

    path: str
    method: Literal["GET", "POST"]
    right: Right
    handler: Handler
    empty: Fields
    is_metered: bool
    is_open_to_contacts: bool


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    path: str,
    *,
    right: Right,
    method: Literal["GET", "POST"] = "GET",
    empty: Fields | None = None,
    is_metered: bool = True,
    is_open_to_contacts: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of a path."""

    def register(handler: Handler) -> Handler:
        ENDPOINTS[path] = Endpoint(
            path=path,
            method=method,
            right=right,
            handler=handler,
            empty=empty or {},
            is_metered=is_metered,
            is_open_to_contacts=is_open_to_contacts,
        )
        return handler

    return register
