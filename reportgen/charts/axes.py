"""The ranges and ticks of a chart's axes, and the positions of values and epochs in chart units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import layout
from reportgen.charts.plan import OFF_CHART, Tick
from reportgen.languages import grouped

Domain = tuple[float, float]

LOG_RATIO: Final = 50.0  # of largest to median value (of a setting: to lowest), above which the axis is logarithmic
_DWARFED: Final = 8.0  # ratio of the span of all values to that of the core, above which outliers dwarf the core
_DWARFED_SHORT: Final = 25.0  # the same for short runs
_SHORT: Final = 20  # epochs; fewer are a short run
_LOG_HELPS: Final = 0.25  # minimum share of a log axis that the core must fill
_HOT: Final = 5.0  # ratio of the span with the first epochs to that of all later ones, from which they are cut off
_MIN_HOT: Final = 10  # one in so many epochs at the start may be cut off
_FEW: Final = 0.05  # maximum share of the epochs that may lie outside
_MAX_CUT: Final = 10  # maximum number of epochs that may lie outside
_MIN_TO_CUT: Final = 8  # epochs; shorter runs always show all values
_REACH_BEHIND: Final = 10.0  # factor by which a log axis may be extended for background curves
_SPREAD: Final = 0.1  # of the span, by which an axis is extended at either end
_SHORT_STEP: Final = 2  # between epoch ticks; longer steps are counted from zero
_STEEP: Final = 10.0  # ratio of largest to smallest value from which groups of runs have a logarithmic axis
_EARLY: Final = 1 / 3  # share of the epochs that may lie outside if groups of runs end close to each other
_FLAT_REST: Final = 0.4  # maximum share of the range of all values that those of the other epochs fill then
_CLOSE_ENDS: Final = 0.15  # maximum share of it that the last values fill
_FLAT_BEST: Final = 0.25  # maximum share of the range of all curves that the best ones fill then, at least half of them
_FEWEST_TO_CUT: Final = 12  # epochs; shorter curves of groups always show all values
_LEVEL: Final = 0.02  # minimum span of an axis with values outside, as a fraction of a value

Points = tuple[np.ndarray, np.ndarray]  # epochs, ascending, and values


@dataclass(frozen=True)
class View:
    """The range of the vertical axis.

    Attributes:
        since: The epoch from which on it shows everything if it leaves out a first fall or rise; otherwise None.
        reach: The values that the axis is chosen for, if curves beyond them are named in the chart's own note; None
            for all.
    """

    domain: Domain
    log: bool = False
    since: float | None = None
    reach: Domain | None = None


def choose_view(epochs: np.ndarray, values: np.ndarray, kept: np.ndarray, *, may_log: bool = True) -> View:
    """The axis on which curves are easiest to read: all values, a log axis, or an axis without a few outliers.

    Args:
        epochs: Epoch of each value of all lines; shape (n,).
        values: Finite, shape (n,).
        kept: Values that must be in view (ends of lines, marks, a forecast, zero); finite.
        may_log: Whether a log axis is allowed.
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
    for tops, bottoms, ends in ((highs, lows, kept), (-lows, -highs, -kept)):
        n_first = _first_outside(tops, bottoms)
        if n_first and ends.max(initial=-math.inf) <= tops[n_first:].max():
            return View(_padded(np.concatenate([highs[n_first:], lows[n_first:], kept])))
    return View(_padded(every))


