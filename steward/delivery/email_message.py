"""From an outbox row to a whole mail, byte for byte the same at every attempt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from steward.model.settings.channels import is_address
from steward.store.outbox import OutboxRow

XLSX: Final = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_TYPES: Final = {".xlsx": XLSX, ".html": ("text", "html"), ".pdf": ("application", "pdf")}
_LIST_NAME: Final = re.compile(r"[^a-z0-9-]+")
_TOPIC: Final = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who writes: address and name, and where answers go (None = to the address)."""

    address: str
    name: str
    reply_to: str | None = None

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


class CannotCompose(ValueError):
    """The row cannot become a mail; the text says why."""


def recipients_of(row: OutboxRow) -> list[str]:
    """Return the addresses of a row, each once.

    Raises:
        CannotCompose: one is no address.
    """
    found = list(dict.fromkeys(part.strip() for part in row.recipient.split(",")))
    wrong = [one for one in found if not is_address(one)]
    if wrong:
        raise CannotCompose(f"不是可用的邮箱地址：{_one_line(wrong[0])}")
    return found


def message_id(row: OutboxRow, identity: Identity) -> str:
    """Return the Message-ID, made of the idempotency key alone: a server or reader knows a repeat by it."""
    digest = hashlib.sha256(row.idempotency_key.encode()).hexdigest()[:32]
    return f"<{digest}@{identity.domain}>"


def compose(row: OutboxRow, recipients: Sequence[str], identity: Identity, files: Path) -> bytes:
    """Return the mail as it goes over the wire, lines ending in CRLF, 7-bit.

    Date is when the message was queued: it is the moment the facts are of, and a retry is the same bytes.

    Raises:
        OSError: an inline picture or an attachment cannot be read.
        CannotCompose: a path leads out of `files`.
    """
    body = row.body
    mail = EmailMessage(policy=policy.SMTP)
    _address(mail, row, recipients, identity)
    mail.set_content(_text(body["text"]), cte="base64")
    if body.get("html"):
        mail.add_alternative(_text(body["html"]), subtype="html", cte="base64")
        _add_pictures(mail, body.get("inline", ()), files)
    for one in body.get("attachments", ()):
        maintype, subtype = _TYPES.get(Path(one["filename"]).suffix, ("application", "octet-stream"))
        data = _read(files, one["path"])
        mail.add_attachment(data, maintype, subtype, filename=_one_line(one["filename"]), cte="base64")
    _fix_boundaries(mail, row)
    return mail.as_bytes()


def _address(mail: EmailMessage, row: OutboxRow, recipients: Sequence[str], identity: Identity) -> None:
    topic = _LIST_NAME.sub("-", row.topic.lower()).strip("-") or "message"
    mail["From"] = Address(_one_line(identity.name), addr_spec=identity.address)
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = _one_line(row.body["subject"])
    mail["Date"] = format_datetime(row.created_at)
    mail["Message-ID"] = message_id(row, identity)
    if identity.reply_to:
        mail["Reply-To"] = identity.reply_to
    mail["List-Id"] = f"<{topic}.steward.{identity.domain}>"  # RFC 2919: what filters of mail readers go by
    mail["X-Steward-Topic"] = _TOPIC.sub("-", row.topic)
    # Out-of-office replies would come back as mails to answer: RFC 3834, and what Exchange goes by.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "list"


def _add_pictures(mail: EmailMessage, pictures: Sequence[Mapping[str, Any]], files: Path) -> None:
    html = mail.get_body(("html",))
    if html is None:
        return
    for one in pictures:
        cid = f"<{_one_line(one['cid'])}>"
        html.add_related(
            _read(files, one["path"]),
            "image",
            "png",
            cid=cid,
            filename=Path(one["path"]).name,
            disposition="inline",
            cte="base64",
        )


def _read(files: Path, path: str) -> bytes:
    place = (files / path).resolve()
    if not place.is_relative_to(files.resolve()):
        raise CannotCompose(f"附件在报告目录之外：{_one_line(path)}")
    return place.read_bytes()


def _fix_boundaries(mail: EmailMessage, row: OutboxRow) -> None:
    # "=_" cannot stand in base64, and everything inside is base64.
    digest = hashlib.sha256(row.idempotency_key.encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest}")


def _one_line(text: str) -> str:
    """Return the text as one header line: no newline can start a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(text: str) -> str:
    # A lone surrogate cannot be encoded; what people wrote may hold one.
    return text.encode("utf8", "replace").decode("utf8")
