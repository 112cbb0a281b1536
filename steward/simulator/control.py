"""Control over HTTP, for a test or an operator in another process: the simulator's own methods by name."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from steward.simulator.gateway import Reply, Request, split_target
from steward.simulator.site import to_json

if TYPE_CHECKING:
    from steward.simulator.simulator import Simulator

PREFIX = "_sim/"


class Control:
    """Answers /_sim/ calls with JSON: 200 and a value, or 400 and what was wrong."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self._verbs: dict[tuple[str, str], Callable[[dict[str, Any]], object]] = {
            ("POST", "fail_next"): self._fail_next,
            ("POST", "clear_faults"): lambda _: simulator.clear_faults(),
            ("POST", "set_now"): self._set_now,
            ("POST", "revoke_tokens"): lambda _: simulator.revoke_tokens(),
            ("POST", "limits"): lambda body: simulator.set_limits(**body),
            ("POST", "empty_group"): lambda body: simulator.empty_group(body["chat_id"]),
            ("POST", "dismiss_group"): lambda body: simulator.dismiss_group(body["chat_id"]),
            ("GET", "limits"): lambda _: simulator.limits,
            ("GET", "now"): lambda _: {"now": simulator.now().isoformat()},
            ("GET", "received"): lambda _: list(simulator.received),
            ("GET", "dropped"): lambda _: list(simulator.dropped),
            ("GET", "unanswered"): lambda _: list(simulator.unanswered),
            ("GET", "busiest"): lambda _: simulator.busiest(),
            ("GET", "recalled"): lambda _: list(simulator.recalled),
            ("GET", "updated_cards"): lambda _: list(simulator.updated_cards),
            ("GET", "planted"): lambda _: simulator.planted,
            ("GET", "rooms"): lambda _: simulator.rooms(),
            ("GET", "calls"): lambda _: self._calls(),
        }

    def answer(self, request: Request) -> Reply:
        """Return the reply to one control call."""
        verb = split_target(request.target)[0].removeprefix(PREFIX)
        if request.method == "GET" and verb.startswith("media/"):
            return self._media(verb.removeprefix("media/"))
        act = self._verbs.get((request.method, verb))
        if act is None:
            return _reply(404, {"error": f"no {request.method} /_sim/{verb}"})
        try:
            value = act(json.loads(request.body or b"{}"))
        except KeyError as error:
            return _reply(400, {"error": f"missing or unknown: {error}"})
        except (TypeError, ValueError) as error:
            return _reply(400, {"error": str(error)})
        return _reply(200, {"ok": True} if value is None else value)

    def _set_now(self, body: dict[str, Any]) -> None:
        now = datetime.fromisoformat(body.pop("now"))
        self._simulator.set_now(now, **body)

    def _fail_next(self, body: dict[str, Any]) -> None:
        if "body_base64" in body:
            body["body"] = base64.b64decode(body.pop("body_base64"))
        elif isinstance(body.get("body"), str):
            body["body"] = body["body"].encode()
        self._simulator.fail_next(**body)

    def _calls(self) -> list[dict[str, Any]]:
        return [
            {"endpoint": endpoint, "errcode": errcode, "count": number}
            for (endpoint, errcode), number in self._simulator.calls.copy().items()
        ]

    def _media(self, media_id: str) -> Reply:
        try:
            filename, content = self._simulator.media(media_id)
        except KeyError:
            return _reply(404, {"error": "no such media_id"})
        # A header holds latin-1 only, so the name travels as a JSON string with escapes.
        headers = {"Content-Type": "application/octet-stream", "X-Filename": json.dumps(filename)}
        return Reply(200, content, headers)


def _reply(status: int, value: object) -> Reply:
    return Reply(status, to_json(value), {"Content-Type": "application/json; charset=UTF-8"})
