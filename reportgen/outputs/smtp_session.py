"""A session with a mail server in which every step has a time limit, and every reply a limit on its length.

`smtplib` limits only the wait for the next byte, and reads replies of any number of lines.
"""

import re
import smtplib
import socket
import ssl
import time
from typing import Any, Final

_MAX_REPLY_BYTES: Final = 64 * 1024  # of one reply; our choice: EHLO, the longest one, takes about 1 KB
_SLOWEST: Final = 50_000  # bytes per second at which a message is sent; our choice: 15 MB then take 5 minutes
_PART: Final = 64 * 1024  # bytes sent at once
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


class SmtpSession(smtplib.SMTP):
    """A session that is not connected yet.

    Args:
        host: Name or address of the server.
        port: Its port.
        step_s: Time limit for each step: connecting, TLS, and each complete reply.
        ends: When the session must have ended, as a value of the monotonic clock.
        tls: Whether to use TLS from the start.
    """

    def __init__(self, host: str, port: int, step_s: float, ends: float, *, tls: bool) -> None:
        super().__init__(timeout=step_s)
        self._host, self._port = host, port  # smtplib checks the certificate for `_host`
        self.step_s, self._ends, self._tls = step_s, ends, tls
        self._received = b""

    def open(self) -> None:
        """Connects, and reads the greeting.

        Raises:
            OSError: the server cannot be reached in time, or refuses the session.
        """
        code, reply = self.connect(self._host, self._port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)

    def transmit(self, message: bytes) -> tuple[int, bytes]:
        """Sends the lines of a message after the answer to DATA, and returns the reply."""
        lines = _DOT.sub(b"..", message)
        self.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return self.getreply()

    def starttls(self, *arguments: Any, **options: Any) -> tuple[int, bytes]:
        """Switches to TLS. Forgets what was received before it, which anybody could have sent."""
        found = super().starttls(*arguments, **options)
        self._received = b""
        return found

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to the first address that accepts one; all of them share one time limit."""
        due, last = self._due(), OSError("it has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(_left(due))
                connection.connect(address)
                if not self._tls:
                    return connection
                connection.settimeout(_left(self._due()))
                return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
            except ssl.SSLError:
                connection.close()
                raise
            except OSError as error:
                connection.close()
                last = error
        raise last

    def send(self, s: Any) -> None:
        """Sends a command or a message, in a time that depends on its length."""
        data = s.encode("ascii") if isinstance(s, str) else bytes(s)
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        seconds = len(data) / _SLOWEST
        self._ends += seconds if len(data) > _PART else 0
        due = self._due(seconds)
        try:
            for start in range(0, len(data), _PART):
                part = data[start : start + _PART]
                while part:
                    self.sock.settimeout(_left(due))
                    part = part[self.sock.send(part) :]
        except TimeoutError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"closed the connection ({error})") from None

    def getreply(self) -> tuple[int, bytes]:
        """Reads one reply of any number of lines; its code is -1 without one.

        Raises:
            OSError: the reply is not complete in time, is too long, or the server has closed the connection.
        """
        due, lines, size = self._due(), [], 0
        try:
            while True:
                line = self._read_line(due, _MAX_REPLY_BYTES - size)
                size += len(line)
                lines.append(line[4:].strip())
                if not line[:3].isdigit() or line[3:4] != b"-":
                    break
            if self.sock is not None:
                self.sock.settimeout(_left(self._due()))  # for the switch to TLS
        except OSError:
            self.close()
            raise
        return int(line[:3]) if line[:3].isdigit() else -1, b"\n".join(lines)

    def _read_line(self, due: float, most: int) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > most:
                raise smtplib.SMTPException(f"sent a reply of more than {_MAX_REPLY_BYTES // 1024} KB")
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("not connected")
            self.sock.settimeout(_left(due))
            try:
                part = self.sock.recv(4096)
            except ConnectionError:
                part = b""
            if not part:
                raise smtplib.SMTPServerDisconnected("closed the connection")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        if len(line) > most:
            raise smtplib.SMTPException(f"sent a reply of more than {_MAX_REPLY_BYTES // 1024} KB")
        return line

    def _due(self, more_s: float = 0.0) -> float:
        """When a step that begins now must have ended."""
        return min(time.monotonic() + self.step_s + more_s, self._ends)


def _left(due: float) -> float:
    """The seconds until then. Raises TimeoutError if there are none."""
    left = due - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
