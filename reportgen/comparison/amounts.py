"""Means with their deviation and intervals as text, with no more digits than the deviation supports."""

import math
from collections.abc import Sequence
from typing import Final

from reportgen import formatting
from reportgen.comparison.statistics import Spread

_DIGITS: Final = 2  # significant digits of a deviation or half an interval
_EQUAL: Final = 1e-9  # of a mean: smaller deviations are rounding errors
_MOST_DIGITS: Final = 16
_MOST_DECIMALS: Final = 6  # numbers with more are written with an exponent


def to_digits_of(values: Sequence[float], scale: float) -> list[str]:
    """Values with as many decimals as show two significant digits of a scale, such as their standard deviation."""
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(scale))) if scale > 0 else _MOST_DECIMALS + 1
    if any(0 < abs(value) < 0.5 * 10.0**-decimals for value in values):
        decimals += 1  # an end of an interval near 0 has a side
    if decimals > _MOST_DECIMALS or max(map(abs, values)) >= formatting.PLAIN[1]:
        return [formatting.short(value) for value in values]
    return [f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", formatting.MINUS) for value in values]


def as_precise(value: float, other: float, digits: int = formatting.DIGITS) -> tuple[str, str]:
    """Two values with as many digits each, and more if they would look equal: 0.360 and 0.361."""
    while (pair := (formatting.number(value, digits), formatting.number(other, digits)))[0] == pair[1]:
        if value == other or digits > _MOST_DIGITS:
            break
        digits += 1
    return pair


def with_deviation(spread: Spread) -> str:
    """Mean and standard deviation: 0.070 ± 0.050; only the mean of a single value."""
    if spread.deviation is None:
        return formatting.number(spread.mean)
    if spread.deviation <= _EQUAL * abs(spread.mean):
        return f"{formatting.number(spread.mean)} ± 0"
    mean, deviation = to_digits_of([spread.mean, spread.deviation], spread.deviation)
    return f"{mean} ± {deviation}"


def interval_of(spread: Spread) -> tuple[str, str] | None:
    """The ends of the interval of the mean; None for a single value."""
    if spread.low is None or spread.high is None:
        return None
    low, high = to_digits_of([spread.low, spread.high], (spread.high - spread.low) / 2)
    return low, high
