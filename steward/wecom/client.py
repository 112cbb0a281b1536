"""The only way to WeCom: one `call`, with its token, its pace, its retries and its errors."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import suppress
from copy import copy
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Literal, TypeVar

from steward.wecom.address import is_loopback, to_base_url
from steward.wecom.answers import need_str, to_int
from steward.wecom.concealment import conceal, hide_secrets_in_urllib3_log
from steward.wecom.errors import (
    BadAnswer,
    Busy,
    NoAnswer,
    NotConfigured,
    Refused,
    TokenExpired,
    TooOften,
    WeComError,
)
from steward.wecom.pace import Gate, map_parallel
from steward.wecom.token import DEFAULT_LIFE, KeptToken, Token, TokenKeeper
from steward.wecom.transport import Failure, Files, exchange, make_session
from steward.wecom.verdicts import next_wait_s, to_error

SecretName = Literal["app", "contacts", "archive"]
OnCall = Callable[[str, str, float], None]
"""(endpoint, errcode, seconds). In place of an errcode: "timeout" no answer in time · "none" no connection, or it was
cut · "unreadable" an answer that is none of WeCom's."""
OnToken = Callable[[str], None]
"""Told every access token that comes in, so that it is hidden in what is logged."""
_T = TypeVar("_T")
_R = TypeVar("_R")
_SECRET_WORDS: Mapping[SecretName, str] = {
    "app": "自建应用",
    "contacts": "通讯录同步",
    "archive": "会话内容存档",
}
_UNSET = "unset"
_SHOWN_OF_ANSWER = 120


