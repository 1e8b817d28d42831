"""Rows of dots on a common axis, with mean and interval, and names of the dots where they are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.charts import axes, layout
from reportgen.comparison.statistics import Spread

STRIP_WIDTH: Final = 760
ROW_HEIGHT: Final = 30  # of one row
_NAMED_HEIGHT: Final = 54  # of one with names of dots
_NAMES_AT: Final = 30  # upper edge of these names
MOST_DOTS: Final = 400  # of a row; more of them fill it anyway
_MOST_NAMED: Final = 10  # dots of a row up to which each has its name
_MARGIN: Final = 8.0  # left and right of the axis
_MOST_TICKS: Final = 6
_SHIFTS: Final = (0.0, -4.5, 4.5, -2.2, 2.2)  # of dots from the middle of a row, so that equal values stay visible
_DOT: Final = "M{x:.1f} {y:.1f}h0"
_RING: Final = "M{x:.1f} {y:.1f}m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"
_PHONE_SIZE: Final = 26  # of letters, set by the style sheet in narrow columns
_NAME_GAP: Final = 8.0  # between two names


@dataclass(frozen=True)
class StripTick:
    """A number on the axis; ``anchor`` keeps the first and the last one inside."""

    x: str
    text: str
    anchor: str


@dataclass(frozen=True)
class StripDot:
    """A dot with the full name and the value of its run, and below it a short name; ``text`` is empty without one."""

    path: str
    title: str
    x: str = ""
    text: str = ""
    leader: str = ""


@dataclass(frozen=True)
class StripRow:
    """One row: its values as an SVG path of dots, and mean and interval as paths; empty without one.

    Attributes:
        rings: Its values as rings instead; such a row belongs to the one above.
        named: Its values as single dots, if they are few.
        more: What is written below its name.
    """

    name: str
    colour: str
    dots: str
    rings: str
    interval: str
    mean: str
    description: str
    named: tuple[StripDot, ...] = ()
    more: str = ""
    height: int = ROW_HEIGHT


@dataclass(frozen=True)
class DotName:
    """What a dot is called: in full, and in short or not at all."""

    full: str
    short: str = ""


def place_dots(
    values: Sequence[float], names: Sequence[DotName], domain: axes.Domain, *, is_ring: bool = False
) -> tuple[str, tuple[StripDot, ...]]:
    """The dots of a row: all as one path, or each with its name if there are few and all have one."""
    order = np.argsort(np.array(values), kind="stable")
    if len(order) > MOST_DOTS:
        order = order[np.linspace(0, len(order) - 1, MOST_DOTS).round().astype(np.int64)]
    shifts = _SHIFTS if len(order) > 1 else (0.0,)
    form, middle = (_RING if is_ring else _DOT), ROW_HEIGHT / 2
    at = [x_of(values[place], domain) for place in order]
    paths = [form.format(x=x, y=middle + shifts[rank % len(shifts)]) for rank, x in enumerate(at)]
    if not names or len(order) > _MOST_NAMED:
        return "".join(paths), ()
    chosen = [names[place] for place in order]
    places = _side_by_side(at, [layout.text_width(name.short, _PHONE_SIZE) + _NAME_GAP for name in chosen])
    dots = []
    for path, x, name, place in zip(paths, at, chosen, places or [0.0] * len(at), strict=True):
        if places and all(name.short for name in chosen):
            leader = f"M{x:.1f} {middle + 8:g}L{place:.1f} {_NAMES_AT - 2}"
            dots.append(StripDot(path, name.full, f"{place:.1f}", name.short, leader))
        else:
            dots.append(StripDot(path, name.full))
    return "", tuple(dots)


def _side_by_side(at: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The middles of names as near as possible to these ascending positions without overlaps; empty without space."""
    if sum(widths) > STRIP_WIDTH:
        return []
    blocks: list[tuple[int, float, float]] = []  # names that touch: their number, width, and sum of wanted left edges
    for x, width in zip(at, widths, strict=True):
        n, wide, total = 1, width, x - width / 2
        while blocks and blocks[-1][2] / blocks[-1][0] + blocks[-1][1] > total / n:
            before, wide_before, sum_before = blocks.pop()
            n, wide, total = before + n, wide_before + wide, sum_before + total - n * wide_before
        blocks.append((n, wide, total))
    lefts, edge = [], 0.0
    for (n, _, total), place in zip(blocks, np.cumsum([0, *(block[0] for block in blocks)]).tolist(), strict=False):
        left = max(edge, total / n)
        for width in widths[place : place + n]:
            lefts.append(left)
            left += width
        edge = left
    ceiling = float(STRIP_WIDTH)
    for place in range(len(lefts) - 1, -1, -1):
        lefts[place] = min(lefts[place], ceiling - widths[place])
        ceiling = lefts[place]
    return [left + width / 2 for left, width in zip(lefts, widths, strict=True)]


def height_of(named: Sequence[StripDot]) -> int:
    """The height of a row with these dots."""
    return _NAMED_HEIGHT if any(dot.text for dot in named) else ROW_HEIGHT


def ends_of(low: float | None, high: float | None, values: Sequence[float]) -> tuple[float, ...]:
    """The ends of an interval, unless it is so much wider than the values that it would squeeze them."""
    if low is None or high is None:
        return ()
    least, greatest = min(values), max(values)
    reach = 2 * (greatest - least)
    return (max(low, least - reach), min(high, greatest + reach))


def interval_path(low: float | None, high: float | None, domain: axes.Domain) -> str:
    """The thick line of an interval; empty without one."""
    if low is None or high is None:
        return ""
    return f"M{x_of(low, domain):.1f} {ROW_HEIGHT / 2:g}H{x_of(high, domain):.1f}"


def mean_path(mean: float, domain: axes.Domain) -> str:
    """The bar at a mean."""
    return f"M{x_of(mean, domain):.1f} 4v{ROW_HEIGHT - 8}"


def spread_paths(spread: Spread | None, domain: axes.Domain) -> tuple[str, str]:
    """Interval and mean of several values; empty without them."""
    if spread is None or spread.n < 2:
        return "", ""
    return interval_path(spread.low, spread.high, domain), mean_path(spread.mean, domain)


def x_of(value: float, domain: axes.Domain) -> float:
    """The position of a value; values outside are moved to the edge."""
    share = min(max((value - domain[0]) / (domain[1] - domain[0]), 0.0), 1.0)
    return _MARGIN + (STRIP_WIDTH - 2 * _MARGIN) * share


def strip_ticks(domain: axes.Domain) -> tuple[StripTick, ...]:
    """The numbers on the axis."""
    every = axes.value_ticks(domain, False)
    found = []
    for tick in every[:: -(-len(every) // _MOST_TICKS)]:
        x = x_of(tick.value, domain)
        anchor = "start" if x < 24 else "end" if x > STRIP_WIDTH - 24 else "middle"
        found.append(StripTick(f"{x:.1f}", tick.text, anchor))
    return tuple(found)
