"""Who may call: secrets, tokens, addresses."""

import random
import string
from dataclasses import dataclass, field
from typing import Literal

from steward.simulator.errors import Refused
from steward.simulator.limits import Limits
from steward.simulator.pace import SlidingCount

SecretKind = Literal["app", "contacts", "archive"]
SECRET_KINDS: tuple[SecretKind, ...] = ("app", "contacts", "archive")

_BLOCK_S = 3600
_LETTERS = string.ascii_letters + string.digits + "-_"


@dataclass(slots=True)
class Token:
    """An access token: whose it is, until when (simulated Unix seconds), and whether it was taken back."""

    text: str
    kind: SecretKind
    expires_at: float
    is_revoked: bool = False


@dataclass(slots=True)
class _WrongSecrets:
    count: SlidingCount = field(default_factory=lambda: SlidingCount(_BLOCK_S))
    blocked_until: float = 0.0


class Access:
    """Hands out tokens and checks them. Secrets follow from the seed, so a process can be told them twice."""

    def __init__(self, seed: int, limits: Limits) -> None:
        self._rng = random.Random(f"{seed}:access")
        self._limits = limits
        self.corp_id = "ww" + self._random(16, string.hexdigits[:16])
        self.agent_id = 1000002
        self.secrets = {kind: self._random(43) for kind in SECRET_KINDS}
        self._kinds = {secret: kind for kind, secret in self.secrets.items()}
        self._tokens: dict[str, Token] = {}
        self._current: dict[SecretKind, Token] = {}
        self._wrong: dict[str, _WrongSecrets] = {}

    def _random(self, length: int, letters: str = _LETTERS) -> str:
        return "".join(self._rng.choices(letters, k=length))

    def token_for(self, corp_id: str, secret: str, ip: str, now: float) -> str:
        """Return the token of a secret: the same one as long as it is valid (document path 91039).

        Raises:
            Refused: 41002, 41004, 40013, 40001; 45009 after repeated wrong secrets, for an hour.
        """
        wrong = self._wrong.setdefault(ip, _WrongSecrets())
        if wrong.blocked_until - _BLOCK_S <= now < wrong.blocked_until:
            raise Refused(45009)
        if not corp_id:
            raise Refused(41002)
        if not secret:
            raise Refused(41004)
        if corp_id != self.corp_id:
            raise Refused(40013)
        kind = self._kinds.get(secret)
        if kind is None:
            if not wrong.count.admit(now, self._limits.wrong_secrets_before_block - 1):
                wrong.blocked_until = now + _BLOCK_S
            raise Refused(40001)
        return self._valid_token(kind, now).text

    def _valid_token(self, kind: SecretKind, now: float) -> Token:
        token = self._current.get(kind)
        if token is None or token.is_revoked or now >= token.expires_at:
            token = Token(self._random(214), kind, now + self._limits.token_lifetime_s)
            self._current[kind] = token
            self._tokens[token.text] = token
        return token

    def kind_of(self, token_text: str, now: float) -> SecretKind:
        """Return whose token this is.

        Raises:
            Refused: 41001 missing, 40014 unknown or taken back, 42001 expired.
        """
        if not token_text:
            raise Refused(41001)
        token = self._tokens.get(token_text)
        if token is None or token.is_revoked:
            raise Refused(40014)
        if now >= token.expires_at:
            raise Refused(42001)
        return token.kind

    def revoke_all(self) -> None:
        """Take back every token in use; the next call with one of them gets 40014."""
        for token in self._tokens.values():
            token.is_revoked = True