class WeComClient:
    """A client of one corp. Safe to share between threads; make one for a process.

    Args:
        base_url: with or without "/cgi-bin"; any other path is used as given.
        secrets: "app", "contacts", "archive" -> secret; only those that are set.
        agent_id: the app's AgentId; None where nothing is sent by the app.
        bot_keys: bot name -> webhook key.
        parallel_calls: the most calls of one endpoint at once.
        sleep: takes seconds.
        on_call: told of every exchange, for metrics. What it raises goes no further.
        on_token: told every access token.
    """

    def __init__(
        self,
        *,
        base_url: str,
        corp_id: str,
        secrets: Mapping[SecretName, str],
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        random: random_module.Random,
        agent_id: int | None = None,
        bot_keys: Mapping[str, str] | None = None,
        parallel_calls: int = 5,
        connect_timeout_s: float = 3.05,
        read_timeout_s: float = 10.0,
        on_call: OnCall = lambda endpoint, errcode, took_s: None,
        on_token: OnToken = lambda token: None,
    ) -> None:
        self._base_url = to_base_url(base_url)
        self._is_loopback = is_loopback(self._base_url)
        self._corp_id = corp_id
        self._secrets: Mapping[str, str] = self._filled(secrets)
        self._agent_id = agent_id
        self._bot_keys = dict(bot_keys or {})
        self._parallel_calls = parallel_calls
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._now, self._sleep, self._random = now, sleep, random
        self._on_call, self._on_token = on_call, on_token
        self._may_write: Callable[[], bool] = lambda: True
        self._gates: dict[str, Gate] = {}
        self._session = make_session(
            self._base_url, pool_size=parallel_calls * 3, through_proxy=not self._is_loopback
        )
        self._tokens = TokenKeeper(
            place=f"{self._base_url} {corp_id}", secrets=self._secrets, fetch=self._fetch_token, now=now
        )
        hide_secrets_in_urllib3_log()

    def __repr__(self) -> str:
        return f"WeComClient({self._base_url}, {self._corp_id}, secrets={sorted(self._secrets)})"

    def __enter__(self) -> WeComClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def sending_if(self, may_write: Callable[[], bool]) -> WeComClient:
        """Return this client, connections, tokens and all, asking first: right before each request is written.

        Where it may not, `NoAnswer` says that nothing has left this machine.
        """
        asking = copy(self)
        asking._may_write = may_write
        return asking

    def has(self, secret: SecretName) -> bool:
        """Tell whether that secret is set (on a loopback server every one is)."""
        return secret in self._secrets

    def refused_secrets(self, now: datetime) -> dict[str, Refused]:
        """Return the secrets WeCom called wrong within the last hour, by name. Asks nobody, not even the time."""
        return self._tokens.refusals(now)

    def agent_id(self, endpoint: str) -> int:
        """Return the app's AgentId.

        Raises:
            NotConfigured: it is not set and the server is not on loopback.
        """
        if self._agent_id is None and not self._is_loopback:
            raise NotConfigured(
                "agent_id", endpoint, "在 settings.toml 的 [company.agents.app] 填写 agent_id"
            )
        return self._agent_id or 0

    def bot_key(self, bot: str, endpoint: str) -> str:
        """Return the webhook key of the bot of that name.

        Raises:
            NotConfigured: there is no such bot and the server is not on loopback.
        """
        key = self._bot_keys.get(bot) or (_UNSET if self._is_loopback else None)
        if key is None:
            raise NotConfigured(
                f"机器人「{bot}」", endpoint, f"在 settings.toml 增加 [people.bots.{bot}] 并填写 key"
            )
        return key

    def call(
        self,
        endpoint: str,
        *,
        secret: SecretName | None = "app",  # noqa: S107 - a name, not a secret
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Files | None = None,
        read: bool = True,
    ) -> dict[str, Any]:
        """Return WeCom's answer to one question, errcode 0 or absent.

        Args:
            endpoint: "department/list"; GET, or POST where there is a body or files.
            secret: whose token goes along; None: none (webhooks).
            read: may be repeated without harm. A send (False) leaves once; only a refused token, which means it
                was not carried out, is followed by a second try.

        Raises:
            WeComError: see the tree in `errors`.
        """
        retries = 0
        while True:
            try:
                return self._call_with_token(endpoint, secret, query, body, files, read)
            except WeComError as error:
                wait_s = next_wait_s(error, retries, self._random) if read else None
                if wait_s is None:
                    raise
                # Then the gate waits, and with it everybody who asks this endpoint.
                gate_is_closed = isinstance(error, TooOften) and error.endpoint == endpoint
            retries += 1
            if not gate_is_closed:
                self._sleep(wait_s)

    def map_parallel(
        self, function: Callable[[_T], _R], items: Iterable[_T]
    ) -> Generator[tuple[_T, _R | WeComError], None, None]:
        """Yield each item with its result or `WeComError`, in order, `parallel_calls` at once."""
        return map_parallel(function, items, workers=self._parallel_calls)

    def parallel_limit(self, endpoint: str) -> int:
        """Return how many calls of `endpoint` may run at once just now."""
        return self._gate(endpoint).limit

    def _call_with_token(
        self,
        endpoint: str,
        secret: SecretName | None,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        files: Files | None,
        read: bool,
    ) -> dict[str, Any]:
        if secret is None:
            return self._exchange(endpoint, query or {}, body, files, read)
        token = self._token(secret, endpoint)
        try:
            return self._exchange(endpoint, {**(query or {}), "access_token": token.value}, body, files, read)
        except TokenExpired:
            token = self._tokens.renew(secret, token)
        try:
            return self._exchange(endpoint, {**(query or {}), "access_token": token.value}, body, files, read)
        except TokenExpired as error:
            if error.errcode == 40001:  # a fresh token of the wrong kind: no third one will be better
                raise Refused(error.errcode, error.errmsg, endpoint, error.remedy) from None
            raise

    def _exchange(
        self,
        endpoint: str,
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        files: Files | None,
        read: bool,
    ) -> dict[str, Any]:
        gate = self._gate(endpoint)
        with gate.passage(self._now, self._sleep) as limit_met:
            if not self._may_write():
                raise NoAnswer("没有发送：已经太迟，这条消息不再归本进程处理", endpoint, maybe_arrived=False)
            began = perf_counter()
            answer = exchange(
                self._session, self._base_url + endpoint, query, body=body, files=files, timeout=self._timeout
            )
            took_s = perf_counter() - began
        error = self._failure(answer, endpoint)
        # A fault of whoever counts must not cost a message.
        with suppress(Exception):
            self._on_call(endpoint, _errcode_word(answer, error), took_s)
        if error is None:
            gate.went_well()
            assert isinstance(answer, dict)  # noqa: S101 - what _failure found no fault with is an answer
            return answer
        self._ease(gate, limit_met, error, read)
        raise error

    def _failure(self, answer: dict[str, Any] | Failure, endpoint: str) -> WeComError | None:
        if isinstance(answer, Failure):
            if answer.maybe_arrived is None:
                # Shortened only after: half a secret would no longer be recognised.
                text = conceal(answer.text, self._known_secrets())[:_SHOWN_OF_ANSWER]
                return BadAnswer(text, endpoint)
            return NoAnswer(answer.text, endpoint, maybe_arrived=answer.maybe_arrived)
        errcode = to_int(answer.get("errcode", 0))
        if errcode == 0:
            return None
        if errcode is None:
            return BadAnswer("errcode 不是整数", endpoint, field="errcode")
        errmsg = str(answer.get("errmsg") or "")
        return to_error(errcode, errmsg, endpoint, now=self._now(), known=self._known_secrets())

    def _ease(self, gate: Gate, limit_met: int, error: WeComError, read: bool) -> None:
        if isinstance(error, Busy) and error.errcode == 45033:
            gate.slow_down(limit_met)
        # The limits of sends are per bot or per person, and the outbox paces them: the endpoint stays open.
        elif isinstance(error, TooOften) and read and error.wait <= timedelta(seconds=60):
            gate.close_for(error.wait, self._now())

    def _token(self, secret: SecretName, endpoint: str) -> KeptToken:
        if secret not in self._secrets:
            what = f"{_SECRET_WORDS[secret]}的 secret"
            where = (
                f"把 settings.toml [company.agents.{secret}] 里写明的环境变量（或文件）设上；"
                "是哪一个，main.py doctor 会说"
            )
            raise NotConfigured(what, endpoint, where)
        return self._tokens.get(secret)

    def _fetch_token(self, secret: str) -> Token:
        query = {"corpid": self._corp_id, "corpsecret": self._secrets[secret]}
        answer = self._call_gettoken(query)
        life_s = to_int(answer.get("expires_in"))
        life = timedelta(seconds=life_s) if life_s and life_s > 0 else DEFAULT_LIFE
        value = need_str(answer, "access_token", "gettoken")
        self._on_token(value)
        return Token(value, life)

    def _call_gettoken(self, query: Mapping[str, Any]) -> dict[str, Any]:
        try:
            # Not repeated here: a read that needs the token is repeated as a whole, and a send must come to its
            # end well within the time for which the outbox has claimed its message.
            return self.call("gettoken", secret=None, query=query, read=False)
        except TokenExpired as error:  # here it means the secret itself
            raise Refused(error.errcode, error.errmsg, "gettoken", error.remedy) from None

    def _gate(self, endpoint: str) -> Gate:
        gate = self._gates.get(endpoint)
        return gate if gate is not None else self._gates.setdefault(endpoint, Gate(self._parallel_calls))

    def _known_secrets(self) -> list[str]:
        return [*self._secrets.values(), *self._bot_keys.values(), *self._tokens.values()]

    def _filled(self, secrets: Mapping[SecretName, str]) -> dict[str, str]:
        given: dict[str, str] = {name: value for name, value in secrets.items() if value}
        if not self._is_loopback:
            return given
        # A simulator or a replay server on this machine does not mind: base_url alone need change.
        return {name: given.get(name, _UNSET) for name in _SECRET_WORDS}


def _errcode_word(answer: dict[str, Any] | Failure, error: WeComError | None) -> str:
    if error is None:
        return "0"
    if isinstance(answer, Failure) and answer.maybe_arrived is not None:
        return "timeout" if answer.timed_out else "none"
    return "unreadable" if error.errcode is None else str(error.errcode)
