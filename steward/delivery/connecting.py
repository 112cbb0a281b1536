"""What e-mail and webhook share on the way to the other side."""

from __future__ import annotations

import ssl
from pathlib import Path

from steward.model.delivery import NotSent, Outcome


class Ended(Exception):
    """The exchange is over and the message was not accepted; carries what that means for it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def make_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies certificate and name; `ca_file` is trusted beside the system's authorities.

    Raises:
        Ended: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one, too
            why = "不是 PEM 证书" if isinstance(error, ssl.SSLError) else (error.strerror or "读不到")
            remedy = "核对 settings.toml 的 ca_file：PEM 格式，本程序的用户可读"
            raise Ended(NotSent(detail=f"根证书文件 {ca_file}：{why}", remedy=remedy)) from None
    return context
