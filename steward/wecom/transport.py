"""One HTTP exchange with WeCom: a request out, a JSON object or a named failure back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, ProxyError, RequestException, SSLError
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import MaxRetryError, NewConnectionError

Files = Mapping[str, tuple[str, bytes]]
_READ_OF_BODY = 2000


class Failure(NamedTuple):
    """An exchange without a usable answer. `maybe_arrived` is None where an unreadable answer came.

    `text` may hold the start of that answer, secrets and all: conceal first, shorten after.
    """

    text: str
    maybe_arrived: bool | None
    timed_out: bool = False


def make_session(base_url: str, *, pool_size: int, through_proxy: bool) -> requests.Session:
    """Return a session that threads may share.

    Proxies and CA bundle are read from the environment once, here: requests would read them, and ~/.netrc,
    for every call, and netrc would add an Authorization header WeCom never asked for.
    """
    session = requests.Session()
    settings = session.merge_environment_settings(base_url, {}, None, None, None)
    session.verify = settings["verify"]
    session.proxies = settings["proxies"] if through_proxy else {}
    session.trust_env = False
    session.cookies = _NoCookies()
    # No retries underneath ours: a send must leave once, and ours are counted and spaced.
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=pool_size, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _NoCookies(RequestsCookieJar):
    """Keeps nothing: WeCom needs no cookies, and a jar shared by threads is not safe to write."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Leave the answer's cookies where they are."""


def to_json_bytes(body: Mapping[str, Any]) -> bytes:
    r"""Return `body` as raw UTF-8 JSON, byte for byte the same for equal bodies.

    Not \uXXXX: WeCom refuses it in some calls (40033, document path 90313). Sorted: duplicate check compares
    the request as it was sent (document path 90236).
    """
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def exchange(
    session: requests.Session,
    url: str,
    query: Mapping[str, Any],
    *,
    body: Mapping[str, Any] | None,
    files: Files | None,
    timeout: tuple[float, float],
) -> dict[str, Any] | Failure:
    """GET, or POST where there is a body or a file, and return the JSON object of the answer."""
    try:
        if files is not None:
            prepared = session.prepare_request(requests.Request("POST", url, params=query, files=files))
        else:
            prepared = _prepare(session, url, query, body)
        # By the adapter and not by the session: what that does besides (cookies, redirects, hooks) is unwanted here, a
        # redirect would carry the token to whoever it names, and it costs a third of a call.
        verify = True if session.verify is None else session.verify
        response = session.get_adapter(url).send(
            prepared, timeout=timeout, verify=verify, proxies=session.proxies
        )
        content = response.content
    except RequestException as error:
        return Failure(_describe(error), _maybe_arrived(error), timed_out="Timeout" in _kinds(error))
    return _to_answer(content, response.status_code)


def _prepare(
    session: requests.Session, url: str, query: Mapping[str, Any], body: Mapping[str, Any] | None
) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.prepare_method("GET" if body is None else "POST")
    prepared.prepare_url(url, query)
    prepared.prepare_hooks(None)
    prepared.headers = CaseInsensitiveDict({name: str(value) for name, value in session.headers.items()})
    if body is not None:
        prepared.body = to_json_bytes(body)
        prepared.headers["Content-Type"] = "application/json"
        prepared.headers["Content-Length"] = str(len(prepared.body))
    return prepared


def _to_answer(content: bytes, status: int) -> dict[str, Any] | Failure:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return Failure(f"HTTP {status}，不是 JSON：{_start_of(content)}", None)
    if not isinstance(answer, dict):
        return Failure(f"HTTP {status}，不是 JSON 对象：{_start_of(content)}", None)
    # WeCom says errors with HTTP 200, so the status counts only where errcode says nothing.
    if status >= 300 and "errcode" not in answer:
        return Failure(f"HTTP {status}，没有 errcode", None)
    return answer


def _start_of(content: bytes) -> str:
    return repr(content[:_READ_OF_BODY].decode("utf-8", "replace")) if content else "（空）"


def _maybe_arrived(error: RequestException) -> bool:
    if isinstance(error, ConnectTimeout | ProxyError):
        return False
    if isinstance(error, SSLError):
        return "certificate verify failed" not in str(error).lower()
    if isinstance(error, NotConnected):
        reason = error.args[0] if error.args else None
        return not (isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError))
    # What is left of ValueError is a request that could not even be built.
    return not isinstance(error, ValueError)


def _describe(error: RequestException) -> str:
    return f"没有得到回答（{_kinds(error)}）"


def _kinds(error: RequestException) -> str:
    # The library's own text repeats the whole URL, so only the kinds of the errors are told.
    names = [type(error).__name__]
    inner = error.args[0] if error.args else None
    inner = getattr(inner, "reason", None) or inner
    if isinstance(inner, BaseException):
        names.append(type(inner).__name__)
    return "：".join(names)
