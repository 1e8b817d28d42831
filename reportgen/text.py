"""Text that is safe to print: unprintable characters replaced, long values cut, names quoted for messages."""

import re
import unicodedata
from typing import Final

UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
_UNPRINTABLE: Final = ("Cc", "Cs", "Cn", "Zl", "Zp")
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would turn the text after them

_GUARD: Final = "\u200b"  # zero width space
# GitHub runs "::name::" at the start of a line, older runners "##[name]" anywhere in it, Azure "##vso[...]" anywhere,
# TeamCity "##teamcity[...]".
_COMMANDS: Final = re.compile(r"^(?=[^\S\n]*::)|(?<=##)(?=\w*\[)", re.MULTILINE)


def printable(text: str, limit: int | None = None) -> str:
    """Text that is safe on a page or in one line of a terminal, cut if longer than ``limit``.

    Control characters, lone surrogates, line separators and characters that change the text direction become a
    replacement character; right-to-left letters are kept.
    """
    clean = "".join(
        UNPRINTABLE if ch in _TURNING or unicodedata.category(ch) in _UNPRINTABLE else ch
        for ch in (text if limit is None else text[: limit + 1])
    )
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1] + "…"


def harmless(text: str) -> str:
    """Text for the log of a CI service, in which names from a history cannot act as commands."""
    return _COMMANDS.sub(_GUARD, text)


def quoted(value: object, limit: int = 60) -> str:
    """A value for a one-line message: printable, in double quotes, cut if long."""
    try:
        whole = str(value)
    except (ValueError, RecursionError):  # integers of thousands of digits, deeply nested values
        whole = f"<{type(value).__name__}>"
    text = "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in whole[: limit + 1])
    return f'"{text if len(text) <= limit else text[: limit - 1] + "…"}"'


def listed(names: list[str], limit: int = 8) -> str:
    """Names for a message: all of a short list, or the first few of a long one and how many more there are."""
    shown = ", ".join(quoted(name, 40) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
