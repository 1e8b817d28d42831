"""What a chart shows and where, before anything is drawn: lines, marks, labels and their places.

In: curves and annotations. Out: a `Plan` whose labels do not overlap. Plain data, so that it can be tested as data.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from reportgen.charts import theme
from reportgen.languages import ENGLISH, Language

MAX_POINTS: Final = 2000  # per line; a screen shows no more
LOG_RATIO: Final = 50.0  # largest over middle value from which on a log axis is used
OFF_CHART: Final = 1e100  # values beyond are marked, not drawn: they would flatten everything else
_TINY: Final = 1e-300  # differences below it vanish in float64's arithmetic
_MAX_TICKS: Final = 8  # half of it where epochs have five digits and more
_FEW_POINTS: Final = 12  # epochs up to which each value gets a dot


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        label: What stands at its end.
        colour: One of the theme's.
        dash: Lengths of dash and gap; empty for a solid line.
        epochs: Shape (n,), ascending.
        values: Shape (n,); NaN and infinities are drawn as marks at the upper edge.
        faint: Whether it stands behind the others.
        smooth: Shape (n,), the same without its noise, drawn over the faint values; None where no line is.
        curves: Which curve of the run it shows, by `TrainingHistory.position`; of two, the first less the second;
            empty for values that the run does not hold.
    """

    label: str
    colour: str
    dash: tuple[int, ...]
    epochs: np.ndarray
    values: np.ndarray
    smooth: np.ndarray | None = None
    faint: bool = False
    curves: tuple[int, ...] = ()

    @property
    def drawable(self) -> np.ndarray:
        """Shape (n,), bool: which values can be drawn to scale."""
        return np.asarray(np.isfinite(self.values) & (np.abs(np.nan_to_num(self.values)) < OFF_CHART))

    @property
    def dotted(self) -> np.ndarray:
        """Shape (n,), bool: which values get a dot; all of a short line, else those that stand alone between gaps."""
        drawable = self.drawable
        if len(self.epochs) <= _FEW_POINTS:
            return drawable
        alone = drawable & ~np.concatenate([[False], drawable[:-1]]) & ~np.concatenate([drawable[1:], [False]])
        return np.asarray(alone)


@dataclass(frozen=True)
class Band:
    """How a curve would go on: a shaded band with a line inside.

    Attributes:
        label: Of the line that it goes on with; that line's name then stands at the band's end.
        colour: One of the theme's.
        epochs: Shape (m,), ascending.
        low: Shape (m,), finite.
        mid: Shape (m,), finite.
        high: Shape (m,), finite.
    """

    label: str
    colour: str
    epochs: np.ndarray
    low: np.ndarray
    mid: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Annotation:
    """A vertical rule with a label above the plot.

    Attributes:
        epoch: Where it stands.
        label: What it says of itself.
        colour: One of the theme's.
        value: Height of a dot on the rule; None for none.
    """

    epoch: float
    label: str
    colour: str
    value: float | None = None


@dataclass(frozen=True)
class Span:
    """A shaded stretch of epochs."""

    first: float
    last: float
    colour: str


@dataclass(frozen=True)
class PlacedLabel:
    """A label with its place in chart units, the plot's upper left corner being (0, 0)."""

    text: str
    colour: str
    x: float
    y: float
    rule_x: float | None = None
    joined: bool = True


@dataclass(frozen=True)
class Plan:
    """A chart, ready to be drawn.

    Attributes:
        lines: The curves.
        annotations: Rules with labels.
        spans: Shaded stretches.
        band: How a curve would go on; None for no forecast.
        zero_rule: Whether a line at zero helps reading.
        x_domain: First and last epoch of the axis.
        x_ticks: Epochs that the axis names.
        x_title: What the axis is called.
        y_domain: Lowest and highest value of the axis.
        y_log: Whether the vertical axis is logarithmic.
        y_digits: Significant digits that tell the axis' numbers apart.
        top: Height of the band of labels above the plot.
        right: Width of the band of labels right of the plot.
        note: What the reader has to know about the drawing (smoothing, thinning); empty for nothing.
        axis_note: That the vertical axis is logarithmic; empty where it is not.
    """

    lines: tuple[Line, ...]
    annotations: tuple[Annotation, ...] = ()
    spans: tuple[Span, ...] = ()
    band: Band | None = None
    zero_rule: bool = False
    x_domain: tuple[float, float] = (0, 1)
    x_ticks: tuple[int, ...] = ()
    x_title: str = "epoch"
    y_domain: tuple[float, float] = (0, 1)
    y_log: bool = False
    y_digits: int = 6
    top: float = 0
    right: float = 0
    note: str = ""
    axis_note: str = ""
    annotation_labels: tuple[PlacedLabel, ...] = field(default=())
    end_labels: tuple[PlacedLabel, ...] = field(default=())

    @property
    def plot_width(self) -> float:
        """Width of the plot in chart units."""
        return theme.WIDTH - theme.LEFT - self.right


