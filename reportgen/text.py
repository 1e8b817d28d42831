"""Text that is safe to print: unprintable characters replaced, long values cut, names quoted for messages."""

import os
import re
import shlex
import unicodedata
from typing import Final

UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"
CITED: Final = ("\x02", "\x03")  # around the content of a file in the message of an error; `quoted` leaves neither
FEW: Final = 12  # characters of a file that an error quotes; our choice: shows what kind of text it is
_UNPRINTABLE: Final = ("Cc", "Cs", "Cn", "Zl", "Zp")
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would turn the text after them

_LONGEST_NUMBER: Final = 18  # digits that are compared as one number
_NUMBERS: Final = re.compile(rf"(\d{{1,{_LONGEST_NUMBER}}})")
_WORDS: Final = re.compile(r"[A-Z]?[a-z' ]*", re.ASCII)  # of an error, before it names a value
_GUARD: Final = "\u200b"  # zero width space
# GitHub runs "::name::" at the start of a line, older runners "##[name]" anywhere in it, Azure "##vso[...]" anywhere,
# TeamCity "##teamcity[...]".
_COMMANDS: Final = re.compile(r"^(?=[^\S\n]*::)|(?<=##)(?=\w*\[)", re.MULTILINE)
# What `printable` replaces, except line ends and tabs.
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_BUT_COLOURS: Final = re.compile(rf"(?!\x1b\[[0-9;]*m){_UNSAFE.pattern}")


def printable(text: str, limit: int | None = None) -> str:
    """Text that is safe on a page or in one line of a terminal, cut if longer than ``limit``.

    Control characters, lone surrogates, line separators and characters that change the text direction become a
    replacement character; right-to-left letters are kept. Commands of build servers get a zero width space, so that
    they do nothing wherever the text is written.
    """
    clean = "".join(
        UNPRINTABLE if ch in _TURNING or unicodedata.category(ch) in _UNPRINTABLE else ch
        for ch in (text if limit is None else text[: limit + 1])
    )
    if "##" in clean or "::" in clean:
        clean = _COMMANDS.sub(_GUARD, clean)
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1] + "…"


def harmless(text: str, *, colours: bool = False) -> str:
    """Lines to print, on a terminal or in the log of a build server: control characters and commands do nothing.

    All that is printed passes here, because names and titles come from files of others.

    Args:
        text: One or more lines.
        colours: Whether the text has codes of colours, which are kept.
    """
    return _COMMANDS.sub(_GUARD, (_UNSAFE_BUT_COLOURS if colours else _UNSAFE).sub(UNPRINTABLE, text))


def harmless_json(text: str) -> str:
    """JSON text with the same value, in which no character or command does anything when it is printed."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).replace("##", "#\\u0023")


def shell_argument(text: str) -> str:
    """Text as one argument of a command, quoted for Unix shells; on Windows, as every shell there understands it."""
    if os.name != "nt":
        return shlex.quote(text)
    from subprocess import list2cmdline  # not loaded by an import of reportgen

    return list2cmdline([text])


def shell_word(text: str, limit: int) -> str:
    """Text as one word of a command, in quotes if the shell would split or change it."""
    word = printable(text, limit)
    if re.fullmatch(r"[\w@%+=:,./-]{1,400}", word):
        return word
    return shell_argument(word) if re.search(r'["\\$`!]', word) else f'"{word}"'


def quoted(value: object, limit: int = 60) -> str:
    """A value for a one-line message: printable, in double quotes, cut if long."""
    try:
        whole = str(value)
    except (ValueError, RecursionError):  # integers of thousands of digits, deeply nested values
        whole = f"<{type(value).__name__}>"
    text = "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in whole[: limit + 1])
    return f'"{text if len(text) <= limit else text[: limit - 1] + "…"}"'


def cited(value: object, limit: int = FEW) -> str:
    """The first few characters of what a file contains, quoted and marked as content for the message of an error."""
    return f'"{CITED[0]}{quoted(value, limit)[1:-1]}{CITED[1]}"'


def cited_fault(error: Exception) -> str:
    """The error of a library on one line: its first words, and a few characters of the rest, marked as content."""
    text = " ".join(str(error).split())
    words = _WORDS.match(text)[0].rstrip()  # type: ignore[index]  # matches any text
    rest = text[len(words) :].strip(" :")
    return f"{words}: {cited(rest)}" if words and rest else words or f"{type(error).__name__}: {cited(rest)}"


def listed(names: list[str], limit: int = 8) -> str:
    """Names for a message: all of a short list, or the first few of a long one and how many more there are."""
    shown = ", ".join(quoted(name, 40) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def natural_order(text: str) -> list[tuple[int, str, str]]:
    """A key that sorts ``run 2`` before ``run 10``."""
    return [
        (1, part.lstrip("0").rjust(_LONGEST_NUMBER, "0"), part) if part.isdecimal() else (0, part, "")
        for part in _NUMBERS.split(text)
    ]
