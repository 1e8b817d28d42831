"""Sending: the only room that talks to a network, and only where it was asked to.

In: a message, and the server from the environment. Out: nothing, or one line that says who has it and who has not.
User and password come from the environment only and stand in no message, repr or traceback of ours.
"""

import base64
import contextlib
import smtplib
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from reportgen.errors import OutputError
from reportgen.text import printable

URL_VARIABLE: Final = "REPORTGEN_SMTP_URL"
USER_VARIABLE: Final = "REPORTGEN_SMTP_USER"
PASSWORD_VARIABLE: Final = "REPORTGEN_SMTP_PASSWORD"
SENDER_VARIABLE: Final = "REPORTGEN_MAIL_FROM"

TIMEOUT_S: Final = 20.0  # for each answer of a server; RFC 5321 allows minutes, too long for a training's end
WAITS_S: Final = (2.0, 6.0, 18.0)  # before each further try
_PORTS: Final = {"smtp": 25, "smtps": 465, "starttls": 587}
_SHORTEST_SECRET: Final = 4  # letters; shorter ones are in any sentence by chance
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_HOW: Final = (
    "smtps://mail.example.org (TLS), starttls://mail.example.org or smtp://mail.example.org is needed, user and "
    f"password percent-encoded in it or in {USER_VARIABLE} and {PASSWORD_VARIABLE}"
)


@dataclass(frozen=True)
class Server:
    """A mail server.

    Attributes:
        scheme: ``smtps`` speaks TLS from the start, ``starttls`` turns to it and refuses to go on without, ``smtp``
            turns to it where the server offers it.
        host: Its name.
        port: Its port.
        user: Who logs in; empty for nobody.
        password: Theirs.
    """

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The server without its secrets."""
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def server_from(environ: Mapping[str, str]) -> Server:
    """The server that the environment names.

    Raises:
        OutputError: it names none, or none that can be used; what it says is never repeated.
    """
    url = environ.get(URL_VARIABLE, "").strip()
    if not url:
        raise OutputError(f"{URL_VARIABLE} is not set; {_HOW}. Set it.")
    found = _read_url(url)
    if found is None:
        raise OutputError(f"{URL_VARIABLE} names no mail server; {_HOW}. Correct it.")
    user = environ.get(USER_VARIABLE) or found.user
    password = environ.get(PASSWORD_VARIABLE) or found.password
    if bool(user) != bool(password):
        missing = PASSWORD_VARIABLE if user else USER_VARIABLE
        raise OutputError(f"{URL_VARIABLE}: user and password go together, and one is missing. Set {missing}.")
    if not (user + password).isascii():
        raise OutputError(
            f"{URL_VARIABLE}: user or password is not ASCII, which Python's SMTP cannot send. Choose others."
        )
    return Server(found.scheme, found.host, found.port, user, password)


def default_sender(environ: Mapping[str, str]) -> str | None:
    """Whom mail is from where nobody said: the address set for it, or a user that is an address; None without."""
    found = _read_url(environ.get(URL_VARIABLE, "").strip())
    user = environ.get(USER_VARIABLE) or (found.user if found else "")
    return environ.get(SENDER_VARIABLE) or (user if "@" in user else None)


def _read_url(url: str) -> Server | None:
    """The parts of a mail URL; None where it is none. No error is passed on, as it would quote a piece of the URL."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        rest = parts.path.strip("/") + parts.query + parts.fragment  # an unencoded "/", "?" or "#" of a password
        if parts.scheme in _PORTS and host and not rest:
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
            return Server(parts.scheme, host, port, unquote(parts.username or ""), unquote(parts.password or ""))
    return None


@dataclass(frozen=True)
class _Refusal:
    """Why a recipient was not served.

    Attributes:
        reason: In words, with what to do.
        passing: Whether the same may be taken later.
    """

    reason: str
    passing: bool = False


def send(
    message: EmailMessage, server: Server, *, timeout_s: float = TIMEOUT_S, waits_s: Sequence[float] = WAITS_S
) -> None:
    """Hands a message to a server; what the server refuses for now is tried again for those who have not got it.

    What is not tried again: a refusal for good, a server that cannot be reached or does not answer, and a message that
    was handed over without an answer, as it may have been taken.

    Args:
        message: With sender and recipients.
        server: Where to.
        timeout_s: How long to wait for each answer.
        waits_s: Pause before each further try.

    Raises:
        OutputError: somebody has not got it; who and why is said, and who has.
    """
    if message["From"] is None:
        raise OutputError(
            f"The message has no sender; an email address is needed. Name one with --from or in {SENDER_VARIABLE}."
        )
    sender, data = message["From"].addresses[0].addr_spec, message.as_bytes()
    waiting = [address.addr_spec for address in message["To"].addresses]
    results: dict[str, _Refusal | None] = {}
    for wait in (0.0, *waits_s):
        if wait:
            time.sleep(wait)
        results |= _attempt(server, sender, waiting, data, timeout_s)
        waiting = [address for address, refusal in results.items() if refusal and refusal.passing]
        if not waiting:
            break
    if any(results.values()):
        raise OutputError(_told(server, results, tries=len(waits_s) + 1))