def make_plan(
    lines: Sequence[Line],
    annotations: Sequence[Annotation] = (),
    spans: Sequence[Span] = (),
    *,
    band: Band | None = None,
    zero_rule: bool = False,
    axis: Literal["auto", "linear"] = "auto",
    remark: str = "",
    language: Language = ENGLISH,
) -> Plan:
    """Lays a chart out: axes, rows of labels, labels at the lines' ends.

    Args:
        lines: At least one curve with at least one point.
        annotations: Rules with labels; those of the same place and words count once.
        spans: Shaded stretches.
        band: How a curve would go on; the axes make room for it.
        zero_rule: Whether zero belongs on the axis and gets a line.
        remark: What the reader has to know about the values.
        language: What axis and notes are written in.
        axis: ``auto`` takes a log axis where the largest value dwarfs the middle one.
    """
    epochs = np.concatenate([line.epochs for line in lines])
    values = np.concatenate([line.values[line.drawable] for line in lines])
    low_x, high_x = float(epochs.min()), float(epochs.max())
    x_domain = (low_x, high_x) if high_x > low_x else (low_x - 1, high_x + 1)
    if band is not None:
        values = np.concatenate([values, band.low, band.high])
        high_x = max(high_x, float(band.epochs[-1]))
        x_domain = (low_x, high_x)
    y_log = axis == "auto" and not zero_rule and _wants_log(values)
    y_domain = _domain(values, y_log, zero_rule)
    right = 8 + max(theme.text_width(line.label) for line in lines)
    width = theme.WIDTH - theme.LEFT - right
    marks = tuple(dict.fromkeys(mark for mark in annotations if x_domain[0] <= mark.epoch <= x_domain[1]))
    stretches = tuple(
        Span(max(span.first, low_x), min(span.last, high_x), span.colour)
        for span in spans
        if span.first < high_x and span.last > low_x
    )
    labels, lanes = _place_annotations(marks, x_domain, width, width + right)
    notes = [remark] if remark else []
    if band is not None:
        notes.append(
            language.say(
                "Beyond epoch {epoch}: forecast; about two runs in three stay within the band.",
                epoch=f"{band.epochs[0]:.0f}",
            )
        )
    if any(line.smooth is not None for line in lines):
        notes.append(language.say("Faint: as logged; strong: smoothed."))
    longest = max(len(line.epochs) for line in lines)
    if longest > MAX_POINTS:
        notes.append(
            language.say(
                "Drawn from at most {shown} of {all} points per line; extremes, first and last are kept.",
                shown=MAX_POINTS,
                all=longest,
            )
        )
    return Plan(
        lines=tuple(thinned(line) for line in lines),
        annotations=marks,
        spans=stretches,
        band=band,
        zero_rule=zero_rule,
        x_domain=x_domain,
        x_ticks=_epoch_ticks(low_x, high_x),
        y_domain=y_domain,
        y_log=y_log,
        y_digits=_digits(y_domain),
        top=lanes * theme.LANE + 8,
        right=right,
        note=language.join(*notes),
        axis_note=language.say("The vertical axis is logarithmic.") if y_log else "",
        x_title=language.say("epoch"),
        annotation_labels=labels,
        end_labels=_place_ends(lines, y_domain, y_log, width, band),
    )


