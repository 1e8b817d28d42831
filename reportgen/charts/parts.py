"""What a chart is planned from and what a plan holds: curves, marks, labels, and the plan itself. Plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.charts import theme

OFF_CHART: Final = 1e100  # values beyond are marked, not drawn: they would flatten everything else
_FEW_POINTS: Final = 12  # epochs up to which each value gets a dot


def is_drawable(values: np.ndarray) -> np.ndarray:
    """Shape (n,), bool: which values can be drawn to scale."""
    return np.asarray(np.abs(values) < OFF_CHART)  # false for NaN


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        label: What stands at its end; empty for a line that the remark names.
        colour: One of the theme's.
        dash: Lengths of dash and gap; empty for a solid line.
        epochs: Shape (n,), ascending.
        values: Shape (n,); NaN and infinities are drawn as marks at the upper edge.
        smooth: Shape (n,), the same without its noise, drawn over the faint values; None where no line is.
        faint: Whether it stands behind the others; of a noisy one only the smoothed line then does.
        name: What tables and descriptions call it; the label where empty.
        curves: Which curve of the run it shows, by `TrainingHistory.position`; of two, the first less the second;
            empty for values that the run does not hold.
    """

    label: str
    colour: str
    dash: theme.Dash
    epochs: np.ndarray
    values: np.ndarray
    smooth: np.ndarray | None = None
    faint: bool = False
    name: str = ""
    curves: tuple[int, ...] = ()

    @property
    def full_name(self) -> str:
        """What tables and descriptions call it."""
        return self.name or self.label

    @property
    def drawable(self) -> np.ndarray:
        """Shape (n,), bool: which values can be drawn to scale."""
        return is_drawable(self.values)

    @property
    def dotted(self) -> np.ndarray:
        """Shape (n,), bool: which values get a dot; all of a short line, else those that stand alone between gaps."""
        drawable = self.drawable
        if len(self.epochs) <= _FEW_POINTS:
            return drawable
        alone = drawable & ~np.concatenate([[False], drawable[:-1]]) & ~np.concatenate([drawable[1:], [False]])
        return np.asarray(alone)

    @property
    def strong(self) -> np.ndarray:
        """Shape (n,): what the eye follows, the smoothed values where there are any."""
        return self.values if self.smooth is None else self.smooth


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
        name: What it says of itself above or below, where there is room.
    """

    label: str
    colour: str
    epochs: np.ndarray
    low: np.ndarray
    mid: np.ndarray
    high: np.ndarray
    name: str = ""


@dataclass(frozen=True)
class Annotation:
    """A vertical rule with a label above the plot.

    Attributes:
        epoch: Where it stands.
        label: What it says of itself.
        colour: One of the theme's.
        value: Height of a dot on the rule; None for none.
        dash: Lengths of dash and gap of the rule; empty for a solid one.
        also: Later epochs that the label speaks of too; each gets a rule.
    """

    epoch: float
    label: str
    colour: str
    value: float | None = None
    dash: theme.Dash = theme.SOLID
    also: tuple[float, ...] = ()


def marked_epochs(annotations: Sequence[Annotation]) -> list[float]:
    """The epochs that annotations stand at, in their order."""
    return [epoch for mark in annotations for epoch in (mark.epoch, *mark.also)]


@dataclass(frozen=True)
class Span:
    """A shaded stretch of epochs."""

    first: float
    last: float
    colour: str


@dataclass(frozen=True)
class Tick:
    """A number of the vertical axis."""

    value: float
    text: str


@dataclass(frozen=True)
class PlacedLabel:
    """A label with its place in chart units, the plot's upper left corner being (0, 0).

    Attributes:
        text: What it says.
        colour: One of the theme's.
        x: Its left edge.
        y: Its lower edge above the plot, its middle at the end of a line.
        rule_x: Of an annotation's label: where its rule stands.
        joined: Of an annotation's label: whether the rule reaches up to it.
    """

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
        annotations: Rules with labels, in the order of their labels.
        annotation_labels: Above the plot.
        end_labels: The lines' names.
        band_label: The forecast's name; None where there is none, or no room for it.
        spans: Shaded stretches.
        band: How a curve would go on; None for no forecast.
        zero_rule: Whether a line at zero helps reading.
        x_domain: First and last epoch of the axis.
        x_ticks: Epochs that the axis names.
        x_title: What the axis is called.
        x_title_at: Where that stands, from the plot's left edge.
        y_domain: Lowest and highest value of the axis.
        y_ticks: Its numbers.
        y_gap: From its numbers to the plot.
        y_log: Whether it is logarithmic.
        left: Width of the band of numbers left of the plot.
        top: Height of the band of labels above the plot.
        right: Width of the band of labels right of the plot.
        note: What the reader has to know about the drawing (forecast, thinning); empty for nothing.
        axis_note: What holds as long as the axis is as planned (logarithmic, values outside); empty for nothing.
    """

    lines: tuple[Line, ...]
    annotations: tuple[Annotation, ...]
    annotation_labels: tuple[PlacedLabel, ...]
    end_labels: tuple[PlacedLabel, ...]
    band_label: PlacedLabel | None
    spans: tuple[Span, ...]
    band: Band | None
    zero_rule: bool
    x_domain: tuple[float, float]
    x_ticks: tuple[int, ...]
    x_title: str
    x_title_at: float
    y_domain: tuple[float, float]
    y_ticks: tuple[Tick, ...]
    y_gap: float
    y_log: bool
    left: float
    top: float
    right: float
    note: str
    axis_note: str

    @property
    def marked(self) -> list[float]:
        """The epochs that annotations stand at."""
        return marked_epochs(self.annotations)

    @property
    def plot_width(self) -> float:
        """Width of the plot in chart units."""
        return theme.WIDTH - self.left - self.right