def _told(server: Server, results: Mapping[str, _Refusal | None], tries: int) -> str:
    """Who has the message and who has not, and why, in one line."""
    missed: dict[str, list[str]] = {}
    for address, refusal in results.items():
        if refusal is not None:
            reason = f"{refusal.reason}, {tries} times; try later" if refusal.passing else refusal.reason
            missed.setdefault(reason, []).append(address)
    lines = [f"Mail to {', '.join(addresses)} failed: {server.shown} {reason}." for reason, addresses in missed.items()]
    served = [address for address, refusal in results.items() if refusal is None]
    return " ".join([*lines, f"It was sent to {', '.join(served)}."] if served else lines)


def _attempt(
    server: Server, sender: str, recipients: Sequence[str], data: bytes, timeout_s: float
) -> dict[str, _Refusal | None]:
    """One session: what became of each recipient, None being served."""
    refused: dict[str, _Refusal] = {}
    session, handed_over, failure = None, False, None
    try:
        session = _connect(server, timeout_s)
        _secure(session, server)
        options = [f"size={len(data)}"] if session.has_extn("size") else []
        failure = _refusal(
            server, "does not take mail from this sender", "name another", *session.mail(sender, options)
        )
        for address in recipients if failure is None else ():
            refusal = _refusal(server, "does not take mail for this address", "correct it", *session.rcpt(address))
            if refusal is not None:
                refused[address] = refusal
        if failure is None and len(refused) < len(recipients):
            handed_over = True
            failure = _refusal(server, "does not take the message", "ask who runs it", *session.data(data))
    except OSError as error:  # smtplib's own are OSErrors too
        failure = _failure(error, server, timeout_s, handed_over)
    finally:
        if session is not None:
            with contextlib.suppress(OSError):
                session.quit()
            session.close()
    return {address: refused.get(address, failure) for address in recipients}


def _connect(server: Server, timeout_s: float) -> smtplib.SMTP:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=timeout_s)


def _secure(session: smtplib.SMTP, server: Server) -> None:
    """Turns to TLS where that is asked for or offered, and logs in; never over an open line to another machine."""
    session.ehlo_or_helo_if_needed()
    here = server.host in _THIS_MACHINE
    secret = server.scheme == "smtps"
    if server.scheme == "starttls" or (server.scheme == "smtp" and session.has_extn("starttls") and not here):
        code, reply = session.starttls(context=ssl.create_default_context())
        if code != 220:
            raise smtplib.SMTPResponseException(code, reply)
        session.ehlo_or_helo_if_needed()
        secret = True
    if not server.user:
        return
    if not secret and not here:
        raise smtplib.SMTPNotSupportedError("offers no encryption, and a password is not sent without")
    session.login(server.user, server.password)


def _failure(error: OSError, server: Server, timeout_s: float, handed_over: bool) -> _Refusal:
    """What an error says, and whether it may pass."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _Refusal(
            f"shows a certificate that is not trusted ({error.verify_message}); if it is right, name the certificate "
            "of its authority in SSL_CERT_FILE"
        )
    if isinstance(error, ssl.SSLError):
        return _Refusal(f"does not speak TLS as asked ({error.reason}); starttls:// in place of smtps:// may be meant")
    if isinstance(error, smtplib.SMTPResponseException):
        what, do = "ends the session", "ask who runs it"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            what, do = f"does not take the user and password of {URL_VARIABLE}", "correct them"
        refusal = _refusal(server, what, do, error.smtp_code, error.smtp_error)
        return refusal or _Refusal(f"{what}; {do}")
    if handed_over:
        return _Refusal("took the message without an answer, so it may arrive or not; it was not sent again")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return _Refusal(f"did not answer within {timeout_s:g} s; check {URL_VARIABLE}, or try later")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _Refusal("closed the connection", passing=True)
    if isinstance(error, smtplib.SMTPException):
        return _Refusal(_clean(str(error), server))
    return _Refusal(f"cannot be reached ({error.strerror or error}); check {URL_VARIABLE} and the network")


def _refusal(server: Server, what: str, do: str, code: int, reply: bytes | str) -> _Refusal | None:
    """What an answer of a server refuses, and what to do; None where it takes what it was given."""
    if 200 <= code < 300:
        return None
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    passing = 400 <= code < 500
    answer = f"{code} {_clean(text, server)}".rstrip()
    return _Refusal(f"{what} ({answer})" if passing else f"{what} ({answer}); {do}", passing)


def _clean(text: str, server: Server) -> str:
    """A server's words in one line, without the user and password should it repeat them."""
    spoken = (server.password, server.user, f"\0{server.user}\0{server.password}")
    for secret in (secret for secret in spoken if len(secret) >= _SHORTEST_SECRET):
        for form in (secret, base64.b64encode(secret.encode()).decode()):
            text = text.replace(form, "***")
    return printable(" ".join(text.split()), 200)
