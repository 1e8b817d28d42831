"""Sends a message through the mail server set in the environment. Only mail opens a network connection.

User and password only come from the environment and never appear in a message, repr or traceback.
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
from reportgen.outputs.smtp_session import SmtpSession
from reportgen.text import printable

URL_VARIABLE: Final = "REPORTGEN_SMTP_URL"
USER_VARIABLE: Final = "REPORTGEN_SMTP_USER"
PASSWORD_VARIABLE: Final = "REPORTGEN_SMTP_PASSWORD"
SENDER_VARIABLE: Final = "REPORTGEN_MAIL_FROM"

TIMEOUT_S: Final = 20.0  # for each step; the minutes that RFC 5321 allows are too long at the end of a run
TOTAL_S: Final = 120.0  # for all of it, retries included, besides the time that the message itself may take
WAITS_S: Final = (2.0, 6.0, 18.0)  # before each retry
_PORTS: Final = {"smtp": 25, "smtps": 465, "starttls": 587}
_GO_ON: Final = 354  # the answer to DATA after which the message is sent
_QUIT_S: Final = 2.0  # for the goodbye, when everything is done
_SHORTEST_SECRET: Final = 4  # characters; shorter ones occur in any sentence by chance
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_HOW: Final = (
    "smtps://mail.example.org (TLS), starttls://mail.example.org or smtp://mail.example.org, with user and password "
    f"percent-encoded in it or in {USER_VARIABLE} and {PASSWORD_VARIABLE}"
)


@dataclass(frozen=True)
class Server:
    """A mail server."""

    scheme: str  # smtps uses TLS from the start, starttls requires a switch to TLS, smtp switches if it is offered
    host: str
    port: int
    user: str = field(default="", repr=False)  # user to log in as; empty to skip the login
    password: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The server, without user and password."""
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def server_from(environ: Mapping[str, str]) -> Server:
    """Reads the mail server from the environment.

    Raises:
        OutputError: no valid server is set; the message never repeats the value.
    """
    url = environ.get(URL_VARIABLE, "").strip()
    if not url:
        raise OutputError(f"{URL_VARIABLE} is not set. Set it to {_HOW}.")
    found = _read_url(url)
    if found is None:
        raise OutputError(f"{URL_VARIABLE} is not the URL of a mail server. Set it to {_HOW}.")
    user = environ.get(USER_VARIABLE) or found.user
    password = environ.get(PASSWORD_VARIABLE) or found.password
    if bool(user) != bool(password):
        missing = PASSWORD_VARIABLE if user else USER_VARIABLE
        raise OutputError(f"{URL_VARIABLE}: a login needs both user and password. Set {missing}.")
    if not (user + password).isascii():
        raise OutputError(
            f"{URL_VARIABLE}: user or password is not ASCII, which Python's SMTP client cannot send. Use ASCII only."
        )
    return Server(found.scheme, found.host, found.port, user, password)


def default_sender(environ: Mapping[str, str]) -> str | None:
    """The default sender: the configured address, or the user if it is an address; None without either."""
    found = _read_url(environ.get(URL_VARIABLE, "").strip())
    user = environ.get(USER_VARIABLE) or (found.user if found else "")
    return environ.get(SENDER_VARIABLE) or (user if "@" in user else None)


