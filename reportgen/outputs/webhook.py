"""Sends a message to a webhook of Slack, Teams or any other service.

The address of a webhook is a secret: it comes from the environment or from an argument, is sent only over TLS or to
this machine, is never forwarded by a redirect, and appears in no message, repr or traceback.
"""

import http.client
import queue
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Final, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from reportgen.errors import OutputError, SettingsError

URL_VARIABLE: Final = "REPORTGEN_WEBHOOK_URL"
FORM_VARIABLE: Final = "REPORTGEN_WEBHOOK_FORM"
Form = Literal["slack", "teams", "json"]

TOTAL_S: Final = 20.0  # for everything, retries included; our choice, as a training waits for it
TRY_S: Final = 8.0  # for each step of one attempt
WAITS_S: Final = (1.0, 2.0, 4.0)  # before each retry, unless the service asks for more
_RETRIED: Final = (408, 429, 500, 502, 503, 504)
_LONGEST_URL: Final = 4_000
_HOSTS: Final[Mapping[Form, tuple[str, ...]]] = {  # and their subdomains
    "slack": ("hooks.slack.com", "hooks.slack-gov.com"),
    "teams": ("logic.azure.com", "api.powerplatform.com", "webhook.office.com"),
}
_SLACK_PATH: Final = "/slack"  # at the end of Discord's addresses that take messages for Slack
_NEEDED: Final = "an address that begins with https:// (http:// only for this machine)"


@dataclass(frozen=True)
class Webhook:
    """Where messages are sent, and in which form."""

    url: str = field(repr=False)
    form: Form = "json"


def webhook_at(url: str, environ: Mapping[str, str]) -> Webhook:
    """The webhook of an address that was given in code.

    Raises:
        SettingsError: the address cannot be used; the message never repeats it.
    """
    found = _read(url, environ)
    if found is None:
        raise SettingsError(
            f"notify is not the address of a webhook; {_NEEDED} is needed. Correct it, or pass True and set "
            f"{URL_VARIABLE}."
        )
    return found


def webhook_from(environ: Mapping[str, str]) -> Webhook:
    """The webhook that is set in the environment.

    Raises:
        OutputError: none is set that can be used; the message never repeats the value.
    """
    url = environ.get(URL_VARIABLE, "").strip()
    if not url:
        raise OutputError(f"no message was sent: {URL_VARIABLE} is not set. Set it to {_NEEDED}.")
    found = _read(url, environ)
    if found is None:
        raise OutputError(f"no message was sent: {URL_VARIABLE} is not the address of a webhook. Set it to {_NEEDED}.")
    return found


def _read(url: str, environ: Mapping[str, str]) -> Webhook | None:
    """An address and its form; None if it cannot be used. Errors are suppressed, because they quote the address."""
    parts = _split(url)
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts))):
        return None
    wanted = environ.get(FORM_VARIABLE, "").strip().lower()
    for form in get_args(Form):
        if form == wanted:
            return Webhook(url, form)
    host = parts.hostname or ""
    for form, hosts in _HOSTS.items():
        if any(host == known or host.endswith(f".{known}") for known in hosts):
            return Webhook(url, form)
    return Webhook(url, "slack" if parts.path.endswith(_SLACK_PATH) else "json")


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST_URL:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is not a number
    except ValueError:
        return None
    return parts if parts.hostname and parts.username is None and parts.password is None else None


def _is_here(parts: SplitResult) -> bool:
    """Whether an address leads to this machine."""
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def send_message(
    webhook: Webhook,
    data: bytes,
    *,
    total_s: float = TOTAL_S,
    try_s: float = TRY_S,
    waits_s: tuple[float, ...] = WAITS_S,
) -> None:
    """Sends a message, again after a while if the service is busy or cannot be reached.

    Args:
        webhook: Where it is sent.
        data: The message in JSON, in the form of the webhook.
        total_s: The longest time that this takes, in seconds, whatever the service does.
        try_s: The longest time for each step of one attempt.
        waits_s: How long to wait before each retry.

    Raises:
        OutputError: it was not accepted.
    """
    results: queue.SimpleQueue[OutputError | None] = queue.SimpleQueue()
    ends = time.monotonic() + total_s

    def deliver() -> None:
        results.put(_delivered(webhook, data, ends, try_s, waits_s))

    thread = threading.Thread(target=deliver, daemon=True)  # a slow service can delay reads and names without end
    try:
        thread.start()
    except RuntimeError:  # Python 3.12 starts no thread at exit
        deliver()
    try:
        error = results.get(timeout=total_s)
    except queue.Empty:
        error = _failed(f"the service did not answer within {total_s:g} s")
    if error is not None:
        raise error


@dataclass(frozen=True)
class _FailedAttempt:
    reason: str
    is_final: bool = False
    wait_s: float = 0.0  # what the service asks for


def _delivered(
    webhook: Webhook, data: bytes, ends: float, try_s: float, waits_s: tuple[float, ...]
) -> OutputError | None:
    """Makes all attempts; returns why none succeeded."""
    for wait_s in (*waits_s, None):
        fault = _attempt(webhook, data, max(0.01, min(try_s, ends - time.monotonic())))
        if fault is None:
            return None
        pause = None if wait_s is None or fault.is_final else max(wait_s, fault.wait_s)
        if pause is None or time.monotonic() + pause >= ends:
            return _failed(fault.reason)
        time.sleep(pause)
    raise AssertionError("the last attempt returns")


def _attempt(webhook: Webhook, data: bytes, timeout_s: float) -> _FailedAttempt | None:
    """Sends the message once. Errors of the libraries are not quoted: some repeat the address."""
    headers = {"Content-Type": "application/json", "User-Agent": "reportgen"}
    request = urllib.request.Request(webhook.url, data, headers, method="POST")  # noqa: S310  # checked
    handlers: list[Any] = [_NeverRedirected]
    if _is_here(urlsplit(webhook.url)):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout_s):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return _refusal(error.code, error.headers.get("Retry-After"))
    except Exception as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _FailedAttempt("the certificate of the service is not trusted", is_final=True)
        if isinstance(cause, TimeoutError):
            return _FailedAttempt("the service did not answer in time")
        if isinstance(cause, OSError | http.client.HTTPException):
            return _FailedAttempt(f"the service cannot be reached ({type(cause).__name__})")
        return _FailedAttempt(f"the message cannot be sent ({type(cause).__name__})", is_final=True)


class _NeverRedirected(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        """Follows no redirect: it could lead to a server that must not see the message."""


def _refusal(status: int, retry_after: str | None) -> _FailedAttempt:
    reason = f"the service answered {status}"
    if status in _RETRIED:
        return _FailedAttempt(reason, wait_s=_asked_s(retry_after))
    if 300 <= status < 400:
        return _FailedAttempt(f"{reason}, a redirect, which is not followed", is_final=True)
    return _FailedAttempt(reason, is_final=True)


def _asked_s(text: str | None) -> float:
    """The seconds of a ``Retry-After``, which has a number or a date; 0 if it cannot be read."""
    text = (text or "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0


def _failed(reason: str) -> OutputError:
    return OutputError(f"no message was sent: {reason}. Check {URL_VARIABLE} and the webhook (docs/webhooks.md).")