def thinned(line: Line, limit: int = MAX_POINTS) -> Line:
    """A line of at most ``limit`` points: lowest and highest of equal stretches, first, last and broken points kept."""
    n = len(line.epochs)
    if n <= limit:
        return line
    drawable = line.drawable
    per_stretch = 2 if drawable.all() else 3  # a stretch with broken points keeps one of them too
    edges = np.linspace(0, n, limit // per_stretch - 1, dtype=np.int64)
    keep = {0, n - 1}
    for low, high in itertools.pairwise(edges):
        part = low + np.flatnonzero(drawable[low:high])
        if len(part):
            keep |= {int(part[np.argmin(line.values[part])]), int(part[np.argmax(line.values[part])])}
        if len(part) < high - low:
            keep.add(int(low + np.argmin(drawable[low:high])))
    chosen = np.array(sorted(keep))
    smooth = None if line.smooth is None else line.smooth[chosen]
    return replace(line, epochs=line.epochs[chosen], values=line.values[chosen], smooth=smooth)


def _wants_log(values: np.ndarray) -> bool:
    if len(values) < 2 or values.min() < 1 / OFF_CHART:
        return False
    return bool(values.max() > LOG_RATIO * np.median(values))


def _domain(values: np.ndarray, log: bool, zero: bool) -> tuple[float, float]:
    """Lowest and highest axis value with a little room, never empty."""
    if not len(values):
        return (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if log:
        room = (high / low) ** 0.04
        return (low / room, high * room)
    span = high - low
    if span <= max(abs(high) * 1e-9, _TINY):  # a flat line stands in the middle
        span = max(abs(high), _TINY) if high else 1.0
        return (low - span / 2, high + span / 2)
    padded_low = low - 0.05 * span
    return (0.0 if low >= 0 > padded_low else padded_low, high + 0.05 * span)


def _epoch_ticks(first: float, last: float) -> tuple[int, ...]:
    """The first epoch and then round ones, at most nine in all, none so close that words would touch."""
    most = _MAX_TICKS if last < 10_000 else _MAX_TICKS // 2
    steps = (base * 10**power for power in itertools.count() for base in (1, 2, 5))
    step = next(step for step in steps if (last - first) / step <= most)
    start = int(first)
    ticks = range(start - start % step + step, int(last) + 1, step)
    return (start, *(tick for tick in ticks if tick - start >= 0.6 * step))


def _digits(domain: tuple[float, float]) -> int:
    """Significant digits that tell the axis' numbers apart; 6 and more, so that thousands are written out."""
    low, high = domain
    largest, span = max(abs(low), abs(high)), high - low
    return min(15, max(6, 2 + math.ceil(math.log10(largest / span)))) if 0 < span < math.inf else 6


def y_position(value: float, domain: tuple[float, float], log: bool) -> float:
    """Height of a value in chart units from the plot's upper edge."""
    low, high = (math.log(edge) for edge in domain) if log else domain
    at = math.log(value) if log else value
    return theme.PLOT_HEIGHT * (1 - (at - low) / (high - low))


def _place_annotations(
    annotations: tuple[Annotation, ...], x_domain: tuple[float, float], width: float, space: float
) -> tuple[tuple[PlacedLabel, ...], int]:
    """Puts labels into rows above the plot so that none touch; the lowest row is filled first, from the right."""
    lanes: list[list[tuple[float, float]]] = []
    found: list[tuple[float, float, float, int, Annotation]] = []
    for item in sorted(annotations, key=lambda item: -item.epoch):
        rule_x = (item.epoch - x_domain[0]) / (x_domain[1] - x_domain[0]) * width
        size = theme.text_width(item.label)
        start = max(-theme.LEFT + 4.0, min(rule_x + 4, space - size - 2))
        for lane, taken in enumerate(lanes):  # noqa: B007  # the lane found is used below
            if all(start + size + theme.LABEL_GAP <= low or start >= high + theme.LABEL_GAP for low, high in taken):
                break
        else:
            lane = len(lanes)
            lanes.append([])
        lanes[lane].append((start, start + size))
        found.append((rule_x, start, start + size, lane, item))
    placed = [
        PlacedLabel(
            text=item.label,
            colour=item.colour,
            x=round(start, 1),
            y=-8.0 - lane * theme.LANE,
            rule_x=round(rule_x, 1),
            joined=not any(low <= rule_x <= high and other < lane for _, low, high, other, _ in found),
        )
        for rule_x, start, _, lane, item in found
    ]
    return tuple(placed), len(lanes)


def _place_ends(
    lines: Sequence[Line], domain: tuple[float, float], log: bool, width: float, band: Band | None
) -> tuple[PlacedLabel, ...]:
    """Puts each line's name right of the plot at the height of its end, moved apart where the ends are close."""
    ends = []
    for line in lines:
        drawable = np.flatnonzero(line.drawable)
        shown = line.values if line.smooth is None else line.smooth
        height = y_position(float(shown[drawable[-1]]), domain, log) if len(drawable) else 10.0
        if band is not None and band.label == line.label:
            height = y_position(float(band.mid[-1]), domain, log)
        ends.append((height, line))
    ends.sort(key=lambda end: end[0])
    gap, heights = theme.LINE_STEP, [height for height, _ in ends]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    overflow = heights[-1] - (theme.PLOT_HEIGHT - 4)
    if overflow > 0:
        heights[-1] -= overflow
        for i in range(len(heights) - 2, -1, -1):
            heights[i] = min(heights[i], heights[i + 1] - gap)
    return tuple(
        PlacedLabel(line.label, line.colour, width + 6, round(height, 1))
        for height, (_, line) in zip(heights, ends, strict=True)
    )
