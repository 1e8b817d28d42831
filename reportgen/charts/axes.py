"""Which values and epochs a chart's axes span, and which of them they name.

In: values by epoch. Out: a `View`, ticks, positions in chart units. Knows nothing of what the curves mean.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.parts import OFF_CHART, Tick
from reportgen.languages import grouped

Domain = tuple[float, float]

LOG_RATIO: Final = 50.0  # largest over middle value, of a setting over lowest, from which on a log axis is used
_DWARFED: Final = 8.0  # span of all values, in spans of all but the few farthest, from which on those dwarf the rest
_SHORT: Final = 20  # epochs; of fewer, more must be gained before one is left out
_DWARFED_SHORT: Final = 25.0
_LOG_HELPS: Final = 0.25  # of a log axis' height that the rest must get
_FEW: Final = 0.05  # of the epochs
_MOST_CUT: Final = 10  # epochs
_FEWEST_TO_CUT: Final = 8  # epochs in all; of fewer each one is shown
_REACH_BEHIND: Final = 10.0  # times the highest value, to which a log axis is lengthened for curves behind
_LEVEL: Final = 0.02  # of a value: the least span that a broken view stretches over the plot
_FLAT: Final = 1e-6  # of a value: a smaller span is the rounding of float32
_TINY: Final = 1e-300  # differences below it vanish in float64's arithmetic
_MOST_TICKS: Final = 7  # of epochs; 4 where they have five digits and more
_MOST_NUMBERS: Final = 7  # of the vertical axis


@dataclass(frozen=True)
class View:
    """What the vertical axis spans.

    Attributes:
        domain: Lowest and highest value.
        log: Whether it is logarithmic.
    """

    domain: Domain
    log: bool = False


def choose_view(epochs: np.ndarray, values: np.ndarray, kept: np.ndarray, *, may_log: bool = True) -> View:
    """The axis on which curves are read best: all of it, a log axis, or without the few values that dwarf the rest.

    Args:
        epochs: Of each value, of all lines; shape (n,).
        values: Finite, shape (n,).
        kept: Values that must be in view whatever they are (ends of lines, marks, a forecast, zero); finite.
        may_log: Whether a log axis is an option.
    """
    if not len(values):
        return View(_padded(kept))
    every = np.concatenate([values, kept])
    highs, lows = _extremes(epochs, values)
    low, high, span = core(highs, lows)
    limit = _DWARFED if len(highs) >= _SHORT else _DWARFED_SHORT
    with np.errstate(over="ignore"):
        far_above, far_below = (highs.max() - low) / span > limit, (high - lows.min()) / span > limit
    positive = may_log and _all_positive(every)
    if (
        positive
        and (far_above or far_below)
        and math.log(high / low) >= _LOG_HELPS * math.log(every.max() / every.min())
    ):
        return View(_log_padded(every), log=True)
    upper = high + span if far_above and kept.max(initial=-math.inf) <= high + span else math.inf
    lower = low - span if far_below and kept.min(initial=math.inf) >= low - span else -math.inf
    inside = (values <= upper) & (values >= lower)
    if not inside.all():
        shown = np.concatenate([values[inside], kept])
        middle = (float(shown.max()) + float(shown.min())) / 2
        return View(_padded(np.concatenate([shown, [middle - span / 2, middle + span / 2]])))
    if positive and every.max() > LOG_RATIO * np.median(values):
        return View(_log_padded(every), log=True)
    return View(_padded(every))


def core(highs: np.ndarray, lows: np.ndarray) -> tuple[float, float, float]:
    """What all values but the few farthest span.

    Args:
        highs: Highest value of each epoch, finite; shape (n,).
        lows: Lowest value of each epoch, finite; shape (n,).

    Returns:
        Its lower and its upper edge, and how much an axis has to span to show it: never nothing.
    """
    few = min(_MOST_CUT, max(1, int(_FEW * len(highs)))) if len(highs) >= _FEWEST_TO_CUT else 0
    at = len(highs) - 1 - few
    high, low = float(np.partition(highs, at)[at]), float(np.partition(lows, few)[few])
    return low, high, max(high - low, _LEVEL * max(abs(high), abs(low)), _TINY)


def setting_view(values: np.ndarray) -> View:
    """The axis of a setting, which people choose by factors: all of it, on a log axis where it spans a large one."""
    if len(values) and _all_positive(values) and values.max() > LOG_RATIO * values.min():
        return View(_log_padded(values), log=True)
    return View(_padded(values))


def _all_positive(values: np.ndarray) -> bool:
    return bool(values.min() >= 1 / OFF_CHART)


def widened(view: View, values: np.ndarray) -> View:
    """Makes room for curves that stand behind, but not so much that the view's own curves become flat.

    Args:
        view: That of the curves in front.
        values: Finite, of those behind; shape (n,).
    """
    low, high = view.domain
    if view.log:
        values = values[values >= 1 / OFF_CHART]
        factor = max(_REACH_BEHIND, high / low)
        least, most = low / factor, high * factor
    else:
        reach = max(high - low, abs(high), abs(low))
        least, most = low - reach, high + reach
    behind = values[(values >= least) & (values <= most)]
    if not len(behind) or (behind.min() >= low and behind.max() <= high):
        return view
    edges = np.array([min(low, behind.min()), max(high, behind.max())])
    return View(_log_padded(edges), log=True) if view.log else View(_padded(edges))


def _extremes(epochs: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Highest and lowest value of each epoch that has any."""
    order = np.argsort(epochs, kind="stable")  # quick, as several ascending lists follow each other
    epochs, values = epochs[order], values[order]
    starts = np.flatnonzero(np.diff(epochs, prepend=epochs[0] - 1))
    return np.maximum.reduceat(values, starts), np.minimum.reduceat(values, starts)


