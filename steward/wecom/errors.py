"""What can go wrong when WeCom is asked.

WeComError(errcode, errmsg, endpoint, remedy)
├── NoAnswer        no answer came; `maybe_arrived` says whether the request may have been carried out
├── BadAnswer       an answer came that cannot be used: HTML, cut off, null, a field missing
├── Busy            WeCom said "later" (class "retry")
├── TooOften        a frequency limit (class "wait"); `wait` is how long it lasts
├── TokenExpired    the token was refused, also the fresh one (class "token")
└── Refused         no, and no repetition changes that (class "never")
    └── NotConfigured   a credential is missing here; nothing was sent
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from steward.wecom.concealment import conceal
from steward.wecom.errcodes import RetryClass

_LONGEST_ERRMSG = 500


class WeComError(Exception):
    """A question to WeCom that was not answered as hoped. `str()` is one line without secrets.

    Args:
        errcode: WeCom's errcode; None when there was none.
        errmsg: WeCom's errmsg with its hint, or our own words.
        endpoint: as in WeCom's documents, without "/cgi-bin/": "message/send".
        remedy: what an admin does about it (Chinese); None when nobody knows.
        known: literal secrets to hide in `errmsg`.
    """

    retry_class: RetryClass = "retry"

    def __init__(
        self,
        errcode: int | None,
        errmsg: str,
        endpoint: str,
        remedy: str | None = None,
        *,
        known: Iterable[str] = (),
    ) -> None:
        self.errcode = errcode
        self.errmsg = conceal(" ".join(errmsg.split()), known)[:_LONGEST_ERRMSG]
        self.endpoint = endpoint
        self.remedy = remedy
        super().__init__(errcode, self.errmsg, endpoint, remedy)

    @property
    def detail(self) -> str:
        """Endpoint, errcode and errmsg in one line, without the remedy."""
        code = "" if self.errcode is None else f"{self.errcode} "
        return f"{self.endpoint}: {code}{self.errmsg}"

    def __str__(self) -> str:
        return f"{self.detail} → {self.remedy}" if self.remedy else self.detail


class NoAnswer(WeComError):
    """No answer came. `maybe_arrived` is False only where the request surely never left this machine."""

    def __init__(self, errmsg: str, endpoint: str, *, maybe_arrived: bool, known: Iterable[str] = ()) -> None:
        super().__init__(None, errmsg, endpoint, "检查本机到企业微信的网络与代理", known=known)
        self.maybe_arrived = maybe_arrived


class BadAnswer(WeComError):
    """An answer that cannot be used. `field` names the wrong field; None: the whole body is no answer."""

    def __init__(
        self, errmsg: str, endpoint: str, *, field: str | None = None, known: Iterable[str] = ()
    ) -> None:
        remedy = "检查 settings.toml 的 base_url，以及途中的代理或网关" if field is None else None
        super().__init__(None, errmsg, endpoint, remedy, known=known)
        self.field = field


class Busy(WeComError):
    """WeCom asks for patience: the same call may work a moment later."""


class TooOften(WeComError):
    """A frequency limit. `wait`: how long WeCom refuses this call."""

    retry_class: RetryClass = "wait"

    def __init__(
        self,
        errcode: int | None,
        errmsg: str,
        endpoint: str,
        remedy: str | None = None,
        *,
        wait: timedelta,
        known: Iterable[str] = (),
    ) -> None:
        super().__init__(errcode, errmsg, endpoint, remedy, known=known)
        self.wait = wait


class TokenExpired(WeComError):
    """The token was refused, and so was the one fetched in its place."""

    retry_class: RetryClass = "token"


class Refused(WeComError):
    """WeCom said no; only a person can change that, and `remedy` says how where it is known."""

    retry_class: RetryClass = "never"


class NotConfigured(Refused):
    """A credential this call needs is not set. `what` names it; nothing was sent."""

    def __init__(self, what: str, endpoint: str, remedy: str) -> None:
        super().__init__(None, f"{what}未配置", endpoint, remedy)
        self.what = what