def _first_outside(highs: np.ndarray, lows: np.ndarray) -> int:
    """How many of the first epochs are so far above all later ones that they would flatten them; at most a tenth."""
    for n in range(1, min(_MAX_CUT, len(highs) // _MIN_HOT) + 1):
        low, high = float(lows[n:].min()), float(highs[n:].max())
        if float(highs[n - 1]) > high and float(highs[:n].max()) - low > _HOT * (high - low) > 0:
            return n
    return 0


def core(highs: np.ndarray, lows: np.ndarray) -> tuple[float, float, float]:
    """The range of all values except a few outliers, given the highest and lowest value of each epoch, all finite.

    Returns:
        Its lower edge, its upper edge, and the span of an axis that shows it, which is positive.
    """
    few = min(_MAX_CUT, max(1, int(_FEW * len(highs)))) if len(highs) >= _MIN_TO_CUT else 0
    at = len(highs) - 1 - few
    high, low = float(np.partition(highs, at)[at]), float(np.partition(lows, few)[few])
    return low, high, max(high - low, _LEVEL * max(abs(high), abs(low)), layout.TINY)


def setting_view(values: np.ndarray) -> View:
    """The axis of a setting: all values, logarithmic if they span a large factor."""
    if len(values) and _all_positive(values) and values.max() > LOG_RATIO * values.min():
        return View(_log_padded(values), log=True)
    return View(_padded(values))


def steep_view(lines: np.ndarray, behind: np.ndarray) -> View | None:
    """A log axis for groups of runs whose lines fall or rise so far that they would end on top of each other.

    Args:
        lines: The finite values of all lines, at least one.
        behind: Those of bands and single runs, which extend the axis if they are positive.

    Returns:
        None if a linear axis shows the lines well, or a value is not positive.
    """
    if not _all_positive(lines) or lines.max() < _STEEP * lines.min():
        return None
    return widened(View(_log_padded(lines), log=True), behind)


def late_view(lines: Sequence[Points], behind: Sequence[Points], kept: np.ndarray) -> View | None:
    """An axis for curves of several runs that end close to each other after a long fall or rise: the part after that.

    Args:
        lines: Epochs and finite values of all lines, at least one.
        behind: Those of bands and single runs, which extend the axis.
        kept: Other values that must be in view.

    Returns:
        None if an axis with all values shows the ends well, or a curve is short.
    """
    first, last = min(epochs[0] for epochs, _ in lines), max(epochs[-1] for epochs, _ in lines)
    after = first + _EARLY * (last - first)
    is_short = max(len(epochs) for epochs, _ in lines) < _FEWEST_TO_CUT
    if is_short or min(epochs[-1] for epochs, _ in lines) < after:
        return None
    ends = np.array([values[-1] for _, values in lines])
    rest = np.concatenate([*(values[epochs >= after] for epochs, values in lines), ends, kept])
    whole = np.ptp(np.concatenate([*(values[1:] for _, values in lines), kept]))  # the first may dwarf all others
    if np.ptp(rest) > _FLAT_REST * whole or np.ptp(ends) > _CLOSE_ENDS * whole:
        return None
    shown = [values[epochs >= after] for epochs, values in behind]
    view = widened(View(_padded(rest)), np.concatenate([*shown, rest]))
    return View(view.domain, since=float(after))


def leading_view(lines: Sequence[Points]) -> View | None:
    """An axis for the best of many curves where the others would flatten them: what these need after the first third.

    Args:
        lines: Epochs and finite values of all curves, at least one each, the best first.

    Returns:
        None if an axis with all values shows the better half well, or the curves are short.
    """
    first, last = min(epochs[0] for epochs, _ in lines), max(epochs[-1] for epochs, _ in lines)
    after = first + _EARLY * (last - first)
    late = [part for epochs, values in lines for part in [values[epochs >= after]] if len(part)]
    if max(len(epochs) for epochs, _ in lines) < _FEWEST_TO_CUT or not late:
        return None
    lows = np.minimum.accumulate([part.min() for part in late])
    highs = np.maximum.accumulate([part.max() for part in late])
    spans = highs - lows
    near = int(np.count_nonzero(spans <= _FLAT_BEST * spans[-1]))
    if not math.ceil(len(late) / 2) <= near < len(late) or spans[near - 1] == 0:
        return None
    return View(_padded(np.array([lows[near - 1], highs[near - 1]])), since=float(after))


def _all_positive(values: np.ndarray) -> bool:
    return bool(values.min() >= 1 / OFF_CHART)


def widened(view: View, values: np.ndarray) -> View:
    """Extends a view to finite values of background curves, but not so far that the main curves look flat."""
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


def spread(view: View) -> View:
    """A view with more space above and below, for names of lines."""
    low, high = view.domain
    if view.log:
        factor = (high / low) ** _SPREAD
        return replace(view, domain=(low / factor, high * factor))
    more = _SPREAD * (high - low)
    return replace(view, domain=(low - more, high + more))


def _extremes(epochs: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Highest and lowest value of each epoch that has a value."""
    order = np.argsort(epochs, kind="stable")  # fast, as the input is several ascending lists
    epochs, values = epochs[order], values[order]
    starts = np.flatnonzero(np.diff(epochs, prepend=epochs[0] - 1))
    return np.maximum.reduceat(values, starts), np.minimum.reduceat(values, starts)


def _log_padded(values: np.ndarray) -> Domain:
    low, high = float(values.min()), float(values.max())
    padding = (high / low) ** layout.LOG_PADDING
    return (low / padding, high * padding)


def _padded(values: np.ndarray) -> Domain:
    """Lowest and highest value with padding, never an empty range; a flat line is in the middle."""
    if not len(values):
        return (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    span = high - low
    if span <= max(max(abs(high), abs(low)) * layout.FLAT, layout.TINY):
        if not high:
            return (0.0, 1.0)  # most metrics cannot be negative
        span = max(abs(high), layout.TINY)
        return (low - span / 2, high + span / 2)
    padded_low = low - layout.LINEAR_PADDING * span
    return (0.0 if low >= 0 > padded_low else padded_low, high + layout.LINEAR_PADDING * span)


def x_position(epoch: float, domain: Domain, width: float) -> float:
    """Distance of an epoch in chart units from the plot's left edge."""
    return (epoch - domain[0]) / (domain[1] - domain[0]) * width


def y_position(value: float, domain: Domain, log: bool) -> float:
    """Distance of a value in chart units from the plot's upper edge."""
    low, high = (math.log(edge) for edge in domain) if log else domain
    at = math.log(value) if log else value
    return layout.PLOT_HEIGHT * (1 - (at - low) / (high - low))


def y_positions(values: np.ndarray, domain: Domain, log: bool) -> np.ndarray:
    """`y_position` of several values."""
    low, high = (math.log(edge) for edge in domain) if log else domain
    at = np.log(values) if log else values
    return np.asarray(layout.PLOT_HEIGHT * (1 - (at - low) / (high - low)))


def epoch_ticks(first: float, last: float) -> tuple[int, ...]:
    """The first epoch, round ones with a constant step, and the last epoch."""
    start, end = int(first), int(last)
    most = layout.MAX_EPOCH_STEPS if last < layout.LONG_EPOCH else layout.MAX_LONG_EPOCH_STEPS
    step = next(step for step in layout.epoch_steps() if (end - start) / step <= most)
    origin = start if step <= _SHORT_STEP else start - start % step  # 1, 3, 5, but 1, 20, 40
    inner = (at for at in range(origin + step, end, step) if at - start >= 0.6 * step)
    return tuple(dict.fromkeys((start, *inner, end)))


def epoch_format(ticks: Sequence[int]) -> str:
    """The number format of epochs, in Python and in Vega: long numbers have commas between thousands."""
    return ",d" if grouped(ticks[-1]) != str(ticks[-1]) else "d"


def value_ticks(domain: Domain, log: bool) -> tuple[Tick, ...]:
    """Two to eight round numbers inside the domain, on a linear axis with the same number of decimals."""
    low, high = domain
    if log:
        decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        if len(decades) >= layout.MIN_DECADES:
            stride = math.ceil(len(decades) / layout.MAX_VALUE_STEPS)
            return _short_ticks([10.0**power for power in decades[::stride]])
        parts = [n * 10.0**p for p in range(math.floor(math.log10(low)), decades.stop + 1) for n in layout.VALUE_STEPS]
        parts = [value for value in parts if low <= value <= high]
        if len(parts) > 1:
            return _short_ticks(parts)
    return _linear_ticks(low, high)


def _short_ticks(values: list[float]) -> tuple[Tick, ...]:
    return tuple(Tick(value, formatting.short(value, layout.LOG_DIGITS)) for value in values)


def _linear_ticks(low: float, high: float) -> tuple[Tick, ...]:
    least = (high - low) / layout.MAX_VALUE_STEPS
    power = math.floor(math.log10(least))
    factor = next((n for n in layout.VALUE_STEPS if least <= n * 10.0**power), None)
    if factor is None:
        power, factor = power + 1, 1
    step = float(f"{factor}e{power}")
    counts = range(math.ceil(low / step - layout.SLACK), math.floor(high / step + layout.SLACK) + 1)
    values = [float(f"{count * factor}e{power}") for count in counts]
    largest = max(abs(low), abs(high))
    if formatting.PLAIN[0] <= largest < formatting.PLAIN[1]:
        texts = [f"{value:.{max(0, -power)}f}" for value in values]
        return tuple(
            Tick(value, text.replace("-", formatting.MINUS)) for value, text in zip(values, texts, strict=True)
        )
    digits = layout.EXTRA_DIGITS + max(0, math.floor(math.log10(largest)) - power)
    return tuple(Tick(value, formatting.short(value, digits)) for value in values)


def within(
    epochs: np.ndarray, values: np.ndarray, drawable: np.ndarray, domain: Domain, log: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A curve's points, clipped at the edges of the domain and broken at values that cannot be drawn.

    Returns:
        Epochs, values and piece numbers of the points; points of one piece are joined. Each crossing of an edge of the
        domain is a point too.
    """
    if drawable.all() and len(values) and domain[0] <= values.min() and values.max() <= domain[1]:
        return epochs, values, np.zeros(len(values), dtype=np.int64)
    if not len(values):
        return epochs.astype(np.float64), values, np.zeros(0, dtype=np.int64)
    usable, heights = drawable, np.where(drawable, values, 0.0)
    inside = usable & (domain[0] <= heights) & (heights <= domain[1])
    joined = usable[1:] & usable[:-1]
    pieces = np.cumsum(np.concatenate([~usable[:1], ~usable[1:] | (joined & ~inside[:-1])]))
    # Each row: where the segment that leads to a point crosses the edges, and the point.
    x, y = (np.repeat(np.asarray(part, dtype=np.float64)[:, None], 3, axis=1) for part in (epochs, heights))
    shown = np.zeros(x.shape, dtype=bool)
    shown[:, 2] = inside
    start, end, falls = heights[:-1], heights[1:], heights[1:] < heights[:-1]
    for slot in range(2):
        edge = np.where(falls, domain[1 - slot], domain[slot])  # the one that it crosses first
        shown[1:, slot] = joined & (np.minimum(start, end) < edge) & (edge < np.maximum(start, end))
        at = np.flatnonzero(shown[1:, slot])
        share = _crossed(start[at], end[at], edge[at], domain, log)
        x[at + 1, slot] = epochs[at] + share * (epochs[at + 1] - epochs[at])
        y[at + 1, slot] = edge[at]
    return x[shown], y[shown], np.repeat(pieces[:, None], 3, axis=1)[shown]


def _crossed(start: np.ndarray, end: np.ndarray, edge: np.ndarray, domain: Domain, log: bool) -> np.ndarray:
    """At which share of their length segments, drawn straight, cross an edge of the domain."""
    lowest = 1 / OFF_CHART if log else -math.inf  # a log axis cannot show zero and negative values
    places = (np.maximum(each, lowest) for each in (start, end, edge))
    first, last, crossed = (y_positions(each, domain, log) for each in places)
    return np.asarray((crossed - first) / (last - first))
