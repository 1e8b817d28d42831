"""A real mail server on loopback, with or without TLS and passwords, that accepts or refuses messages."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "ada@example.org", "s3cret/pass#word"


@dataclass
class Mailbox:
    """The messages that the server received, and its answers.

    Attributes:
        sender_answers: One for each MAIL FROM; the last is repeated.
        data_answers: One for each message; the last is repeated.
        recipients: An answer for each address; others are accepted.
        messages: Accepted messages, as bytes.
        envelopes: Sender and recipients of each.
        encrypted: Whether each came over TLS.
        tries: How many sessions began.
    """

    sender_answers: Sequence[str] = ("250 OK",)
    data_answers: Sequence[str] = ("250 OK",)
    recipients: dict[str, Sequence[str]] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    sessions: int = 0
    _asked: dict[str, int] = field(default_factory=dict)

    def _next(self, what: str, answers: Sequence[str]) -> str:
        number = self._asked.get(what, 0)
        self._asked[what] = number + 1
        return answers[min(number, len(answers) - 1)]

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions += 1
        answer = self._next("sender", self.sender_answers)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._next(address, self.recipients.get(address, ("250 OK",)))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._next("data", self.data_answers)
        if answer.startswith("250"):
            self.messages.append(bytes(envelope.original_content or b""))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
            self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        self.logins.append(data.login.decode())
        return AuthResult(success=good, handled=good)

    def read(self) -> EmailMessage:
        """The only accepted message, as a mail program parses it."""
        (raw,) = self.messages
        parsed = message_from_bytes(raw, policy=policy.SMTP)
        assert isinstance(parsed, EmailMessage)
        assert not [defect for part in parsed.walk() for defect in part.defects]
        return parsed


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(
    mailbox: Mailbox,
    *,
    certificate: trustme.LeafCert | None = None,
    tls: bool = False,
    password: bool = False,
    host: str = "127.0.0.1",
) -> Iterator[int]:
    """Serves a mailbox; yields the port.

    Args:
        mailbox: Receives the mail.
        certificate: The certificate of the server; without one it does not support TLS.
        tls: Use TLS from the start; otherwise the server offers STARTTLS if it has a certificate.
        password: Whether the server requires one.
        host: The address to listen on.
    """
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
    options: dict[str, Any] = {"ssl_context": context} if tls else {"tls_context": context}
    if password:
        options |= {
            "authenticator": mailbox.authenticate,
            "auth_required": True,
            "auth_require_tls": context is not None and not tls,
        }
    controller = Controller(mailbox, hostname=host, port=free_port(host), ready_timeout=20, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def talk(
    *lines: bytes, hang: bool = False, then: bytes = b"", every_s: float = 0.0, delay_s: float = 0.0
) -> Iterator[int]:
    """A server that sends the first line at once and each other line after one from the client, then hangs up or hangs.

    Args:
        lines: What it sends, in order.
        hang: Whether it keeps the connection open without sending more.
        then: What it sends again and again after the last line.
        every_s: Pause between these.
        delay_s: Pause before each line.
    """

    def speak(client: socket.socket, done: threading.Event) -> None:
        with suppress(OSError), client.makefile("rb") as said:
            client.settimeout(5)
            for number, line in enumerate(lines):
                if number:
                    said.readline()
                time.sleep(delay_s)
                client.sendall(line + b"\r\n")
            while hang and not done.is_set():
                time.sleep(0.05)
            while then and not done.is_set():
                client.sendall(then)
                time.sleep(every_s)

    with _accept_each(speak) as port:
        yield port


@contextmanager
def forward(port: int, after: bytes, planted: bytes) -> Iterator[int]:
    """A machine in between that adds lines after the server's second reply that begins so: the one to STARTTLS."""

    def copy(source: socket.socket, target: socket.socket, seen: list[bytes] | None) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if seen is not None and data.startswith(after):
                    seen.append(data)
                    data += planted if len(seen) == 2 else b""
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def pass_on(client: socket.socket, done: threading.Event) -> None:
        with socket.create_connection(("127.0.0.1", port)) as real:
            back = threading.Thread(target=copy, args=(real, client, []))
            back.start()
            copy(client, real, None)
            back.join()

    with _accept_each(pass_on) as between:
        yield between


@contextmanager
def _accept_each(handle: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that handles one connection after another; the event is set when it is to end. Yields the port."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def run() -> None:
            while not done.is_set():
                try:
                    client, _ = server.accept()
                except TimeoutError:
                    continue
                with client:
                    handle(client, done)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            thread.join()
