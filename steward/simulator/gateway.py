"""The way of a call: path, fault, load, token, right, handler, and the answer in WeCom's shape."""

import hashlib
import json
import logging
import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from steward.simulator import endpoints as endpoints  # importing it fills the registry
from steward.simulator.errors import Refused
from steward.simulator.faults import Fault, Faults
from steward.simulator.registry import ENDPOINTS, Answer, Call, Endpoint
from steward.simulator.site import Site, to_json

_log = logging.getLogger(__name__)
_PREFIX = re.compile(r"^(?:cgi-bin/)+")
_NOT_FOUND = b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the wire. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    ip: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; `is_cut` closes the connection without a word."""

    status: int
    body: bytes
    headers: dict[str, str]
    is_cut: bool = False


CUT = Reply(0, b"", {}, is_cut=True)


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Return (endpoint, query). Clients double slashes and prefixes when they build addresses."""
    path, _, query = target.partition("?")
    path = re.sub(r"/{2,}", "/", path).strip("/")
    return _PREFIX.sub("", path), dict(parse_qsl(query, keep_blank_values=True)) if query else {}


class Gateway:
    """Answers API calls. Waiting happens outside the site's lock, handling inside."""

    def __init__(self, site: Site, latency_s: float) -> None:
        self.site = site
        self.faults = Faults(site.company.seed)
        self.stopping = threading.Event()
        self.latency_s = latency_s
        self._hints = count(1)
        self._running: Counter[str] = Counter()
        self._running_lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        """Return the reply to one call."""
        path, query = split_target(request.target)
        endpoint = ENDPOINTS.get(path)
        if endpoint is None:
            return Reply(404, _NOT_FOUND, {"Content-Type": "text/html"})
        with self._running_lock:
            self._running[path] += 1
            parallel = self._running[path]
        try:
            return self._answer(endpoint, request, query, parallel)
        finally:
            with self._running_lock:
                self._running[path] -= 1

    def _answer(self, endpoint: Endpoint, request: Request, query: dict[str, str], parallel: int) -> Reply:
        fault = self.faults.take(endpoint.path, request.target.encode() + b"\n" + request.body)
        wait_s = self.latency_s + (fault.delay_s if fault else 0.0)
        if wait_s:
            self.stopping.wait(wait_s)
        if fault is None or not fault.leaves_unanswered:
            return self._handle(endpoint, request, query, parallel, fault)
        is_accepted = False
        if fault.is_stopped:
            self._count(endpoint.path, None)
        else:
            reply = self._handle(endpoint, request, query, parallel, fault)
            is_accepted = reply.headers.get("error-code") == "0"
        if not endpoint.is_metered:
            self._note_unanswered(endpoint, request, query, is_accepted)
        return CUT if fault.cut else _garbage(fault)

    def _note_unanswered(
        self, endpoint: Endpoint, request: Request, query: dict[str, str], is_accepted: bool
    ) -> None:
        site, body = self.site, _parse(request)[0]
        with site.lock:
            bot = site.world.bots.get(query.get("key", ""))
            to = bot.label if bot else str(body.get("chatid") or body.get("touser") or "")
            site.postbox.leave_unanswered(endpoint.path, to, body, is_accepted=is_accepted)

    def _handle(
        self, endpoint: Endpoint, request: Request, query: dict[str, str], parallel: int, fault: Fault | None
    ) -> Reply:
        site = self.site
        ip = site.limits.caller_ip or request.ip
        body, is_json = _parse(request)
        with site.lock:
            call = Call(site, endpoint.path, query, body, request.body, request.headers, ip, site.live())
            site.postbox.is_answering = fault is None or not fault.leaves_unanswered
            try:
                if fault and fault.errcode:
                    raise Refused(fault.errcode, fault.errmsg)
                _check_load(endpoint, call, parallel)
                _check_rights(endpoint, call)
                _check_request(endpoint, request, site)
                made = endpoint.handler(call)
            except Refused as refused:
                return self._refusal(endpoint, refused, ip, is_json)
            except Exception:
                # A mistake of the simulator's own must look like one, never like an answer of WeCom's.
                _log.exception("%s failed", endpoint.path)
                return Reply(500, b"the simulator failed; see its log", {"Content-Type": "text/plain"})
            self._count(endpoint.path, 0)
        if isinstance(made, Answer):
            return _accepted(made)
        return _accepted(Answer(to_json({"errcode": 0, "errmsg": "ok", **made})))

    def _refusal(self, endpoint: Endpoint, refused: Refused, ip: str, is_json: bool) -> Reply:
        self._count(endpoint.path, refused.errcode)
        text = refused.text if is_json else f"{refused.text}. Warning: wrong json format. "
        body = {
            "errcode": refused.errcode,
            "errmsg": self._errmsg(refused.errcode, text, ip),
            **endpoint.empty,
            **refused.fields,
        }
        return _json_reply(200, to_json(body), refused.errcode, text)

    def _errmsg(self, errcode: int, text: str, ip: str) -> str:
        number = next(self._hints)
        digest = hashlib.md5(f"{number}".encode(), usedforsecurity=False).hexdigest()
        hint = f"[{int(self.site.clock.seconds())}_{number}_{digest}]"
        link = f"https://open.work.weixin.qq.com/devtool/query?e={errcode}"
        return f"{text}, hint: {hint}, from ip: {ip}, more info at {link}"

    def _count(self, path: str, errcode: int | None) -> None:
        with self.site.lock:
            self.site.postbox.calls[path, errcode] += 1