def _read_url(url: str) -> Server | None:
    """The parts of a mail URL; None if invalid. Errors are suppressed, because they quote parts of the URL."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        rest = parts.path.strip("/") + parts.query + parts.fragment  # an unencoded "/", "?" or "#" of a password
        if parts.scheme in _PORTS and host and not rest:
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
            return Server(parts.scheme, host, port, unquote(parts.username or ""), unquote(parts.password or ""))
    return None


@dataclass(frozen=True)
class _Clock:
    """The time limits of sending."""

    step_s: float  # of each step
    ends: float  # of everything, as a value of the monotonic clock


@dataclass(frozen=True)
class _Refusal:
    """Why the server did not accept the message for a recipient."""

    reason: str
    temporary: bool = False  # whether the server may accept it later


def send(
    message: EmailMessage,
    server: Server,
    *,
    timeout_s: float = TIMEOUT_S,
    total_s: float = TOTAL_S,
    waits_s: Sequence[float] = WAITS_S,
) -> None:
    """Sends a message. Recipients that the server refuses temporarily are tried again, as are sessions that break off.

    Not tried again: a permanent refusal, a server that cannot be reached or does not reply, and a message that was sent
    but got no reply, because the server may have accepted it.

    Args:
        message: The message, with sender and recipients.
        server: The mail server.
        timeout_s: Time limit for each step: connecting, TLS, and each complete reply.
        total_s: Time limit for everything, besides the time that sending the message may take at a slow rate.
        waits_s: Pause before each retry.

    Raises:
        OutputError: some recipients did not get the message; the error names them and the reasons, and those who did.
    """
    if message["From"] is None:
        raise OutputError(
            f"The message has no sender. Set one with --from (in Python: sender=) or in {SENDER_VARIABLE}."
        )
    sender, data = message["From"].addresses[0].addr_spec, message.as_bytes()
    waiting = [address.addr_spec for address in message["To"].addresses]
    results: dict[str, _Refusal | None] = {}
    clock, tries = _Clock(timeout_s, time.monotonic() + total_s), 0
    for wait in (0.0, *waits_s):
        if tries and clock.ends <= time.monotonic() + wait:
            break
        time.sleep(wait)
        results |= _attempt(server, sender, waiting, data, clock)
        tries += 1
        waiting = [address for address, refusal in results.items() if refusal and refusal.temporary]
        if not waiting:
            break
    if any(results.values()):
        raise OutputError(_describe(server, results, tries))


def _describe(server: Server, results: Mapping[str, _Refusal | None], tries: int) -> str:
    """One line that says which recipients did not get the message, why, and who did."""
    missed: dict[str, list[str]] = {}
    for address, refusal in results.items():
        if refusal is not None:
            times = f", {tries} times" if tries > 1 else ""
            reason = f"{refusal.reason}{times}; try later" if refusal.temporary else refusal.reason
            missed.setdefault(reason, []).append(address)
    lines = [f"Mail to {', '.join(addresses)} failed: {server.shown} {reason}." for reason, addresses in missed.items()]
    served = [address for address, refusal in results.items() if refusal is None]
    return " ".join([*lines, f"It was sent to {', '.join(served)}."] if served else lines)


def _attempt(
    server: Server, sender: str, recipients: Sequence[str], data: bytes, clock: _Clock
) -> dict[str, _Refusal | None]:
    """Runs one session. Returns the refusal of each recipient; None if the message was accepted."""
    refused: dict[str, _Refusal] = {}
    session, handed_over, failure = None, False, None
    try:
        session = SmtpSession(server.host, server.port, clock.step_s, clock.ends, tls=server.scheme == "smtps")
        session.open()
        _secure(session, server)
        options = [f"size={len(data)}"] if session.has_extn("size") else []
        failure = _refusal(
            server, "does not accept mail from this sender", "use another one", *session.mail(sender, options)
        )
        for address in recipients if failure is None else ():
            refusal = _refusal(server, "does not accept mail for this address", "correct it", *session.rcpt(address))
            if refusal is not None:
                refused[address] = refusal
        if failure is None and len(refused) < len(recipients):
            code, reply = session.docmd("data")
            if code == _GO_ON:
                handed_over = True  # from here on, the server may have the message
                code, reply = session.transmit(data)
            elif 200 <= code < 400:
                code, reply = 500, b"unexpected answer to DATA"
            failure = _refusal(server, "does not accept the message", "ask its administrator", code, reply)
    except Exception as error:  # OSError includes smtplib's own; a hostile server causes others
        failure = _failure(error, server, clock, handed_over)
    finally:
        if session is not None:
            with contextlib.suppress(Exception):
                session.step_s = min(session.step_s, _QUIT_S)
                session.quit()
            session.close()
    return {address: refused.get(address, failure) for address in recipients}


def _secure(session: smtplib.SMTP, server: Server) -> None:
    """Switches to TLS if required or offered, then logs in; never without encryption to another machine."""
    session.ehlo_or_helo_if_needed()
    is_local = server.host in _THIS_MACHINE
    is_encrypted = server.scheme == "smtps"
    if server.scheme == "starttls" or (server.scheme == "smtp" and session.has_extn("starttls") and not is_local):
        code, reply = session.starttls(context=ssl.create_default_context())
        if code != 220:
            raise smtplib.SMTPResponseException(code, reply)
        session.ehlo_or_helo_if_needed()
        is_encrypted = True
    if not server.user:
        return
    if not is_encrypted and not is_local:
        raise smtplib.SMTPNotSupportedError("offers no encryption, and a password is never sent unencrypted")
    session.login(server.user, server.password)


def _failure(error: Exception, server: Server, clock: _Clock, handed_over: bool) -> _Refusal:
    """Explains an error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _Refusal(
            f"has a certificate that is not trusted ({error.verify_message}); if it is correct, set SSL_CERT_FILE to "
            "the certificate of its authority"
        )
    if isinstance(error, ssl.SSLError):
        return _Refusal(f"does not use TLS as requested ({error.reason}); try starttls:// instead of smtps://")
    if isinstance(error, smtplib.SMTPResponseException):
        what, do = "ended the session", "ask its administrator"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            what, do = f"does not accept the user and password of {URL_VARIABLE}", "correct them"
        refusal = _refusal(server, what, do, error.smtp_code, error.smtp_error)
        return refusal or _Refusal(f"{what}; {do}")
    if handed_over:
        return _Refusal("did not confirm the message, which may or may not arrive; it was not sent again")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        if time.monotonic() >= clock.ends:
            return _Refusal(f"took too long for all its steps together; check {URL_VARIABLE}, or try later")
        return _Refusal(f"did not reply within {clock.step_s:g} s; check {URL_VARIABLE}, or try later")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _Refusal("closed the connection", temporary=True)
    if isinstance(error, smtplib.SMTPException):
        return _Refusal(_clean(str(error), server))
    if not isinstance(error, OSError):  # its text could repeat the password
        return _Refusal(f"has an invalid name or sends invalid replies ({type(error).__name__}); check {URL_VARIABLE}")
    return _Refusal(f"cannot be reached ({error.strerror or error}); check {URL_VARIABLE} and the network")


def _refusal(server: Server, what: str, do: str, code: int, reply: bytes | str) -> _Refusal | None:
    """What a reply refuses, and what to do about it; None if the server accepted."""
    if 200 <= code < 300:
        return None
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    temporary = 400 <= code < 500
    answer = f"{code} {_clean(text, server)}".rstrip()
    return _Refusal(f"{what} ({answer})" if temporary else f"{what} ({answer}); {do}", temporary)


def _clean(text: str, server: Server) -> str:
    """A server's text on one line; user and password are removed in case it repeats them."""
    secrets = (server.password, server.user, f"\0{server.user}\0{server.password}")
    for secret in (secret for secret in secrets if len(secret) >= _SHORTEST_SECRET):
        for form in (secret, base64.b64encode(secret.encode()).decode()):
            text = text.replace(form, "***")
    return printable(" ".join(text.split()), 200)