def _log_padded(values: np.ndarray) -> Domain:
    low, high = float(values.min()), float(values.max())
    room = (high / low) ** 0.04
    return (low / room, high * room)


def _padded(values: np.ndarray) -> Domain:
    """Lowest and highest value with a little room, never empty; a flat line stands in the middle."""
    if not len(values):
        return (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    span = high - low
    if span <= max(max(abs(high), abs(low)) * _FLAT, _TINY):
        span = max(abs(high), _TINY) if high else 1.0
        return (low - span / 2, high + span / 2)
    padded_low = low - 0.05 * span
    return (0.0 if low >= 0 > padded_low else padded_low, high + 0.05 * span)


def x_position(epoch: float, domain: Domain, width: float) -> float:
    """Distance of an epoch in chart units from the plot's left edge."""
    return (epoch - domain[0]) / (domain[1] - domain[0]) * width


def y_position(value: float, domain: Domain, log: bool) -> float:
    """Height of a value in chart units from the plot's upper edge."""
    low, high = (math.log(edge) for edge in domain) if log else domain
    at = math.log(value) if log else value
    return theme.PLOT_HEIGHT * (1 - (at - low) / (high - low))


def epoch_ticks(first: float, last: float) -> tuple[int, ...]:
    """The first epoch and then round ones, at most eight in all; the last one too where a round step meets it."""
    most = _MOST_TICKS if last < 10_000 else 4
    steps = itertools.dropwhile(lambda step: (last - first) / step > most, _round_steps())
    smallest = next(steps)
    meeting = (step for step in itertools.takewhile(lambda step: (last - first) / step >= 4, steps) if not last % step)
    step = smallest if not last % smallest else next(meeting, smallest)
    start = int(first)
    ticks = range(start - start % step + step, int(last) + 1, step)
    return (start, *(tick for tick in ticks if tick - start >= 0.6 * step))


def epoch_format(ticks: Sequence[int]) -> str:
    """How the axis writes its epochs, for Python and for Vega: long numbers with commas between thousands."""
    return ",d" if grouped(ticks[-1]) != str(ticks[-1]) else "d"


def _round_steps() -> Iterator[int]:
    yield from (1, 2, 5)
    for power in itertools.count(1):
        yield from (10**power, 20 * 10 ** (power - 1), 25 * 10 ** (power - 1), 50 * 10 ** (power - 1))


def value_ticks(domain: Domain, log: bool) -> tuple[Tick, ...]:
    """Two to six round numbers inside the domain, written with the same number of decimals."""
    low, high = domain
    if log:
        decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        if len(decades) > 2:
            stride = math.ceil(len(decades) / _MOST_NUMBERS)
            return _short_ticks([10.0**power for power in decades[::stride]])
        parts = [n * 10.0**p for p in range(math.floor(math.log10(low)), decades.stop + 1) for n in (1, 2, 5)]
        parts = [value for value in parts if low <= value <= high]
        if len(parts) > 1:
            return _short_ticks(parts)
    return _linear_ticks(low, high)


def _short_ticks(values: list[float]) -> tuple[Tick, ...]:
    return tuple(Tick(value, formatting.short(value, 3)) for value in values)


def _linear_ticks(low: float, high: float) -> tuple[Tick, ...]:
    power = math.floor(math.log10((high - low) / _MOST_NUMBERS))
    factor = next(n for n in (1, 2, 5, 10, 20) if (high - low) / _MOST_NUMBERS <= n * 10.0**power)
    if factor >= 10:
        power, factor = power + 1, factor // 10
    step = float(f"{factor}e{power}")
    counts = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    values = [float(f"{count * factor}e{power}") for count in counts]
    largest = max(abs(low), abs(high))
    if 1e-4 <= largest < 1e6:
        texts = [f"{value:.{max(0, -power)}f}" for value in values]
        return tuple(
            Tick(value, text.replace("-", formatting.MINUS)) for value, text in zip(values, texts, strict=True)
        )
    digits = 2 + max(0, math.floor(math.log10(largest)) - power)
    return tuple(Tick(value, formatting.short(value, digits)) for value in values)


def within(
    epochs: np.ndarray, values: np.ndarray, drawable: np.ndarray, domain: Domain, log: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A curve's points, cut where it leaves the domain and broken where a value cannot be drawn.

    Args:
        epochs: Shape (n,), ascending.
        values: Shape (n,).
        drawable: Shape (n,), bool.
        domain: Of the axis.
        log: Whether that is logarithmic.

    Returns:
        Epochs, values and number of the piece of each point to be joined. Where the curve crosses an edge, a point
        stands on it.
    """
    points: list[tuple[float, float, int]] = []
    piece, previous = 0, None
    for epoch, value, usable in zip(epochs.tolist(), values.tolist(), drawable.tolist(), strict=True):
        if not usable:
            previous, piece = None, piece + 1
            continue
        if previous is not None:
            piece += not domain[0] <= previous[1] <= domain[1]
            points += [(*crossing, piece) for crossing in _crossings(previous, (epoch, value), domain, log)]
        if domain[0] <= value <= domain[1]:
            points.append((epoch, value, piece))
        previous = (epoch, value)
    x, y, pieces = zip(*points, strict=True) if points else ((), (), ())
    return np.array(x), np.array(y), np.array(pieces, dtype=np.int64)


def _crossings(
    start: tuple[float, float], end: tuple[float, float], domain: Domain, log: bool
) -> list[tuple[float, float]]:
    """Where a stretch, straight on the paper, crosses the edges of the domain, in the order of epochs."""
    edges = [edge for edge in domain if min(start[1], end[1]) < edge < max(start[1], end[1])]
    from_y, to_y = (y_position(_positive(value) if log else value, domain, log) for value in (start[1], end[1]))
    at = [((y_position(edge, domain, log) - from_y) / (to_y - from_y), edge) for edge in edges]
    return [(start[0] + share * (end[0] - start[0]), edge) for share, edge in sorted(at)]


def _positive(value: float) -> float:
    """A value as a log axis can place it: zero and less lie far below."""
    return max(value, 1 / OFF_CHART)