def _garbage(fault: Fault) -> Reply:
    return Reply(fault.status, fault.body or b"", {"Content-Type": "text/html"})


def _accepted(answer: Answer) -> Reply:
    reply = _json_reply(answer.status, answer.body, 0, "ok")
    return replace(reply, headers={**reply.headers, "Content-Type": answer.content_type, **answer.headers})


def _json_reply(status: int, body: bytes, errcode: int, text: str) -> Reply:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "error-code": str(errcode),
        "error-msg": text,
    }
    return Reply(status, body, headers)


def _parse(request: Request) -> tuple[dict[str, Any], bool]:
    """Return the body as JSON whatever its Content-Type says, and whether it was JSON.

    WeCom goes on with what it could not read as if it were empty, and warns in errmsg (90313).
    """
    if not request.body or request.headers.get("content-type", "").startswith("multipart/"):
        return {}, True
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}, False
    return (body, True) if isinstance(body, dict) else ({}, False)


def _check_load(endpoint: Endpoint, call: Call, parallel: int) -> None:
    limits = call.site.limits
    if limits.parallel_calls is not None and parallel > limits.parallel_calls:
        raise Refused(45033)
    default = limits.calls_per_minute if endpoint.is_metered else None
    allowed = limits.calls_per_minute_by_endpoint.get(endpoint.path, default)
    if allowed is not None and not call.site.endpoint_gates[endpoint.path].admit(call.now, allowed):
        raise Refused(45009)


def _check_rights(endpoint: Endpoint, call: Call) -> None:
    """Check the token, the caller's address, and what the secret behind the token may do.

    Raises:
        Refused: 41001, 40014, 42001; 60020, 301042; 48002, 48009, 301002.
    """
    if endpoint.right == "none":
        return
    limits = call.site.limits
    call.kind = call.site.access.kind_of(call.query.get("access_token", ""), call.now)
    trusted = limits.archive_trusted_ips if call.kind == "archive" else limits.trusted_ips
    if trusted is not None and call.ip not in trusted:
        raise Refused(301042 if call.kind == "archive" else 60020)
    if endpoint.right == "any" or _has_right(endpoint, call):
        return
    if endpoint.path == "message/send" and call.kind != "app":
        raise Refused(301002)
    raise Refused(48009 if call.kind == "contacts" and endpoint.right == "directory" else 48002)


def _has_right(endpoint: Endpoint, call: Call) -> bool:
    if call.kind == "app":
        return endpoint.right in call.site.limits.app_rights
    if call.kind == "contacts":
        return endpoint.right == "list_id" or endpoint.is_open_to_contacts
    return endpoint.right == "archive"


def _check_request(endpoint: Endpoint, request: Request, site: Site) -> None:
    if endpoint.method == "POST" and request.method != "POST":
        raise Refused(40058, "require POST method")
    if site.limits.refuses_unicode_escapes and b"\\u" in request.body:
        raise Refused(40033)
