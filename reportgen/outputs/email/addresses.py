"""Email addresses, and the policy for writing headers.

No text from users or logs can add a header or a recipient: addresses with control characters are refused, and each
written address reads back the same.
"""

import re
from collections.abc import Iterable, Sequence
from email.header import Header
from email.headerregistry import Address
from email.policy import EmailPolicy
from typing import Any, Final

from reportgen.errors import OutputError
from reportgen.text import printable, quoted

_NAME_LIMIT: Final = 80  # characters of a person's name
_MAILBOX: Final = re.compile(r"(?P<name>[^<>]*)<(?P<named>[^<>]*)>|(?P<bare>[^<>]*)")
_LOCAL_PART: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(r"(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?", re.ASCII)


def parse_address(text: str) -> Address:
    """Parses one mailbox, such as ``ada@example.org`` or ``Ada Lovelace <ada@example.org>``.

    A domain with non-ASCII letters is written in its ASCII form (IDNA 2003); the part before the "@" must be ASCII,
    as few servers support anything else.

    Raises:
        OutputError: the text is not exactly one address.
    """
    is_plain = isinstance(text, str) and printable(text) == text
    found = _MAILBOX.fullmatch(text.strip()) if is_plain else None
    local, at, domain = (found["named"] or found["bare"] or "").strip().rpartition("@") if found else ("", "", "")
    domain = _ascii_domain(domain)
    if found is None or not at or not domain or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        raise OutputError(
            f'{quoted(text)} is not an email address. Write it as "ada@example.org" or "Ada <ada@example.org>", with '
            "ASCII letters before the @."
        )
    return Address(_display_name(found["name"] or ""), local, domain)


def parse_recipients(to: str | Sequence[str]) -> tuple[Address, ...]:
    """Parses the recipients and removes duplicates.

    Raises:
        OutputError: one of them is not an address, or the list is empty.
    """
    several = to if isinstance(to, Iterable) and not isinstance(to, str) else [to]
    addresses = {found.addr_spec: found for found in map(parse_address, several)}
    if not addresses:
        raise OutputError("The message has no recipient. Add at least one email address.")
    return tuple(addresses.values())


def _ascii_domain(domain: str) -> str:
    """The domain in ASCII and lower case; empty if it is not valid."""
    try:
        written = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return written if len(written) <= 253 and _DOMAIN.fullmatch(written) else ""


def _display_name(text: str) -> str:
    name = text.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return printable(" ".join(name.split()), _NAME_LIMIT)


class MailPolicy(EmailPolicy):
    """The standard library's mail policy, but with its own folding of addresses and subjects.

    When CPython 3.11.7 folds a header with non-ASCII names, it may encode the comma between two addresses, which loses
    the second recipient. It also moves a long subject to the second line.
    """

    def fold(self, name: str, value: Any) -> str:
        """A header as text, with line ends."""
        addresses = getattr(value, "addresses", ())
        if addresses:
            return f"{name}: {f',{self.linesep} '.join(map(self._address, addresses))}{self.linesep}"
        if name == "Subject":
            return f"{name}: {self._words(value, name)}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as bytes, with line ends."""
        return self.fold(name, value).encode("ascii")

    def _address(self, address: Address) -> str:
        name = address.display_name
        if not name or _is_plain(name):
            return str(address)
        return f"{self._words(name)}{self.linesep} <{address.addr_spec}>"

    def _words(self, text: str, name: str | None = None) -> str:
        charset = "us-ascii" if _is_plain(text) else "utf-8"
        return Header(text, charset, header_name=name).encode(linesep=self.linesep)


def _is_plain(text: str) -> bool:
    """Whether a header can contain the text unchanged without it being decoded as an encoded word."""
    return text.isascii() and "=?" not in text


# SMTP's line ends, and 7 bits, which every server passes on unchanged.
POLICY: Final = MailPolicy(linesep="\r\n", cte_type="7bit")
