"""Addresses, and headers that say what they were given and nothing more.

In: text from people and logs. Out: `Address` objects, and a policy that writes them. No text that comes in here can add
a header or a recipient: what has control characters is no address, and whoever is written is read back the same.
"""

import re
from collections.abc import Sequence
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
    """One mailbox, as ``ada@example.org`` or ``Ada Lovelace <ada@example.org>``.

    A domain in other letters than ASCII is written in its ASCII form (IDNA 2003); before the "@" only ASCII is taken,
    as other letters need servers that few have.

    Raises:
        OutputError: it is none, or more than one.
    """
    found = _MAILBOX.fullmatch(text.strip()) if printable(text) == text else None
    local, at, domain = (found["named"] or found["bare"] or "").strip().rpartition("@") if found else ("", "", "")
    domain = _ascii_domain(domain)
    if found is None or not at or not domain or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        raise OutputError(
            f'{quoted(text)} is no email address; one as "ada@example.org" or "Ada <ada@example.org>" is needed, with '
            "ASCII letters before the @. Correct it."
        )
    return Address(_display_name(found["name"] or ""), local, domain)


def parse_recipients(to: str | Sequence[str]) -> tuple[Address, ...]:
    """The recipients, each once.

    Raises:
        OutputError: one of them is no address, or there are none.
    """
    addresses = {found.addr_spec: found for found in map(parse_address, [to] if isinstance(to, str) else to)}
    if not addresses:
        raise OutputError("The message has no recipient; at least one email address is needed. Name one.")
    return tuple(addresses.values())


def _ascii_domain(domain: str) -> str:
    """The domain as it is looked up, in small letters; empty where it is none."""
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
    """The standard library's policy for mail, with addresses and subjects folded by ourselves.

    CPython (seen in 3.11.7) may encode the comma between two addresses when it folds a header with names that are not
    ASCII; the second recipient is then lost. A long subject it leaves to begin on the second line.
    """

    def fold(self, name: str, value: Any) -> str:
        """A header as text with its line ends."""
        addresses = getattr(value, "addresses", ())
        if addresses:
            return f"{name}: {f',{self.linesep} '.join(map(self._address, addresses))}{self.linesep}"
        if name == "Subject":
            return f"{name}: {self._words(value, name)}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as bytes with its line ends."""
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
    """Whether a text can stand in a header as it is, and is not taken for an encoded one."""
    return text.isascii() and "=?" not in text


# Lines end as SMTP wants them; everything is written in 7 bits, which every server passes on as it is.
POLICY: Final = MailPolicy(linesep="\r\n", cte_type="7bit")
