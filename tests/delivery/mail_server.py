"""A mail server on loopback: aiosmtpd in a thread of its own, told its faults, with a certificate made for the test."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "steward@example.com", "pass-word-of-the-test"


@dataclass
class Faults:
    """What goes wrong. Replies are by address or command; None: it goes well."""

    greet_after_s: float = 0.0
    recipients: dict[str, str] = field(default_factory=dict)
    sender: str | None = None
    data: str | None = None
    die_after_data: bool = False
    take_and_die: bool = False
    stay_silent_after_data: bool = False


class Witness:
    """What the server was given: every mail it took, and who logged in."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.raw: list[tuple[str, list[str], bytes]] = []
        self.logins: list[str] = []
        self.sessions = 0

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _, _, raw in self.raw]  # type: ignore[misc]

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login.decode())
        good = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
        if good:
            return AuthResult(success=True)
        # Some servers quote what they were given: nothing of it may come through.
        said = f"535 5.7.8 wrong: {given.password.decode()}"
        return AuthResult(success=False, handled=False, message=said)

    async def handle_MAIL(
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.faults.sender:
            return self.faults.sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.faults.recipients:
            return self.faults.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        faults = self.faults
        if faults.data:
            return faults.data
        if faults.die_after_data:
            server.transport.abort()
            return "250 never heard"
        assert isinstance(envelope.content, bytes)
        self.raw.append((str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content))
        if faults.take_and_die:
            server.transport.abort()
        if faults.stay_silent_after_data:
            await asyncio.sleep(30)
        return "250 OK queued"


class Doorkeeper(SMTP):
    """Greets late where it is told to."""

    witness: Witness

    async def _handle_client(self) -> None:
        self.witness.sessions += 1
        await asyncio.sleep(self.witness.faults.greet_after_s)
        await super()._handle_client()


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """An authority of our own and a certificate it gave to this machine."""

    ca_file: Path
    context: ssl.SSLContext


def make_certificate(folder: Path, *, name: str = "localhost") -> Certificate:
    """Found an authority and let it vouch for `name` and 127.0.0.1."""
    today = datetime(2026, 1, 1, tzinfo=UTC)
    years = {"not_valid_before": today - timedelta(days=800), "not_valid_after": today + timedelta(days=8000)}
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Steward Test CA")])
    ca = _signed(ca_name, ca_key, ca_name, ca_key, years, x509.BasicConstraints(ca=True, path_length=0))
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    leaf = _signed(subject, key, ca_name, ca_key, years, x509.SubjectAlternativeName(names))
    files = {"ca.pem": ca, "leaf.pem": leaf}
    for file, certificate in files.items():
        (folder / file).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem", folder / "key.pem")
    return Certificate(ca_file=folder / "ca.pem", context=context)


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    years: dict[str, datetime],
    extension: x509.ExtensionType,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(years["not_valid_before"])
        .not_valid_after(years["not_valid_after"])
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    )
    return builder.sign(issuer_key, hashes.SHA256())


@contextmanager
def run_mail_server(
    certificate: Certificate | None = None, *, implicit: bool = False, auth: bool = False, **options: Any
) -> Iterator[tuple[int, Witness]]:
    """Run a mail server on a free port; yields the port and the witness.

    Args:
        certificate: with it STARTTLS is offered, or TLS from the first byte where `implicit`.
        auth: a login is needed.
        options: more of aiosmtpd's own, such as data_size_limit.
    """
    witness = Witness()
    loop = asyncio.new_event_loop()
    if certificate and not implicit:
        options |= {"tls_context": certificate.context, "require_starttls": True}
    if auth:
        options |= {"authenticator": witness.authenticate, "auth_required": True}
        options |= {"auth_require_tls": certificate is not None and not implicit}

    def make() -> SMTP:
        door = Doorkeeper(witness, hostname="mail.test", loop=loop, **options)
        door.witness = witness
        return door

    context = certificate.context if certificate and implicit else None
    server = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], witness
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
