"""A plain way to call the simulator over real sockets, the standard library only."""

import json
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from steward.simulator import Simulator

FRIDAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""A working day at 16:00 where the company is."""


class Caller:
    """One kept-alive connection and the token of one secret."""

    def __init__(self, sim: Simulator, secret: str = "app") -> None:
        self.sim = sim
        self.credentials = sim.credentials()
        host = self.credentials["base_url"].split("/")[2]
        self.connection = HTTPConnection(host, timeout=5)
        self.token = self.fetch_token(self.credentials["secrets"][secret])["access_token"]

    def raw(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return (status, headers in lower case, body) of a request to any address."""
        self.connection.request(method, target, body, headers or {})
        response = self.connection.getresponse()
        content = response.read()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, content

    def fetch_token(self, secret: str, corp_id: str | None = None) -> dict[str, Any]:
        """Return the whole answer of gettoken."""
        corp_id = self.credentials["corp_id"] if corp_id is None else corp_id
        return self.get("gettoken", corpid=corp_id, corpsecret=secret, token=None)

    def get(self, path: str, *, token: str | None = "", **query: Any) -> dict[str, Any]:
        """GET an endpoint with the caller's token, or with another one, or with none."""
        return json.loads(self.raw("GET", self._target(path, token, query))[2])

    def post(
        self, path: str, body: dict[str, Any] | bytes | None = None, *, token: str | None = "", **query: Any
    ) -> dict[str, Any]:
        """POST JSON, without a Content-Type as some clients do."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}, ensure_ascii=False).encode()
        return json.loads(self.raw("POST", self._target(path, token, query), data)[2])

    def _target(self, path: str, token: str | None, query: dict[str, Any]) -> str:
        if token is not None:
            query = {**query, "access_token": token or self.token}
        return f"/cgi-bin/{path}?{urlencode(query)}"

    def send_text(self, to: str, content: str = "您好", **extra: Any) -> dict[str, Any]:
        """Send a text message of the application."""
        body = {"touser": to, "msgtype": "text", "agentid": self.credentials["agent_id"]}
        return self.post("message/send", {**body, "text": {"content": content}, **extra})

    def send_by_bot(self, body: dict[str, Any] | None = None, bot: int = 0) -> dict[str, Any]:
        """Send through one of the bots."""
        key = self.credentials["bot_keys"][bot]
        return self.post(
            "webhook/send", body or {"msgtype": "text", "text": {"content": "您好"}}, token=None, key=key
        )

    def upload(
        self, path: str, content: bytes, filename: str, kind: str = "file", **query: Any
    ) -> dict[str, Any]:
        """Upload a file as multipart form data."""
        head = (
            f'--frontier\r\nContent-Disposition: form-data; name="media"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        form = head.encode() + content + b"\r\n--frontier--\r\n"
        query = {"type": kind, **query} if "key" in query else {"type": kind, "access_token": self.token}
        headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
        return json.loads(self.raw("POST", f"/cgi-bin/{path}?{urlencode(query)}", form, headers)[2])

    def control(self, verb: str, body: dict[str, Any] | None = None) -> Any:
        """Call /_sim/: POST with a body, else GET."""
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self.raw("GET" if body is None else "POST", f"/_sim/{verb}", data)[2])

    def close(self) -> None:
        """End the connection."""
        self.connection.close()


def rooms_of(sim: Simulator, kind: str, audience: str = "staff") -> list[dict[str, Any]]:
    """Return the groups of one kind and audience."""
    return [room for room in sim.rooms() if room["kind"] == kind and room["audience"] == audience]
