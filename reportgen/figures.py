"""Numbers as a reader sees them. In: numbers. Out: short text. The same everywhere: page, terminal, findings."""

import math
from collections.abc import Sequence
from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
_SPANS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))


def number(value: float, digits: int = 4) -> str:
    """A value with ``digits`` significant digits: 0.6931, 12.35, 1.5e−7, NaN, ∞."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{max(digits - 2, 1)}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".replace("-", MINUS)


def setting(value: float) -> str:
    """A value that a person chose, as short as it can be said: 0.001, 1e−5, 0.9."""
    text = number(value, 3)
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{exponent}" if exponent else mantissa


def percent(ratio: float) -> str:
    """A fraction of 1 as a percentage: 23%, 0.4%, under 0.1%."""
    share = ratio * 100
    if share == 0:
        return "0%"
    if abs(share) < 0.1:
        return "under 0.1%"
    if 99.5 <= share < 100:
        return "over 99%"
    if abs(share) < 1:
        return f"{share:.1f}%".replace("-", MINUS)
    if abs(share) >= 1000:
        return f"{number(share, 3)}%"
    return f"{share:.0f}%".replace("-", MINUS)


def certainty(probability: float) -> str:
    """A probability of "yes" as the certainty of the answer it leads to; never 100%."""
    sure = max(probability, 1 - probability)
    return "over 99%" if sure > 0.99 else f"{sure * 100:.0f}%"


def count(value: int) -> str:
    """A whole number with commas between thousands."""
    return f"{value:,}"


def duration(seconds: float) -> str:
    """A time span in its largest sensible unit: 340 ms, 12.4 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 0.9995:  # above, rounding would say 1000 ms, or 60.0 s
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    rest = round(seconds)
    for position, (size, unit) in enumerate(_SPANS):
        if rest >= size:
            smaller = _SPANS[position + 1 :]
            part, name = (rest % size // smaller[0][0], smaller[0][1]) if smaller else (rest % size, "s")
            return f"{rest // size} {unit}" + (f" {part} {name}" if part else "")
    return f"{rest} s"


def epochs(numbers: Sequence[int]) -> str:
    """A list of epochs for a sentence: 7; 3 and 9; 3, 9, 20 and 4 more."""
    shown = [str(item) for item in numbers[:3]]
    if len(numbers) > 3:
        return f"{', '.join(shown)} and {len(numbers) - 3} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""
