"""Access tokens: one a secret, fetched by whoever comes first, renewed once when WeCom refuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from steward.wecom.errors import Refused

EXPIRY_MARGIN = timedelta(minutes=5)
DEFAULT_LIFE = timedelta(seconds=7200)  # document path 91039
BLOCKED_FOR = timedelta(
    hours=1
)  # WeCom blocks the IP that repeats a wrong secret: document path 90313, 45009 note 5
_WRONG_CREDENTIAL = frozenset({40001, 40013, 40091})


class Token(NamedTuple):
    """An access token and for how long it holds from when it was fetched."""

    value: str
    life: timedelta


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token at hand. Two fetches make two of them even where WeCom gave the same value twice."""

    value: str
    good_until: datetime


class WrongSecrets:
    """The credentials WeCom called wrong within the last hour. Shared by every client of this process."""

    def __init__(self) -> None:
        self._until: dict[str, tuple[datetime, Refused]] = {}
        self._lock = Lock()

    def remember(self, key: str, error: Refused, now: datetime) -> None:
        with self._lock:
            self._until[key] = (now + BLOCKED_FOR, error)

    def refusal(self, key: str, now: datetime) -> Refused | None:
        """Return the refusal still in force; None: it may be tried."""
        with self._lock:
            until, error = self._until.get(key, (None, None))
            return error if until is not None and now < until else None


_WRONG_SECRETS = WrongSecrets()


class TokenKeeper:
    """The tokens of one corp. Safe to share between threads.

    Args:
        place: base URL and corp id: what makes equal secrets different ones.
        secrets: name -> secret.
        fetch: asks WeCom for the token of the secret of that name.
    """

    def __init__(
        self,
        *,
        place: str,
        secrets: Mapping[str, str],
        fetch: Callable[[str], Token],
        now: Callable[[], datetime],
        wrong_secrets: WrongSecrets = _WRONG_SECRETS,
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._wrong = wrong_secrets
        self._kept: dict[str, KeptToken] = {}
        self._locks = {name: Lock() for name in secrets}
        # A digest, so that no second copy of a secret lies about in the process.
        self._keys = {
            name: hashlib.sha256(f"{place}\n{secret}".encode()).hexdigest()
            for name, secret in secrets.items()
        }

    def get(self, name: str) -> KeptToken:
        """Return a token that holds for at least five minutes more."""
        kept = self._kept.get(name)
        if kept is not None and self._now() < kept.good_until:
            return kept
        return self.renew(name, kept)

    def renew(self, name: str, stale: KeptToken | None) -> KeptToken:
        """Return another token than `stale`: fetched here, or by another thread in the meantime."""
        with self._locks[name]:
            kept = self._kept.get(name)
            if kept is not None and kept is not stale and self._now() < kept.good_until:
                return kept
            return self._fetch_and_keep(name)

    def refusals(self, now: datetime) -> dict[str, Refused]:
        """Return the secrets WeCom called wrong within the last hour, by name."""
        found = {name: self._wrong.refusal(key, now) for name, key in self._keys.items()}
        return {name: refusal for name, refusal in found.items() if refusal is not None}

    def values(self) -> list[str]:
        """Return the tokens at hand, to be hidden in texts."""
        return [kept.value for kept in list(self._kept.values())]

    def _fetch_and_keep(self, name: str) -> KeptToken:
        now = self._now()
        if (refusal := self._wrong.refusal(self._keys[name], now)) is not None:
            raise Refused(refusal.errcode, refusal.errmsg, refusal.endpoint, refusal.remedy)
        try:
            token = self._fetch(name)
        except Refused as error:
            if error.errcode in _WRONG_CREDENTIAL:
                self._wrong.remember(self._keys[name], error, now)
            raise
        # Half of a short life: a margin longer than the life would fetch a token for every call.
        good_for = token.life - min(EXPIRY_MARGIN, token.life / 2)
        kept = self._kept[name] = KeptToken(token.value, now + good_for)
        return kept
