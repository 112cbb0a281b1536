"""One mail over one connection, step by step, so that it is known how far it came when something breaks."""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from steward.delivery.connecting import Ended, make_context
from steward.delivery.send import ClaimLost
from steward.delivery.smtp_outcomes import TOO_BIG_REMEDY, Stage, judge_error, judge_reply
from steward.model.delivery import Accepted, Outcome, Refused

_CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server and how to be let in.

    Args:
        password: read anew for each connection; None = not set.
        secret_place: where the password is kept, in words ("env:STEWARD_SMTP_PASSWORD"); for remedies.
        ca_file: trusted beside the system's authorities.
        timeout_s: for each answer.
        at_most_s: for the whole exchange; shorter than a claim's lease, or another worker would take the message.
        least_wait_s: there is always this much time for the last answer: what is not waited for becomes unknown.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    user: str | None = None
    password: Callable[[], str | None] = field(default=lambda: None, repr=False)
    secret_place: str = ""
    ca_file: Path | None = None
    timeout_s: float = 20.0
    at_most_s: float = 90.0
    least_wait_s: float = 5.0


class SmtpSession:
    """A connection that was greeted, encrypted and logged in; one message goes through it.

    Raises:
        Ended: from every step that fails.
    """

    def __init__(self, server: MailServer, *, ehlo_name: str, monotonic: Callable[[], float]) -> None:
        self._server = server
        self._monotonic = monotonic
        self._ends_at = monotonic() + server.at_most_s
        self._stage: Stage = "connect"
        self._hidden: tuple[str, ...] = ()
        self._smtp = self._connect(ehlo_name)
        try:
            self._be_let_in()
        except Ended:
            self._smtp.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        # What became of the message is known by now; how the connection ends changes nothing. In the middle of a
        # text nothing is polite: whatever were written now would become part of it.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if self._smtp.sock is not None and (kind is None or self._stage != "message"):
                self._smtp.sock.settimeout(1.0)
                self._smtp.quit()
        self._smtp.close()

    def transfer(
        self, sender: str, recipients: Sequence[str], message: bytes, *, is_ours: Callable[[], bool]
    ) -> Accepted:
        """Hand one message over.

        Args:
            message: the whole mail as it goes over the wire, lines ending in CRLF.
            is_ours: asked right before the closing dot, which makes the mail a mail.

        Returns:
            Accepted: with the recipients the server refused; at least one was taken.

        Raises:
            ClaimLost: the message is somebody else's by now; nothing was sent.
        """
        self._check_size(len(message))
        with self._step("sender"):
            size = [f"SIZE={len(message)}"] if self._smtp.has_extn("size") else []
            self._expect(self._smtp.mail(sender, size), 250)
        refused = self._name(recipients)
        with self._step("data"):
            self._expect(self._smtp.docmd("DATA"), 354)
        self._write(re.sub(rb"(?m)^\.", b"..", message))
        if not is_ours():
            raise ClaimLost
        self._close_text(message)
        return Accepted(refused_recipients=tuple(refused))

    def _connect(self, ehlo_name: str) -> smtplib.SMTP:
        server = self._server
        timeout_s = min(server.timeout_s, server.at_most_s)
        with self._step("connect"):
            if server.tls == "implicit":
                context = make_context(server.ca_file)
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, ehlo_name, timeout=timeout_s, context=context
                )
            else:
                smtp = smtplib.SMTP(server.host, server.port, ehlo_name, timeout_s)
        return smtp

    def _be_let_in(self) -> None:
        with self._step("greeting"):
            self._smtp.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            with self._step("tls"):
                self._smtp.starttls(context=make_context(self._server.ca_file))
                self._smtp.ehlo_or_helo_if_needed()
        if self._server.user is not None:
            self._log_in(self._server.user)

    def _log_in(self, user: str) -> None:
        password = self._server.password()
        place = self._server.secret_place
        if not password or not (user + password).isascii():
            what = "没有设置" if not password else "含有非 ASCII 字符，SMTP 登录不支持"
            remedy = f"把 [email] user 的密码（客户端专用密码或授权码）放进 {place}"
            raise Ended(
                Refused(errcode=0, detail=f"邮件密码{what}：{place}", retry_class="never", remedy=remedy)
            )
        self._hidden = _forms_of(user, password)
        with self._step("login"):
            self._smtp.login(user, password)

    def _check_size(self, size_bytes: int) -> None:
        announced = self._smtp.esmtp_features.get("size", "")
        if announced.isdigit() and 0 < int(announced) < size_bytes:
            detail = f"邮件 {size_bytes / 1e6:.1f} MB，服务器最多收 {int(announced) / 1e6:.1f} MB"
            raise Ended(Refused(errcode=552, detail=detail, retry_class="never", remedy=TOO_BIG_REMEDY))

    def _name(self, recipients: Sequence[str]) -> list[str]:
        """Name the recipients one by one; return those refused, raise where none is left."""
        refused: dict[str, Outcome] = {}
        for recipient in recipients:
            with self._step("recipients"):
                code, text = self._smtp.rcpt(recipient)
            if not 250 <= code <= 252:
                refused[recipient] = judge_reply("recipients", code, self._clean(text), who=recipient)
        if len(refused) == len(recipients):
            # One that may be taken later keeps the message alive.
            later = (
                one for one in refused.values() if isinstance(one, Refused) and one.retry_class == "retry"
            )
            raise Ended(next(later, next(iter(refused.values()))))
        return list(refused)

    def _write(self, text: bytes) -> None:
        for start in range(0, len(text), _CHUNK_BYTES):
            with self._step("message"):
                self._smtp.send(text[start : start + _CHUNK_BYTES])

    def _close_text(self, text: bytes) -> None:
        with self._step("end"):
            self._smtp.send(b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n")
            self._expect(self._smtp.getreply(), 250)

    @contextlib.contextmanager
    def _step(self, stage: Stage) -> Iterator[None]:
        """Do one step within the time that is left; whatever breaks in it ends the exchange."""
        self._stage = stage
        try:
            self._limit_wait(stage)
            yield
        except (smtplib.SMTPException, OSError) as error:
            # "from None": the library's own error may quote what was sent.
            place = self._server.secret_place
            raise Ended(judge_error(stage, self._without_secrets(error), secret=place)) from None

    def _limit_wait(self, stage: Stage) -> None:
        left_s = self._ends_at - self._monotonic()
        if stage == "connect":
            return
        if left_s <= 0 and stage != "end":
            raise TimeoutError("timed out")
        if self._smtp.sock is not None:
            # A server that examines the mail answers late: it gets all that is left (RFC 5321, 4.5.3.2.6).
            wait_s = max(left_s, self._server.least_wait_s)
            if stage != "end":
                wait_s = min(self._server.timeout_s, left_s)
            self._smtp.sock.settimeout(wait_s)

    def _expect(self, reply: tuple[int, bytes], wanted: int) -> None:
        code, text = reply
        if code != wanted and not (wanted == 250 and 250 <= code < 260):
            raise Ended(judge_reply(self._stage, code, self._clean(text), secret=self._server.secret_place))

    def _without_secrets(self, error: Exception) -> Exception:
        if isinstance(error, smtplib.SMTPResponseException):
            raw = error.smtp_error
            text = self._clean(raw if isinstance(raw, bytes) else raw.encode())
            return smtplib.SMTPResponseException(error.smtp_code, text)
        return error

    def _clean(self, text: bytes) -> str:
        shown = text.decode("utf8", "replace")
        for hidden in self._hidden:
            shown = shown.replace(hidden, "***")
        return shown


def _forms_of(user: str, password: str) -> tuple[str, ...]:
    """Return the password in every form it goes over the wire (RFC 4616, and LOGIN): a server may echo it."""
    plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    return password, base64.b64encode(password.encode()).decode(), plain


def ehlo_name(domain: str) -> str:
    """Return how we name ourselves: this machine's full name, else one of the sender's domain; asks no DNS."""
    name = socket.gethostname()
    return name if "." in name.strip(".") else f"steward.{domain}"


def transmit(
    server: MailServer,
    sender: str,
    recipients: Sequence[str],
    message: bytes,
    *,
    monotonic: Callable[[], float],
    is_ours: Callable[[], bool],
) -> Outcome:
    """Hand one message to a mail server; returns what became of it, and raises nothing the other side causes.

    Raises:
        ClaimLost: see `SmtpSession.transfer`.
    """
    name = ehlo_name(sender.rpartition("@")[2])
    try:
        with SmtpSession(server, ehlo_name=name, monotonic=monotonic) as session:
            return session.transfer(sender, recipients, message, is_ours=is_ours)
    except Ended as ended:
        return ended.outcome
