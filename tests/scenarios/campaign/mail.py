"""A mail server that keeps and counts what it took, and can be as bad as mail servers are."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail it said yes to, or would have. `is_answered` False: the sender never heard that it was taken."""

    at: datetime
    to: tuple[str, ...]
    message_id: str
    text: str
    is_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How often it misbehaves, as shares of all mails (of all greetings for `greets_late`).

    Args:
        dies_after_data: it took the mail, and the connection ends before it says so.
        dies_before_data: the connection ends in the middle; nothing was taken.
        greylists: 451, try later. refuses: 554, for good.
        late_s: how late a late greeting comes, in real seconds.
    """

    dies_after_data: float = 0.0
    dies_before_data: float = 0.0
    greylists: float = 0.0
    refuses: float = 0.0
    greets_late: float = 0.0
    late_s: float = 0.0


CIVIL = Manners()


class MailServer:
    """SMTP on 127.0.0.1. Addresses that begin with "left" are refused (550); everybody else has a box."""

    def __init__(self, now: Callable[[], datetime], seed: int, manners: Manners = CIVIL) -> None:
        self.manners = manners
        self.taken: list[Mail] = []
        self.unanswered: list[str] = []
        self.counts: Counter[str] = Counter()
        self._now = now
        self._rng = random.Random(f"{seed}:mail")
        self._lock = threading.Lock()
        self._controller = _Controller(self)

    @property
    def port(self) -> int:
        return self._controller.bound_port

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def happens(self, share: float, word: str) -> bool:
        """Draw whether it misbehaves in that way now."""
        with self._lock:
            if self._rng.random() >= share:
                return False
            self.counts[word] += 1
            return True

    def take(self, envelope: Envelope, *, is_answered: bool) -> None:
        """Keep a mail."""
        message_id, text = _read(envelope.content)
        mail = Mail(
            at=self._now(),
            to=tuple(envelope.rcpt_tos),
            message_id=message_id,
            text=text,
            is_answered=is_answered,
        )
        with self._lock:
            self.taken.append(mail)

    def keep_quiet_about(self, envelope: Envelope) -> None:
        """Note a mail whose sender cannot know what became of it."""
        with self._lock:
            self.unanswered.append(_read(envelope.content)[1])


def _read(content: Any) -> tuple[str, str]:
    """Return the Message-ID and every text of a mail: subject, bodies, names of files."""
    message: EmailMessage = message_from_bytes(content, policy=default)  # type: ignore[assignment]
    texts = [str(message["subject"] or "")]
    for part in message.walk():
        texts.append(part.get_filename() or "")
        if part.get_content_maintype() == "text":
            texts.append(str(part.get_content()))
    return str(message["message-id"] or ""), "\n".join(texts)


@dataclass(slots=True)
class _Handler:
    home: MailServer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("left"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        home, manners = self.home, self.home.manners
        if home.happens(manners.greylists, "greylisted"):
            return "451 4.7.1 try again later"
        if home.happens(manners.refuses, "refused"):
            return "554 5.6.0 not wanted here"
        before = home.happens(manners.dies_before_data, "died before it took the mail")
        if before or home.happens(manners.dies_after_data, "died after it took the mail"):
            if not before:
                home.take(envelope, is_answered=False)
            home.keep_quiet_about(envelope)
            server.transport.abort()  # type: ignore[union-attr]
            return "421 gone"
        home.take(envelope, is_answered=True)
        return "250 OK"


class _Late(SMTP):
    """A server that may keep a caller waiting before it greets."""

    home: MailServer

    async def _handle_client(self) -> None:
        if self.home.happens(self.home.manners.greets_late, "greeted late"):
            await asyncio.sleep(self.home.manners.late_s)
        await super()._handle_client()


class _Controller(Controller):
    def __init__(self, home: MailServer) -> None:
        self._home = home
        super().__init__(_Handler(home), hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        made = _Late(self.handler, hostname="localhost")
        made.home = self._home
        return made

    @property
    def bound_port(self) -> int:
        """The port the system gave."""
        return int(self.server.sockets[0].getsockname()[1])  # type: ignore[union-attr]

    def _trigger_server(self) -> None:
        # The library calls once to see that it runs; its own way cannot know a port the system gave.
        socket.create_connection((self.hostname, self.bound_port), timeout=1).close()
