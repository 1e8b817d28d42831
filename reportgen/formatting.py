"""Formats numbers and tables for readers, in the same way on the page, in the terminal and in mail."""

import math
from dataclasses import dataclass
from typing import Final

from reportgen.languages import ENGLISH, Language, marked

MAX_UNFOLDED_ROWS: Final = 12  # of a table that pages fold if it is longer
MAX_OPEN_ROWS: Final = 60  # of a table on a page; longer ones scroll in a box
MINUS: Final = "\N{MINUS SIGN}"
PLAIN: Final = (1e-4, 1e6)  # values outside this range get an exponent
DIGITS: Final = 4  # significant digits
EXPONENT_DIGITS: Final = 2  # fewer digits are shown with an exponent
_SPANS: Final = ((86_400, marked("{n} d")), (3_600, marked("{n} h")), (60, marked("{n} min")), (1, marked("{n} s")))


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        rows: One cell per column; an empty cell means that there is no value.
        numbers: Positions of the columns that hold numbers. The first column names the rows unless it is one of them.
        title: Heading; empty if the context says what the table shows.
        note: What was left out, if anything.
        important: Positions of the rows that matter most.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    title: str = ""
    note: str = ""
    important: tuple[int, ...] = ()

    @property
    def names_rows(self) -> bool:
        """Whether the first column names the rows."""
        return 0 not in self.numbers

    @property
    def is_long(self) -> bool:
        """Whether a page shows it in a box that scrolls."""
        return len(self.rows) > MAX_OPEN_ROWS

    @property
    def is_folded(self) -> bool:
        """Whether a page shows it on request only."""
        return len(self.rows) > MAX_UNFOLDED_ROWS


def number(value: float, digits: int = DIGITS) -> str:
    """A value with ``digits`` significant digits: 0.6931, 12.35, 1.5e−7, NaN, ∞."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    if not PLAIN[0] <= abs(value) < PLAIN[1]:
        mantissa, exponent = f"{value:.{max(digits - EXPONENT_DIGITS, 1)}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".replace("-", MINUS)


def short(value: float, digits: int = DIGITS) -> str:
    """A value with at most ``digits`` significant digits, for sentences and labels: 0.412, 0.6931, 1e−5."""
    text = number(value, digits)
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{exponent}" if exponent else mantissa


def apart(value: float, other: float, digits: int = DIGITS) -> tuple[str, str]:
    """Two different values, as short as possible while still different: 0.75 and 0.74998. At most 17 digits."""
    while (pair := (short(value, digits), short(other, digits)))[0] == pair[1] and value != other and digits < 17:
        digits += 1
    return pair


def setting(value: float) -> str:
    """A value that a person chose: 0.001, 1e−5, 0.9."""
    return short(value, 3)


def percent(ratio: float) -> str:
    """A fraction of 1 as a percentage: 23%, 0.4%, <0.1%."""
    share = ratio * 100
    if share == 0:
        return "0%"
    if abs(share) < 0.1:
        return "<0.1%"
    if 99.5 <= share < 100:
        return ">99%"
    if abs(share) < 0.95:
        return f"{share:.1f}%".replace("-", MINUS)
    if abs(share) >= 1000:
        return f"{number(share, 3)}%"
    return f"{share:.0f}%".replace("-", MINUS)


def certainty(probability: float) -> str:
    """A probability of "yes" as the certainty of the answer it leads to; never 100%."""
    sure = max(probability, 1 - probability)
    return ">99%" if sure > 0.99 else f"{sure * 100:.0f}%"


def count(value: int) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}"


def file_size(size_bytes: int) -> str:
    """A size in its largest sensible unit: 830 B, 41.2 KB, 5.3 MB. 1 KB is 1000 bytes, as mail providers count."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 999_950:
        return f"{size_bytes / 1000:.1f} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def memory_size(size_bytes: float) -> str:
    """An amount of memory with three digits: 830 MB, 1.52 GB, 64.0 GB. 1 GB is 10^9 bytes."""
    unit, name = (1e9, "GB") if size_bytes >= 0.9995e9 else (1e6, "MB")
    return f"{number(size_bytes / unit, 3)} {name}"


def duration(seconds: float, language: Language = ENGLISH) -> str:
    """A time span in its largest sensible unit: 340 ms, 12.4 s, 3 min 20 s, 2 h 5 min."""
    say = language.say
    if seconds < 0.9995:  # above, rounding would say 1000 ms, or 60.0 s
        return say("{n} ms", n=f"{seconds * 1000:.0f}")
    if seconds < 59.95:
        return say("{n} s", n=f"{seconds:.1f}")
    rest = round(seconds)
    for position, (size, unit) in enumerate(_SPANS):
        if rest >= size:
            smaller_size, smaller_unit = _SPANS[position + 1]
            whole, part = say(unit, n=rest // size), rest % size // smaller_size
            return say("{first} {second}", first=whole, second=say(smaller_unit, n=part)) if part else whole
    raise AssertionError(seconds)  # unreachable: `rest` is at least a minute
